import { createHash } from 'node:crypto';
import type { Machine } from '../machine';
import type { Call, Program } from '../program';

const snapshotFolder = '/var/lib/rancher/k3s/server/db/snapshots';

const fatal = (call: Call, text: string): number => {
  call.err(`time="${new Date(call.machine.cluster.now()).toISOString().slice(0, 19)}Z" level=fatal msg="${text}"\n`);
  return 1;
};

/** The multi-call program `k3s`, in the words of v1.34.1. */
export const k3s: Program = (call) => {
  const [verb = '', ...args] = call.args;
  if (verb === '--version') {
    call.out('k3s version v1.34.1+k3s1 (00000000)\ngo version go1.24.6\n');
    return 0;
  }
  if (verb !== 'etcd-snapshot') {
    call.err(`No help topic for '${verb}'\n`);
    return 3;
  }
  const { machine } = call;
  if (machine.role === 'agent') {
    return fatal(call, 'Error: open /var/lib/rancher/k3s/server/token: no such file or directory');
  }
  if (!machine.cluster.isServerUp(machine)) {
    return fatal(
      call,
      'Error: failed to get CA certs: Get \\"https://127.0.0.1:6443/cacerts\\": dial tcp 127.0.0.1:6443: connect: connection refused',
    );
  }
  if (args[0] === 'save') return save(call, args);
  if (args[0] === 'ls' || args[0] === 'list' || args[0] === 'l') {
    call.out(table(machine));
    return 0;
  }
  call.err(`No help topic for '${args[0] ?? ''}'\n`);
  return 3;
};

/** As k3s does: the file gets `-<node>-<seconds>`, and without quorum nothing is saved and the exit code is 0. */
function save(call: Call, args: readonly string[]): number {
  const { machine } = call;
  const { cluster } = machine;
  const name = args[args.indexOf('--name') + 1] ?? 'on-demand';
  if (!cluster.hasQuorum()) return 0;
  const full = `${name}-${machine.name}-${Math.round(cluster.now() / 1000)}`;
  const content = Buffer.alloc(512 * 40, `practice ${full} `);
  const hash = createHash('sha256').update(content).digest();
  machine.files.makeFolders(snapshotFolder, 0o700);
  machine.files.write(`${snapshotFolder}/${full}`, Buffer.concat([content, hash]), 0o600);
  call.err(`time="${new Date(cluster.now()).toISOString().slice(0, 19)}Z" level=info msg="Snapshot ${full} saved."\n`);
  return 0;
}

/** The table of `k3s etcd-snapshot ls`: the header alone stands with single blanks. */
function table({ files }: Machine): string {
  const names = files.isFolder(snapshotFolder) ? files.list(snapshotFolder) : [];
  if (names.length === 0) return 'Name Location Size Created\n';
  const lines = names.map((name) => {
    const created = new Date(Number(/-(\d+)$/.exec(name)?.[1] ?? 0) * 1000).toISOString().replace('.000Z', 'Z');
    const path = `${snapshotFolder}/${name}`;
    return [name, `file://${path}`, String(files.read(path).length), created];
  });
  const rows = [['Name', 'Location', 'Size', 'Created'], ...lines];
  const widths = [0, 1, 2].map((i) => Math.max(...rows.map((line) => line[i]?.length ?? 0)));
  return rows
    .map((line) => `${line.map((word, i) => (i < 3 ? word.padEnd(widths[i] ?? 0) : word)).join(' ')}\n`)
    .join('');
}
