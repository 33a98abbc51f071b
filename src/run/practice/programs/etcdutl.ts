import { createHash } from 'node:crypto';
import { BoltError } from '../../../ops/snapshot-file/bolt';
import { idsOf } from '../etcd/engine';
import { EtcdStore } from '../etcd/store';
import { FileError } from '../file-tree';
import type { Call, Program } from '../world';
import { readOptions } from './options';
import { box } from './table';

const valued = [
  'data-dir',
  'wal-dir',
  'name',
  'initial-cluster',
  'initial-cluster-token',
  'initial-advertise-peer-urls',
  'bump-revision',
  'w',
  'write-out',
];

const help = `Usage:
  etcdutl snapshot restore <filename> --data-dir {output dir} [options] [flags]

Flags:
      --bump-revision uint                   How much to increase the latest revision after restore
      --data-dir string                      Path to the output data directory
  -h, --help                                 help for restore
      --initial-advertise-peer-urls string   List of this member's peer URLs to advertise to the rest of the cluster (default "http://localhost:2380")
      --initial-cluster string               Initial cluster configuration for restore bootstrap (default "default=http://localhost:2380")
      --initial-cluster-token string         Initial cluster token for the etcd cluster during restore bootstrap (default "etcd-cluster")
      --mark-compacted                       Mark the latest revision after restore as the point of scheduled compaction
      --name string                          Human-readable name for this member (default "default")
      --skip-hash-check                      Ignore snapshot integrity hash value (required if copied from data directory)
      --wal-dir string                       Path to the WAL directory (use --data-dir if none given)
`;

function fails(call: Call, text: string, code = 1): number {
  call.err(`Error: ${text}\n`);
  return code;
}

/** `etcdutl` 3.6.5: what a snapshot holds, and the data of a member made of it. */
export const etcdutl: Program = (call) => {
  const options = readOptions(call.args, valued);
  const [noun = '', verb = '', path] = options.rest;
  if (noun === 'version') {
    call.out('etcdutl version: 3.6.5\nAPI version: 3.6\n');
    return 0;
  }
  if (noun !== 'snapshot' || !['status', 'restore'].includes(verb) || options.has('help', 'h')) {
    call.out(help);
    return 0;
  }
  if (path === undefined) return fails(call, `snapshot ${verb} requires exactly one argument`, 128);
  const { files } = call.machine;
  const from = call.path(path);
  if (verb === 'restore') return restore(call, from, options);
  if (!files.has(from)) return fails(call, `stat ${path}: no such file or directory`);
  let store: EtcdStore;
  const bytes = files.read(from);
  try {
    store = EtcdStore.fromBytes(bytes);
  } catch (error) {
    if (!(error instanceof BoltError)) throw error;
    return fails(call, 'invalid database');
  }
  const size = bytes.length - (bytes.length % 512);
  const hash = createHash('sha256').update(bytes.subarray(0, size)).digest().readUInt32BE(0);
  const keys = store.live.size;
  if (options.value('w', 'write-out') === 'json')
    call.out(
      `${JSON.stringify({ hash, revision: store.revision, totalKey: keys, totalSize: size, version: '3.6.0' })}\n`,
    );
  else if (options.value('w', 'write-out') === 'table') {
    const row = [hash.toString(16), String(store.revision), String(keys), `${Math.round(size / 1000)} kB`, '3.6.0'];
    call.out(box(['HASH', 'REVISION', 'TOTAL KEYS', 'TOTAL SIZE', 'VERSION'], [row]));
  } else call.out(`${hash.toString(16)}, ${store.revision}, ${keys}, ${Math.round(size / 1000)} kB, 3.6.0\n`);
  return 0;
};

/** In the order in which the program looks at things (recorded: etcd/recordings/04-restore.json, 03-snapshot-damaged.json). */
function restore(call: Call, from: string, options: ReturnType<typeof readOptions>): number {
  const { machine } = call;
  const { files, cluster } = machine;
  const bump = Number(options.value('bump-revision') ?? 0);
  if (bump > 0 !== options.has('mark-compacted'))
    return fails(call, '--mark-compacted required if --revision-bump > 0', 128);
  const name = options.value('name') ?? 'default';
  const own = options.value('initial-advertise-peer-urls') ?? 'http://localhost:2380';
  const initial = options.value('initial-cluster') ?? `${name}=${own}`;
  const folder = call.path(options.value('data-dir') ?? `${name}.etcd`);
  const members = initial.split(',').map((each) => {
    const at = each.indexOf('=');
    return { name: each.slice(0, at), peerUrl: each.slice(at + 1) };
  });
  if (files.has(folder) && (!files.isFolder(folder) || files.list(folder).length > 0))
    return fails(call, `data-dir "${folder}" not empty or could not be read`);
  const urls = members.map((each) => each.peerUrl);
  if (new Set(urls).size < urls.length) return fails(call, `initial cluster ${initial} has duplicate url`);
  const self = members.find((each) => each.name === name);
  if (self === undefined) return fails(call, `couldn't find local name "${name}" in the initial cluster configuration`);
  if (self.peerUrl !== own)
    return fails(
      call,
      `--initial-cluster has ${name}=${self.peerUrl} but missing from --initial-advertise-peer-urls=${own} (resolved urls: "${own}" != "${self.peerUrl}")`,
    );
  const time = new Date(cluster.now()).toISOString().replace(/\.\d+/, '');
  const where = `{"path": "${from}", "wal-dir": "${folder}/member/wal", "data-dir": "${folder}", "snap-dir": "${folder}/member/snap", "initial-memory-map-size": 10737418240}`;
  call.err(`${time}\tinfo\tsnapshot/v3_snapshot.go:305\trestoring snapshot\t${where}\n`);
  if (!files.has(from)) return fails(call, `open ${from}: no such file or directory`);
  const bytes = files.read(from);
  const isHashed = bytes.length % 512 === 32;
  const size = bytes.length - (isHashed ? 32 : 0);
  if (!options.has('skip-hash-check')) {
    if (!isHashed) return fails(call, 'snapshot missing hash but --skip-hash-check=false');
    const have = createHash('sha256').update(bytes.subarray(0, size)).digest();
    const want = bytes.subarray(size);
    if (!have.equals(want)) {
      // What it has written stays, and the next try finds the folder not empty.
      files.makeFolders(`${folder}/member/snap`, 0o700);
      files.write(`${folder}/member/snap/db`, bytes.subarray(0, size), 0o600);
      return fails(call, `expected sha256 [${[...want].join(' ')}], got [${[...have].join(' ')}]`);
    }
  }
  try {
    const store = EtcdStore.fromBytes(bytes.subarray(0, size));
    const token = options.value('initial-cluster-token') ?? 'etcd-cluster';
    store.members = members.map((each) => ({ ...each, id: idsOf(urls, each.peerUrl, token).memberId, learner: false }));
    store.removed = [];
    if (bump > 0) store.bump(bump);
    if (!files.isFolder(folder)) files.makeFolders(folder, 0o700);
    const ids = idsOf(urls, own, token);
    cluster.etcd.create(machine, folder, { name, ...ids, store });
  } catch (error) {
    if (error instanceof FileError)
      return fails(call, `write ${folder}/member/snap/db: ${error.message.toLowerCase()}`);
    if (error instanceof BoltError) return fails(call, 'invalid database');
    throw error;
  }
  call.err(`${time}\tinfo\tsnapshot/v3_snapshot.go:333\trestored snapshot\t${where}\n`);
  return 0;
}
