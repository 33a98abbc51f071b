import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { bundleCli } from '../support/bundle-cli';

/** In the repository, as it looks for the pages of the rules from where it lies. */
const home = resolve('out', `cli-${process.pid}`);
const main = join(home, 'main.js');
before(() => bundleCli(main));
after(() => rmSync(home, { recursive: true, force: true }));

function haven(args: readonly string[], cwd = '.') {
  return spawnSync(process.execPath, [main, ...args], { cwd, encoding: 'utf8' });
}

/** A copy of the examples in which one server lacks the virtual address. */
function brokenCopy(): string {
  const folder = mkdtempSync(join(tmpdir(), 'haven-cli-'));
  cpSync('examples', folder, { recursive: true });
  const path = join(folder, 'k3s', 'cp2.yaml');
  writeFileSync(path, readFileSync(path, 'utf8').replace('  - 192.168.1.100\n', ''));
  return folder;
}

test('a path that is not there is named in words, and nothing else is said', () => {
  for (const command of ['lint', 'status']) {
    const { stderr, stdout, status } = haven([command, 'nothing/here']);
    assert.deepEqual([stdout, status], ['', 2]);
    assert.match(stderr, /^haven: there is no file or folder \S*nothing\/here\n$/);
  }
});

test('a file named by itself is checked against its cluster, found by the inventory above it', () => {
  const folder = brokenCopy();
  try {
    const { stdout, status } = haven(['lint', '--format', 'json', 'k3s/cp2.yaml'], folder);
    const { version, files } = JSON.parse(stdout);
    assert.equal(version, 1);
    assert.deepEqual(
      files.map((file: { path: string; kind: string }) => [file.path, file.kind]),
      [['k3s/cp2.yaml', 'k3s']],
    );
    const rules = files[0].diagnostics.map((each: { rule: string }) => each.rule);
    assert.ok(rules.includes('cluster/vip-not-in-tls-san'), String(rules));
    assert.equal(status, 1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('who has read enough may leave', () => {
  const script = '"$1" "$2" rules | head -n 1';
  const { stdout, stderr } = spawnSync('sh', ['-c', script, 'sh', process.execPath, main], { encoding: 'utf8' });
  assert.match(stdout, /^cluster\/\S+ .*\n$/);
  assert.equal(stderr, '');
});

test('the same finding as SARIF and as workflow command', () => {
  const folder = brokenCopy();
  try {
    const log = JSON.parse(haven(['lint', '--format', 'sarif', '.'], folder).stdout);
    const results = log.runs[0].results.filter(
      (each: { ruleId: string; level: string }) =>
        each.ruleId === 'cluster/vip-not-in-tls-san' && each.level === 'error',
    );
    assert.equal(results.length, 1);
    assert.equal(results[0].locations[0].physicalLocation.artifactLocation.uri, 'k3s/cp2.yaml');
    assert.match(haven(['lint', '--format', 'github', '.'], folder).stdout, /^::error file=k3s\/cp2\.yaml,line=\d+/m);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('rules, explain and model answer', () => {
  assert.match(haven(['explain', 'cluster/api-port']).stdout, /^# cluster\/api-port/);
  assert.equal(haven(['explain', 'cluster/nothing']).status, 2);
  assert.match(haven(['rules']).stdout, /^cluster\/vip-not-in-tls-san +error/m);
  const { clusters } = JSON.parse(haven(['model', '--format', 'json', 'examples']).stdout);
  assert.deepEqual(clusters[0].endpoint, { value: 'lb.example.com:6443', at: 'examples/haven.yaml:5' });
  assert.equal(clusters[0].controlPlanes.length, 3);
  const of = (name: string) =>
    JSON.parse(haven(['model', '--format', 'json', `test/fixtures/clusters/${name}`]).stdout).clusters[0];
  const values = (facts: readonly { value: string }[]) => facts.map((each) => each.value);
  const database = of('k3s-mysql');
  assert.deepEqual(values(database.datastores), ['mysql://k3s:•••@tcp(10.0.0.30:3306)/k3s']);
  assert.equal(database.datastores[0].also.length, 1);
  assert.deepEqual(database.etcdMembers, []);
  assert.deepEqual(values(database.networks), ['pods 10.42.0.0/16', 'services 10.43.0.0/16']);
  const etcd = of('kubeadm-external-etcd');
  assert.deepEqual(values(etcd.etcdMembers), ['e1 10.0.2.31', 'e2 10.0.2.32', 'e3 10.0.2.33']);
  assert.match(
    haven(['model', 'test/fixtures/clusters/kubeadm-initial-cluster']).stdout,
    /etcd member +m3 10\.0\.4\.13/,
  );
});

test('files named with -f are read in that order, as haproxy reads them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'haven-cli-'));
  try {
    writeFileSync(
      join(folder, 'z-first.cfg'),
      'defaults\n  mode http\n  timeout client 5s\n  timeout connect 5s\n  timeout server 5s\n\nbackend app\n  server a 10.0.0.1:80 check\n',
    );
    mkdirSync(join(folder, 'more'));
    writeFileSync(join(folder, 'more', 'b.cfg'), 'frontend web\n  bind :80\n  default_backend app\n');
    writeFileSync(join(folder, 'more', 'c.cfg'), 'backend app\n  server b 10.0.0.2:80 check\n');
    writeFileSync(join(folder, 'more', '.hidden.cfg'), 'nonsense\n');
    const { stdout, status } = haven(['lint', '--format', 'json', '-f', 'z-first.cfg', '-f', 'more'], folder);
    const errors = JSON.parse(stdout).files.map(
      (file: { path: string; diagnostics: { rule: string; severity: string }[] }) => [
        file.path,
        ...file.diagnostics.filter((each) => each.severity !== 'hint').map((each) => each.rule),
      ],
    );
    assert.deepEqual(errors, [['z-first.cfg'], ['more/b.cfg'], ['more/c.cfg', 'haproxy/duplicate-name']]);
    assert.equal(status, 1);
    const other = haven(['lint', '--format', 'json', '-f', 'more', '-f', 'z-first.cfg'], folder);
    const [first] = JSON.parse(other.stdout).files;
    assert.ok(
      first.diagnostics.some((each: { rule: string }) => each.rule === 'haproxy/missing-setting'),
      'the frontend is read before the defaults with its timeouts',
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('lint --fix writes what cannot change behaviour, and nothing else', () => {
  const folder = mkdtempSync(join(tmpdir(), 'haven-cli-'));
  const file = join(folder, 'haproxy.cfg');
  // A last line without its line feed is mended; an unknown word is not: what was meant is for a person to say.
  const text = 'defaults\n    timeout connect 5s\n    timeout client 4h\n    timeout server 4h\n    retris 3';
  writeFileSync(file, text);
  const { status, stdout } = haven(['lint', '--fix', file]);
  assert.equal(readFileSync(file, 'utf8'), `${text}\n`);
  assert.equal(status, 1);
  assert.match(stdout, /haproxy\/unknown-keyword/);
  assert.doesNotMatch(stdout, /line feed/);
  rmSync(folder, { recursive: true });
});

test('what cannot be meant is refused with what could be: no rule, going on and back at once', () => {
  const nothing = haven(['explain']);
  assert.deepEqual([nothing.status, nothing.stdout], [2, '']);
  assert.match(nothing.stderr, /^usage: haven explain RULE/);
  const both = haven(['run', '--resume', 'a', '--undo', 'b']);
  assert.deepEqual([both.status, both.stdout], [2, '']);
  assert.match(both.stderr, /^usage: haven run /);
});
