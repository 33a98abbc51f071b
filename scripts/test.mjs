// The way to check everything: type check, lint, build, then the suites named on the command line (all quick ones by default).
// Ends with one line for all of them: `N passed, N failed, N skipped`.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { ensurePackages } from './setup/packages.mjs';

const named = process.argv.slice(2);
const suites = named.length > 0 ? named : ['unit', 'ssh', 'package', 'browser'];

const checks = [
  ['type check', ['npx', 'tsc', '--noEmit']],
  ['type check of the panels', ['npx', 'tsc', '--noEmit', '-p', 'webview']],
  ['lint', ['npx', 'biome', 'check', '--error-on-warnings', '.']],
  ['rule pages are up to date', ['node', '--import', 'tsx', 'scripts/rule-pages.ts', '--check']],
  ['build', ['node', 'scripts/build.mjs']],
];

ensurePackages({ lab: suites.includes('lab') });

const total = { passed: 0, failed: 0, skipped: 0 };

for (const [name, [program, ...args]] of checks) {
  const { status } = spawnSync(program, args, { stdio: 'inherit' });
  console.log(`${status === 0 ? 'passed' : 'FAILED'}: ${name}`);
  total[status === 0 ? 'passed' : 'failed']++;
}

/** Runs a suite, and tells of it when it has ended, in one piece. */
async function run(suite) {
  // The machines of the lab are brought up and taken down around its tests.
  const runner = suite === 'lab' ? ['test/lab/main.ts', 'test'] : ['test/run.ts', suite];
  const start = Date.now();
  const child = spawn('node', ['--import', 'tsx', ...runner], { stdio: ['ignore', 'pipe', 'inherit'] });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  const [status] = await once(child, 'close');
  // A suite of several parts has a line for each and one for all, which is the last.
  const counts = [...stdout.matchAll(/^(\d+) passed, (\d+) failed, (\d+) skipped$/gm)].at(-1);
  console.log(`suite ${suite} (${Math.round((Date.now() - start) / 1000)} s)`);
  process.stdout.write(stdout.replace(/^(\d+) passed, .*\n/gm, (line) => `${suite}: ${line}`));
  if (counts === undefined) total.failed++;
  else {
    total.passed += Number(counts[1]);
    total.failed += Number(counts[2]);
    total.skipped += Number(counts[3]);
    if (status !== 0 && Number(counts[2]) === 0) total.failed++;
  }
}

// These two wait for other programs most of the time; the others use all the processors there are, or build what is packed.
const beside = ['ssh', 'browser'];
for (const suite of suites.filter((each) => !beside.includes(each))) await run(suite);
await Promise.all(suites.filter((each) => beside.includes(each)).map(run));

console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;
