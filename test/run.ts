// Runs the named suites and closes with one line: `N passed, N failed, N skipped`.
//   node --import tsx test/run.ts unit [ssh browser lab …] [--only TEXT]
import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { run } from 'node:test';

const separate = ['ssh', 'browser', 'lab', 'package', 'slow'];
const args = process.argv.slice(2);
const onlyAt = args.indexOf('--only');
const only = onlyAt < 0 ? undefined : args[onlyAt + 1];
const suites = onlyAt < 0 ? args : args.slice(0, onlyAt);

function testsBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return testsBelow(path);
    return entry.name.endsWith('.test.ts') ? [path] : [];
  });
}

function filesOf(suite: string): string[] {
  if (suite !== 'unit') return testsBelow(join('test', suite));
  return testsBelow('test').filter((path) => !separate.includes(path.split('/')[1] ?? ''));
}

const files = suites.flatMap(filesOf).filter((path) => only === undefined || path.includes(only));
let passed = 0;
let failed = 0;
let skipped = 0;

if (files.length === 0) {
  process.stdout.write(`skipped: ${suites.join(', ')} (no test file fits)\n0 passed, 0 failed, 1 skipped\n`);
  process.exit(only === undefined ? 0 : 1);
}

const serial = suites.some((suite) => suite !== 'unit' && suite !== 'slow');
const stream = run({ files: files.sort(), concurrency: serial ? 1 : availableParallelism() });
stream.on('test:pass', ({ name, skip, details, file, nesting }) => {
  // A suite that is skipped as a whole never reports its tests.
  const whole = details.type === 'suite' && skip !== undefined && skip !== false;
  if ((details.type === 'suite' && !whole) || (nesting === 0 && file !== undefined && name === file)) return;
  if (skip !== undefined && skip !== false) {
    skipped++;
    process.stdout.write(`skipped: ${name}${typeof skip === 'string' ? ` (${skip})` : ''}\n`);
  } else {
    passed++;
    if (serial || suites.includes('slow'))
      process.stdout.write(`passed: ${name} (${Math.round(details.duration_ms)} ms)\n`);
  }
});
stream.on('test:fail', ({ name, details, file }) => {
  if (details.type === 'suite') return;
  failed++;
  const cause = details.error.cause;
  process.stdout.write(
    `FAILED: ${name}${file === undefined ? '' : `  ${file}`}\n${cause instanceof Error ? cause.stack : String(cause ?? details.error)}\n`,
  );
});
stream.on('test:stderr', ({ message }) => process.stdout.write(message));
stream.on('test:stdout', ({ message }) => process.stdout.write(message));
stream.resume();
stream.on('end', () => {
  process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  process.exitCode = failed > 0 || passed + skipped === 0 ? 1 : 0;
});
