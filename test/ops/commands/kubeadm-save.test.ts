import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Etcd3 } from 'etcd3';
import { checkSnapshotFile, saveKubeadmSnapshot } from '../../../src/ops/commands/snapshot';
import { readSnapshot } from '../../../src/ops/snapshot-file/etcd-snapshot';
import { freePort } from '../../support/sshd';
import { parseWholeSnapshots } from '../../support/whole-snapshots';

const programs = ['etcd', 'etcdctl', 'curl', 'openssl'];
const missing = programs.filter((program) => spawnSync('which', [program]).status !== 0);

/** The words that a shell needs to be without the others: the script finds in its PATH what the test puts there. */
const tools = [
  'sh',
  'cat',
  'mkdir',
  'rm',
  'mv',
  'wc',
  'tail',
  'head',
  'od',
  'tr',
  'cut',
  'grep',
  'base64',
  'sha256sum',
];

describe('a snapshot of a kubeadm member', {
  skip: missing.length > 0 ? `no ${missing.join(' and no ')} here` : false,
}, () => {
  const root = mkdtempSync(join(tmpdir(), 'haven-save-'));
  let etcd: ChildProcess;
  let port = 0;

  before(async () => {
    port = await freePort();
    const pki = join(root, 'etc/kubernetes/pki/etcd');
    mkdirSync(pki, { recursive: true });
    const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore', cwd: pki });
    const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    openssl('req', '-x509', ...newKey, '-days', '1', '-subj', '/CN=etcd-ca', '-keyout', 'ca.key', '-out', 'ca.crt');
    writeFileSync(join(pki, 'names'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
    for (const name of ['server', 'healthcheck-client']) {
      openssl('req', ...newKey, '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`);
      const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '1', '-extfile', 'names'];
      openssl('x509', '-req', '-in', `${name}.csr`, ...signed, '-out', `${name}.crt`);
    }
    const url = `https://127.0.0.1:${port}`;
    const peer = `http://127.0.0.1:${await freePort()}`;
    etcd = spawn(
      'etcd',
      [
        ...['--data-dir', join(root, 'data'), '--listen-client-urls', url, '--advertise-client-urls', url],
        ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`],
        ...['--cert-file', join(pki, 'server.crt'), '--key-file', join(pki, 'server.key'), '--client-cert-auth'],
        ...['--trusted-ca-file', join(pki, 'ca.crt')],
      ],
      { stdio: 'ignore' },
    );
    const put = (key: string, value: string) =>
      spawnSync('etcdctl', [...flags(), 'put', key, value], { env: { ...process.env, ETCDCTL_API: '3' } }).status;
    for (let tries = 0; tries < 100 && put('a', 'b') !== 0; tries++)
      await new Promise((resolve) => setTimeout(resolve, 200));
    // More than one piece of the stream.
    for (let i = 0; i < 20; i++) assert.equal(put(`key-${i}`, 'x'.repeat(50_000)), 0);
  });
  after(() => {
    etcd?.kill('SIGKILL');
    rmSync(root, { recursive: true, force: true });
  });

  const flags = () => {
    const pki = join(root, 'etc/kubernetes/pki/etcd');
    return [
      `--endpoints=https://127.0.0.1:${port}`,
      `--cacert=${pki}/ca.crt`,
      `--cert=${pki}/healthcheck-client.crt`,
      `--key=${pki}/healthcheck-client.key`,
    ];
  };
  /** Runs the script of a plan with only these programs beside the plain ones, its paths below the folder of the test. */
  const save = (name: string, withPrograms: readonly string[]) => {
    const bin = join(root, `bin-${name}`);
    mkdirSync(bin);
    for (const each of [...tools, ...withPrograms])
      symlinkSync(execFileSync('which', [each], { encoding: 'utf8' }).trim(), join(bin, each));
    const argv = saveKubeadmSnapshot(name).argv.map((word) =>
      String(word)
        .replaceAll('/etc/kubernetes', join(root, 'etc/kubernetes'))
        .replaceAll('127.0.0.1:2379', `127.0.0.1:${port}`)
        .replaceAll('/proc/', join(root, 'proc/'))
        .replace(/^\/var\/lib\/haven/, join(root, 'haven')),
    );
    return spawnSync(join(bin, 'sh'), argv.slice(1), { env: { PATH: bin }, encoding: 'utf8' });
  };
  const folder = join(root, 'haven/snapshots');
  const contentOf = (name: string) => {
    const [program = '', ...args] = checkSnapshotFile(folder, name).argv.map(String);
    const [found] = parseWholeSnapshots(execFileSync(program, args, { encoding: 'utf8' }));
    assert.equal(found?.path, join(folder, name));
    const bytes = readFileSync(join(folder, name));
    const { revision, keys } = readSnapshot({
      size: bytes.length,
      read: (at, length) => bytes.subarray(at, at + length),
    });
    return { revision, keys };
  };

  test('is the same by the etcdctl of the host, by that of the container, and over the gateway', () => {
    const host = save('by-host', ['etcdctl']);
    assert.equal(host.status, 0, host.stderr);
    const wanted = contentOf('by-host');
    assert.ok((wanted.keys ?? 0) >= 21, JSON.stringify(wanted));

    const container = join(root, 'proc/4711');
    mkdirSync(join(container, 'root/usr/local/bin'), { recursive: true });
    writeFileSync(join(container, 'comm'), 'etcd\n');
    symlinkSync(
      execFileSync('which', ['etcdctl'], { encoding: 'utf8' }).trim(),
      join(container, 'root/usr/local/bin/etcdctl'),
    );
    const inside = save('by-container', []);
    assert.equal(inside.status, 0, inside.stderr);
    assert.deepEqual(contentOf('by-container'), wanted);
    rmSync(container, { recursive: true });

    const gateway = save('by-gateway', ['curl']);
    assert.equal(gateway.status, 0, gateway.stderr);
    assert.deepEqual(contentOf('by-gateway'), wanted);
    const bytes = (name: string) => readFileSync(join(folder, name));
    assert.ok(bytes('by-host').equals(bytes('by-gateway')), 'to the byte');
    assert.ok(bytes('by-host').equals(bytes('by-container')));
  });

  test('is what a client that speaks gRPC is given', async () => {
    assert.equal(save('once-more', ['curl']).status, 0);
    const pki = (name: string) => readFileSync(join(root, 'etc/kubernetes/pki/etcd', name));
    const credentials = {
      rootCertificate: pki('ca.crt'),
      privateKey: pki('healthcheck-client.key'),
      certChain: pki('healthcheck-client.crt'),
    };
    const client = new Etcd3({ hosts: `127.0.0.1:${port}`, credentials });
    try {
      const chunks: Buffer[] = [];
      // The types do not say that the stream can be read piece by piece.
      const stream = (await client.maintenance.snapshot()) as unknown as AsyncIterable<{ readonly blob: Buffer }>;
      for await (const { blob } of stream) chunks.push(blob);
      assert.ok(Buffer.concat(chunks).equals(readFileSync(join(folder, 'once-more'))));
    } finally {
      client.close();
    }
  });

  test('a stream that breaks off is no snapshot, and leaves nothing', () => {
    const bin = join(root, 'half');
    mkdirSync(bin);
    writeFileSync(join(bin, 'curl'), `#!/bin/sh\n/usr/bin/curl "$@" | head -n 3\n`);
    chmodSync(join(bin, 'curl'), 0o755);
    const path = process.env.PATH;
    try {
      process.env.PATH = `${bin}:${path}`;
      const broken = save('broken', ['curl']);
      assert.notEqual(broken.status, 0);
      assert.match(broken.stderr, /the stream of etcd broke off/);
    } finally {
      process.env.PATH = path;
    }
    assert.equal(existsSync(join(folder, 'broken')) || existsSync(join(folder, 'broken.part')), false);
  });

  test('without any of them it is said what is missing', () => {
    const nothing = save('nothing', []);
    assert.notEqual(nothing.status, 0);
    assert.match(nothing.stderr, /neither etcdctl nor curl is on this host/);
  });
});
