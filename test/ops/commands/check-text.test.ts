import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { FileKind } from '../../../src/base/file-kind';
import { checkText, parseVerdict } from '../../../src/ops/commands/check-text';
import { checkerOf } from '../../../src/ops/commands/config-file';

const missing = (program: string) => (spawnSync(program, ['-v']).error === undefined ? false : `no ${program} here`);

const whole = `listen a
    mode tcp
    bind 127.0.0.1:1
    timeout client 1s
    timeout server 1s
    timeout connect 1s
`;

/** What the program of this machine makes of a text that would live in an empty temporary folder. */
function ask(kind: FileKind, text: string) {
  const path = join(tmpdir(), 'haproxy.cfg');
  const [program = '', ...args] = (checkText(kind, path)?.argv ?? []).map(String);
  return parseVerdict(execFileSync(program, args, { input: text, encoding: 'utf8' }));
}

describe('what the real programs say is read', () => {
  test('haproxy', { skip: missing('haproxy') }, () => {
    const verdict = ask('haproxy', 'global\n    maxconn 10\nfrontend a\n    bind :1\n    foo\n');
    assert.equal(verdict?.accepted, false);
    assert.match(verdict?.release ?? '', /^HAProxy version \d/);
    const errors = verdict?.remarks.filter((each) => each.severity === 'error');
    assert.deepEqual(errors, [{ line: 5, severity: 'error', text: "unknown keyword 'foo' in 'frontend' section" }]);
    const warned = ask(
      'haproxy',
      'frontend a\n    mode http\n    bind 127.0.0.1:1\n    default_backend b\nbackend b\n    mode http\n    server b 127.0.0.1:1\n',
    );
    assert.equal(warned?.accepted, true);
    assert.ok(
      warned?.remarks.some((each) => each.severity === 'warning' && /timeout/.test(each.text)),
      JSON.stringify(warned),
    );
    assert.deepEqual(ask('haproxy', whole)?.remarks, []);
  });

  test('haproxy makes the files of a ring, and not where root is', { skip: missing('haproxy') }, () => {
    const folder = mkdtempSync(join(tmpdir(), 'haven-ring-'));
    try {
      const [cwd, other] = ['cwd', 'tmp'].map((name) => join(folder, name));
      for (const each of [cwd, other]) mkdirSync(each ?? '');
      const [program = '', ...args] = (checkText('haproxy', join(folder, 'haproxy.cfg'))?.argv ?? []).map(String);
      const ring = `ring traces\n    size 32768\n    backing-file traces.ring\n${whole}`;
      const output = execFileSync(program, args, { input: ring, cwd, env: { ...process.env, TMPDIR: other } });
      assert.equal(parseVerdict(String(output))?.accepted, true, String(output));
      assert.deepEqual(readdirSync(folder, { recursive: true }), ['cwd', 'tmp']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('keepalived', { skip: missing('keepalived') }, () => {
    const verdict = ask('keepalived', 'global_defs {\n    foo bar\n    router_id a\n}\n');
    assert.equal(verdict?.accepted, false);
    assert.deepEqual(verdict?.remarks, [{ line: 2, severity: 'error', text: "Unknown keyword 'foo'" }]);
    assert.equal(ask('keepalived', 'global_defs {\n    router_id a\n}\n')?.accepted, true);
  });

  test('nginx', { skip: missing('nginx') }, () => {
    const verdict = ask('nginx', 'events {}\n\nfoo;\n');
    assert.equal(verdict?.accepted, false);
    assert.deepEqual(
      verdict?.remarks.map((each) => [each.line, each.severity, each.text]),
      [[3, 'error', 'unknown directive "foo"']],
    );
  });

  test('nothing is left behind, and a program that is not there is no verdict', () => {
    const folder = tmpdir();
    const ours = () => readdirSync(folder).filter((name) => name.startsWith('.haven-check'));
    const before = ours();
    const [program = '', ...args] = (checkText('kubeadm', join(folder, 'a.yaml'))?.argv ?? []).map(String);
    const output = execFileSync(program, args, { input: 'a: b\n', encoding: 'utf8', env: { PATH: '/usr/bin:/bin' } });
    if (missing('kubeadm') !== false) assert.equal(parseVerdict(output), undefined);
    assert.deepEqual(ours(), before);
  });
});

test('other forms of the same words', () => {
  const wrap = (text: string, code: number) => `=== file /etc/a/.x\n=== release r\n${text}\n=== code ${code}\n`;
  const said = (text: string, code = 1) =>
    parseVerdict(wrap(text, code))?.remarks.map((each) => [each.line, each.severity, each.text]);
  assert.deepEqual(said("[ALERT] 012/345 (9) : parsing [/etc/a/.x:7] : 'bind' : bad"), [[7, 'error', "'bind' : bad"]]);
  assert.deepEqual(said("[WARNING]  (9) : config : backend 'b' has no timeout", 0), [
    [undefined, 'warning', "backend 'b' has no timeout"],
  ]);
  assert.deepEqual(said('(/etc/a/.x: Line 3) WARNING - interface eth9 does not exist', 0), [
    [3, 'warning', 'WARNING - interface eth9 does not exist'],
  ]);
  assert.deepEqual(said('something quite new about /etc/a/.x'), [
    [undefined, 'error', 'something quite new about the file'],
  ]);
  assert.equal(parseVerdict('sudo: a password is required'), undefined);
  assert.deepEqual(
    ['haproxy', 'keepalived', 'nginx', 'kubeadm', 'k3s'].map((kind) => checkerOf(kind as FileKind)?.name),
    ['haproxy -c', 'keepalived -t', 'nginx -t', 'kubeadm config validate', undefined],
  );
});
