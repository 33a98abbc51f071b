// The way to check everything: type check, lint, build, then the suites named on the command line (all quick ones by default).
// Ends with one line for all of them: `N passed, N failed, N skipped`.
import { spawnSync } from 'node:child_process';
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

for (const suite of suites) {
  console.log(`suite ${suite}`);
  // The machines of the lab are brought up and taken down around its tests.
  const runner = suite === 'lab' ? ['test/lab/main.ts', 'test'] : ['test/run.ts', suite];
  const { status, stdout } = spawnSync('node', ['--import', 'tsx', ...runner], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  // A suite of several parts has a line for each and one for all, which is the last.
  const counts = [...stdout.matchAll(/^(\d+) passed, (\d+) failed, (\d+) skipped$/gm)].at(-1);
  process.stdout.write(stdout.replace(/^(\d+) passed, .*\n/gm, (line) => `${suite}: ${line}`));
  if (counts === undefined) total.failed++;
  else {
    total.passed += Number(counts[1]);
    total.failed += Number(counts[2]);
    total.skipped += Number(counts[3]);
    if (status !== 0 && Number(counts[2]) === 0) total.failed++;
  }
}

console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;
