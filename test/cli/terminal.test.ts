import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { shown } from '../../src/cli/terminal';
import { bundleCli } from '../support/bundle-cli';

const home = resolve('out', `cli-terminal-${process.pid}`);
const main = join(home, 'main.js');
before(() => bundleCli(main));
after(() => rmSync(home, { recursive: true, force: true }));

/** Clears the screen, sets the title, goes back to the beginning of the line; in one byte as in two. */
const evil = '\u001b[2J\u001b]0;title\u0007\r\b\u009b1A\u202e';

test('what moves the cursor, sets a title or turns the writing is shown as what it is', () => {
  assert.equal(shown(evil), '\\u001b[2J\\u001b]0;title\\u0007\\u000d\\u0008\\u009b1A\\u202e');
  assert.equal(shown('a\tb\nc\r\nd 한국어 é'), 'a\tb\nc\nd 한국어 é');
  const value = { said: `${evil}\u007f\\` };
  assert.deepEqual(JSON.parse(shown(JSON.stringify(value))), value);
});

test('neither a file nor its name reaches the terminal by lint', () => {
  const folder = mkdtempSync(join(tmpdir(), 'haven-terminal-'));
  try {
    writeFileSync(join(folder, 'haproxy.cfg'), `defaults\n  mode tcp\n  ${evil.replace('\r', '')}word 1\n`);
    for (const format of ['text', 'json', 'sarif', 'github']) {
      const args = [main, 'lint', '--format', format, '.', `no\u001b[2Jfile`];
      const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
      assert.match(`${stdout}${stderr}`, /u001b|haproxy/);
      assert.doesNotMatch(`${stdout}${stderr}`, /[\0-\x08\x0b-\x1f\x7f-\x9f\u202e]/, format);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('nothing else of the command line writes', () => {
  const writers = readdirSync('src/cli').filter((file) =>
    /\b(?:process\.std(?:out|err)\.write|console\.\w+)\(/.test(readFileSync(join('src/cli', file), 'utf8')),
  );
  assert.deepEqual(writers, ['terminal.ts']);
});
