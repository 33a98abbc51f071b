import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { HostNode } from '../../src/ops/host';
import { downloadFile } from '../../src/run/files';
import { Hosts } from '../../src/run/hosts';
import { parseKnownHosts } from '../../src/run/ssh/known-hosts';
import { nobody } from '../support/ssh-client';
import { me, type Sshd, sshdMissing, startSshd } from '../support/sshd';
import type { Bench } from './main';

/** So long a node takes for its answer: what is measured is the asking, not how fast this machine plays fifty others. */
const answerSec = 1;
const fileBytes = 64 * 1024 * 1024;
const rounds = 5;

/** Asking many nodes, fetching a snapshot, and using a connection again, against real OpenSSH servers on loopback. */
export const sshBench: Bench = {
  name: 'ssh',
  run: async (print) => {
    if (sshdMissing !== false) return console.log(`  skipped: ${sshdMissing}`);
    const folder = mkdtempSync(join(tmpdir(), 'haven-bench-'));
    // A nested shell reads no .bashrc, whose time is not ours either.
    const nested = 'SHLVL=2';
    const slow = await startSshd([`SetEnv PATH=${folder}:/usr/sbin:/usr/bin:/sbin:/bin ${nested}`, 'MaxStartups 200']);
    const sshd = await startSshd(['Subsystem sftp internal-sftp', `SetEnv ${nested}`]);
    // What the question is asked with: it says that it has begun, takes its time and gives no answer, so that no work of a
    // node is measured.
    writeFileSync(join(folder, 'sh'), `#!/bin/sh\nprintf %s "$3"; printf %s "$3" >&2\nexec sleep ${answerSec}\n`);
    chmodSync(join(folder, 'sh'), 0o755);
    try {
      await measureStatus(slow, print);
      await measureDownload(sshd, print);
      await measureReuse(sshd, print);
    } finally {
      await Promise.all([slow.stop(), sshd.stop()]);
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

function hostsOf(sshd: Sshd): Hosts {
  const files = join(sshd.folder, 'ssh');
  mkdirSync(files, { recursive: true });
  writeFileSync(join(files, 'id_ed25519'), readFileSync(sshd.clientKey));
  const known = parseKnownHosts(sshd.knownHosts(), 'known_hosts');
  return new Hosts({ files: { folder: files }, secrets: nobody, ownKeys: () => known, accept: async () => false });
}

const node = (sshd: Sshd, name: string): HostNode => ({
  name,
  address: '127.0.0.1',
  roles: ['server'],
  ssh: { port: sshd.port, user: me },
});

async function measureStatus(sshd: Sshd, print: Parameters<Bench['run']>[0]): Promise<void> {
  const alone = hostsOf(sshd);
  const cold = await timed(() => alone.status(node(sshd, 'single')));
  const warm = await median(() => alone.status(node(sshd, 'single')));
  alone.close();
  for (const count of [5, 50]) {
    const hosts = hostsOf(sshd);
    const nodes = Array.from({ length: count }, (_, i) => node(sshd, `node-${i}`));
    const refresh = () => Promise.all(nodes.map((each) => hosts.status(each)));
    const first = await timed(refresh);
    const later = await median(refresh);
    print(`refresh of ${count} nodes`, later, warm * 1.5, `one node: ${warm.toFixed(0)} ms`);
    // Fifty key exchanges of both sides share the cores of this machine, which real nodes do not.
    console.log(`       ${count} nodes, connecting first: ${first.toFixed(0)} ms; one node: ${cold.toFixed(0)} ms`);
    hosts.close();
  }
}

async function measureDownload(sshd: Sshd, print: Parameters<Bench['run']>[0]): Promise<void> {
  const path = join(sshd.folder, 'snapshot');
  writeFileSync(path, randomBytes(fileBytes));
  const hosts = hostsOf(sshd);
  const line = await hosts.connect(node(sshd, 'single'));
  const to = join(sshd.folder, 'downloaded');
  const knownHosts = join(sshd.folder, 'known_hosts');
  writeFileSync(knownHosts, sshd.knownHosts());
  const scp = await median(() =>
    ended('scp', [...openSsh(sshd, knownHosts, '-P'), `${me}@127.0.0.1:${path}`, join(sshd.folder, 'copied')]),
  );
  const ours = await median(async () => {
    rmSync(to, { force: true });
    await downloadFile(line, { path, root: false }, to, () => {});
  });
  execFileSync('cmp', [path, to]);
  const rate = (ms: number) => `${(fileBytes / 1_048_576 / (ms / 1000)).toFixed(0)} MiB/s`;
  print(
    'download of a 64 MiB snapshot, hashed on both sides',
    ours,
    scp * 2,
    `${rate(ours)}; scp: ${scp.toFixed(0)} ms, ${rate(scp)}`,
  );
  hosts.close();
}

async function measureReuse(sshd: Sshd, print: Parameters<Bench['run']>[0]): Promise<void> {
  const hosts = hostsOf(sshd);
  const request = { argv: ['true'], root: false, timeoutSec: 20 };
  const line = await hosts.connect(node(sshd, 'single'));
  const again = await median(() => line.exec(request));
  const knownHosts = join(sshd.folder, 'known_hosts');
  const ssh = await median(() => ended('ssh', [...openSsh(sshd, knownHosts, '-p'), `${me}@127.0.0.1`, 'true']));
  print('a command over a connection that is there', again, ssh, `ssh, connecting each time: ${ssh.toFixed(0)} ms`);
  hosts.close();
}

function openSsh(sshd: Sshd, knownHosts: string, port: string): string[] {
  const options = ['BatchMode=yes', `UserKnownHostsFile=${knownHosts}`, 'IdentitiesOnly=yes'];
  return [
    '-F',
    '/dev/null',
    '-q',
    port,
    String(sshd.port),
    '-i',
    sshd.clientKey,
    ...options.flatMap((each) => ['-o', each]),
  ];
}

function ended(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    spawn(program, args, { stdio: 'ignore' }).once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${program} ended with ${code}`)),
    );
  });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function median(work: () => Promise<unknown>): Promise<number> {
  const taken: number[] = [];
  for (let i = 0; i < rounds; i++) taken.push(await timed(work));
  return taken.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0;
}
