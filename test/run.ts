// Runs the named suites and closes with one line: `N passed, N failed, N skipped`.
//   node --import tsx test/run.ts unit [ssh browser lab …] [--only TEXT]
import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { run } from 'node:test';
import { compileAll } from './support/compile';

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

/** After this moment no test file begins any more, in seconds since 1970: what is left is skipped by name. */
const lastStart = Number(process.env.HAVEN_LAST_START ?? Number.POSITIVE_INFINITY);

async function main(): Promise<void> {
  const folder = await compileAll();
  // The processes of the test files get the options of this one: they need none to read TypeScript.
  process.execArgv = ['--enable-source-maps'];
  const sorted = files.sort();
  const workers = serial ? 1 : availableParallelism();
  if (lastStart === Number.POSITIVE_INFINITY) await runFiles(folder, sorted, workers);
  else await Promise.all(Array.from({ length: workers }, () => runUntilLate(folder, sorted)));
  process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  process.exitCode = failed > 0 || passed + skipped === 0 ? 1 : 0;
}

/** Takes one file after another from those that are left. */
async function runUntilLate(folder: string, left: string[]): Promise<void> {
  for (let path = left.shift(); path !== undefined; path = left.shift()) {
    if (Date.now() / 1000 < lastStart) await runFiles(folder, [path], 1);
    else {
      skipped++;
      process.stdout.write(`skipped: ${path} (the time for it is over on this machine)\n`);
    }
  }
}

function runFiles(folder: string, paths: readonly string[], concurrency: number): Promise<void> {
  const stream = run({ files: paths.map((path) => join(folder, path.replace(/\.ts$/, '.js'))), concurrency });
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
    if (details.type === 'suite') {
      // Its tests are told to have been cancelled, and only it knows why.
      const { error } = details;
      if ('failureType' in error && error.failureType === 'hookFailed')
        process.stdout.write(`${name}: ${error.cause instanceof Error ? error.cause.stack : String(error)}\n`);
      return;
    }
    failed++;
    const cause = details.error.cause;
    process.stdout.write(
      `FAILED: ${name}${file === undefined ? '' : `  ${sourceOf(folder, file)}`}\n${cause instanceof Error ? cause.stack : String(cause ?? details.error)}\n`,
    );
  });
  stream.on('test:stderr', ({ message }) => process.stdout.write(message));
  stream.on('test:stdout', ({ message }) => process.stdout.write(message));
  stream.resume();
  return new Promise((done) => {
    stream.on('end', done);
  });
}

/** The test file that was compiled into `path`. */
function sourceOf(folder: string, path: string): string {
  return relative(folder, path).replace(/\.js$/, '.ts');
}

void main();
