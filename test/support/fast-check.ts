import fc from 'fast-check';

// The same cases in every run: a test that fails tells of what was changed. `HAVEN_SEED` tries others.
fc.configureGlobal({ seed: Number(process.env.HAVEN_SEED ?? 2026) });

export default fc;
