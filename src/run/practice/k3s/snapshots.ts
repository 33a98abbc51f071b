import { deflateRawSync } from 'node:zlib';
import { withTrailer } from '../etcd/store';
import { FileError } from '../file-tree';
import type { Call, Cluster, Machine } from '../world';
import { readConfig, secretOf } from './config';
import { fatal, log, warnOfServerKeys } from './log';
import { k3sData } from './places';
import { zipOf } from './zip';

const defaultFolder = `${k3sData}/server/db/snapshots`;

interface Flags {
  readonly values: ReadonlyMap<string, string>;
  readonly names: readonly string[];
}

const switches = new Set(['snapshot-compress', 'etcd-snapshot-compress', 's3', 'etcd-s3']);

function readFlags(words: readonly string[]): Flags {
  const values = new Map<string, string>();
  const names: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (!word.startsWith('-') || word === '-') names.push(word);
    else {
      const [name = '', ...value] = word.replace(/^--?/, '').split('=');
      if (word.includes('=')) values.set(name, value.join('='));
      else values.set(name, switches.has(name) ? 'true' : (words[++i] ?? ''));
    }
  }
  return { values, names };
}

/** `k3s etcd-snapshot …`: a request to the server on this machine, in the words of v1.34.1. */
export function etcdSnapshot(call: Call, [verb, ...words]: readonly string[]): number {
  if (verb === undefined) {
    call.out('NAME:\n   k3s etcd-snapshot - Manage etcd snapshots\n');
    return 0;
  }
  const known = ['save', 'ls', 'list', 'l', 'delete', 'prune'];
  if (!known.includes(verb)) {
    call.err(`No help topic for '${verb}'\n`);
    return 3;
  }
  warnOfServerKeys(call);
  const { machine } = call;
  const { cluster } = machine;
  const flags = readFlags(words);
  if (verb === 'save' && flags.names.length > 0) return fatal(call, 'Error: this command does not take any arguments');
  if (verb === 'delete' && flags.names.length === 0) return fatal(call, 'Error: no snapshots given for removal');
  if (!machine.files.has(`${k3sData}/server/token`))
    return fatal(call, `Error: open ${k3sData}/server/token: no such file or directory`);
  if (!cluster.k3s.isReady(machine) && !cluster.k3s.isLeaderless(machine)) {
    const url = 'https://127.0.0.1:6443/cacerts';
    return fatal(
      call,
      `Error: failed to get CA certs: Get "${url}": dial tcp 127.0.0.1:6443: connect: connection refused`,
    );
  }
  const token = flags.values.get('etcd-token') ?? flags.values.get('t');
  if (token !== undefined && secretOf(token) !== secretOf(machine.files.text(`${k3sData}/server/token`))) {
    log(
      call,
      'warning',
      "Cluster CA certificate is not trusted by the host CA bundle, but the token does not include a CA hash. Use the full token from the server's node-token file to enable Cluster CA validation.",
    );
    return fatal(call, 'Error: see server log for details: not authorized');
  }
  if (readConfig(machine).has('datastore-endpoint'))
    return fatal(call, 'Error: see server log for details: etcd datastore disabled');
  // Whatever is asked for: where S3 is set and cannot be had, nothing is done on the server either.
  const problem = usesS3(call, flags) ? clientProblem(machine) : undefined;
  if (problem !== undefined) return fatal(call, `Error: see server log for details: ${problem}`);
  const folder =
    flags.values.get('dir') ??
    flags.values.get('etcd-snapshot-dir') ??
    readConfig(machine).get('etcd-snapshot-dir') ??
    defaultFolder;
  if (!machine.files.isFolder(folder))
    return serverError(call, `failed to get etcd-snapshot-dir: stat ${folder}: no such file or directory`);
  if (verb === 'save') return save(call, folder, flags);
  if (verb === 'delete') return remove(call, folder, flags.names);
  if (verb === 'prune') return prune(call, folder, flags);
  return list(call, folder, flags);
}

/** What went wrong stands in the server's journal; the command only gives a number to look for. */
function serverError(call: Call, text: string): number {
  const { cluster } = call.machine;
  const id = 10_000 + (Math.floor(cluster.now() / 1000) % 90_000);
  cluster.write(call.machine, 'k3s', `time="" level=error msg="etcd-snapshot error ID ${id}: ${text}"`);
  return fatal(call, `Error: see server log for details: Internal error occurred: etcd-snapshot error ID ${id}`);
}

/** The name gets `-<node>-<seconds>`. When nothing could be saved the exit code is 0 all the same. */
function save(call: Call, folder: string, flags: Flags): number {
  const { values } = flags;
  const { machine } = call;
  const { cluster, files } = machine;
  const name = `${values.get('name') ?? 'on-demand'}-${machine.hostName}-${Math.round(machine.now() / 1000)}`;
  const etcd = cluster.k3s.etcdOf(machine);
  if (etcd === undefined || etcd.servingSinceMs === undefined || etcd.isLearner) {
    cluster.write(machine, 'k3s', 'time="" level=error msg="Failed to take etcd snapshot: etcdserver: no leader"');
    return 0;
  }
  const path = `${folder}/${name}`;
  const bytes = withTrailer(etcd.store.toBytes());
  try {
    files.write(path, bytes, 0o600);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    if (files.has(path)) files.remove(path);
    cluster.write(machine, 'k3s', `time="" level=error msg="Failed to take etcd snapshot: ${error.message}"`);
    return 0;
  }
  const isPacked = values.get('snapshot-compress') === 'true' || values.get('etcd-snapshot-compress') === 'true';
  if (isPacked) {
    try {
      files.write(`${path}.zip`, zipOf(name, bytes, deflateRawSync(bytes)), 0o644);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      return serverError(call, 'failed to compress snapshot: no space left on device');
    }
    files.remove(path);
  }
  const saved = () => log(call, 'info', `Snapshot ${baseOf(name)}${isPacked ? '.zip' : ''} saved.`);
  saved();
  if (!usesS3(call, flags)) return 0;
  if (cluster.isS3Away) {
    const why = `Put "https://${s3Host}/": ${refused}`;
    cluster.write(machine, 'k3s', `time="" level=error msg="Error received during snapshot upload to S3: ${why}"`);
    return 0;
  }
  // The same name stands there twice when it has come to S3.
  cluster.objects.set(objectKey(readConfig(machine), `${baseOf(name)}${isPacked ? '.zip' : ''}`), bytes);
  saved();
  return 0;
}

/** A flag goes before the file. */
function usesS3(call: Call, { values }: Flags): boolean {
  return (values.get('etcd-s3') ?? values.get('s3') ?? readConfig(call.machine).get('etcd-s3')) === 'true';
}

const s3Host = 's3.example:9000';
const refused = `dial tcp ${s3Host}: connect: connection refused`;

/** What the k3s of each machine has been in S3 with since its start. */
const clients = new WeakMap<Machine, string>();

/** A k3s that has been in S3 does not look there again before it begins (pkg/etcd/s3/s3.go, GetClient: clientCache). */
function clientProblem(machine: Machine): string | undefined {
  const config = readConfig(machine);
  const settings = [...config].filter(([key]) => key.startsWith('etcd-s3'));
  const client = JSON.stringify([machine.units.get('k3s')?.sinceMs, settings]);
  if (clients.get(machine) === client) {
    machine.cluster.write(machine, 'k3s', `time="" level=info msg="Reusing cached S3 client for endpoint=${s3Host}"`);
    return undefined;
  }
  const problem = s3Problem(config, machine.cluster);
  if (problem === undefined) clients.set(machine, client);
  return problem;
}

/** What k3s says of S3 settings that do not lead to a bucket, or to nobody. */
export function s3Problem(
  config: ReadonlyMap<string, string>,
  { isS3Away }: Pick<Cluster, 'isS3Away'>,
): string | undefined {
  const bucket = config.get('etcd-s3-bucket') ?? '';
  const why = () => {
    if (bucket === '') return 's3 bucket name was not set';
    const tried = `failed to test for existence of bucket ${bucket}`;
    if (isS3Away) return `${tried}: Head "https://${s3Host}/${bucket}/": ${refused}`;
    return config.get('etcd-s3-secret-key') === practiceSecretKey ? undefined : `${tried}: Access Denied.`;
  };
  const said = why();
  return said === undefined ? undefined : `failed to initialize S3 client: ${said}`;
}

/** What opens the S3 of the practice cluster: everybody may know it. */
export const practiceSecretKey = 'practice-secret-key';

/** Where an object of this name lies: `bucket/folder/name`. */
export function objectKey(config: ReadonlyMap<string, string>, name: string): string {
  return [config.get('etcd-s3-bucket') ?? '', config.get('etcd-s3-folder') ?? '', name].filter(Boolean).join('/');
}

/** Names are joined to the folder as they are, also those that lead out of it. */
function remove(call: Call, folder: string, names: readonly string[]): number {
  const { files } = call.machine;
  const isThere = (name: string) => files.get(`${folder}/${name}`)?.kind === 'file';
  // What it has done stands before what it could not do.
  for (const name of [...names.filter(isThere), ...names.filter((each) => !isThere(each))]) {
    if (!isThere(name)) log(call, 'warning', `Snapshot ${name} not found.`);
    else {
      files.remove(`${folder}/${name}`);
      log(call, 'info', `Snapshot ${name} deleted.`);
    }
  }
  return 0;
}

function prune(call: Call, folder: string, { values }: Flags): number {
  const { files } = call.machine;
  const keep = Number(values.get('snapshot-retention') ?? values.get('etcd-snapshot-retention') ?? 5);
  const prefix = values.get('name') ?? 'on-demand';
  if (keep < 1) return 0;
  const names = files.list(folder).filter((name) => name.startsWith(prefix));
  const oldest = names.sort((a, b) => secondsIn(a) - secondsIn(b)).slice(0, Math.max(0, names.length - keep));
  for (const name of oldest) {
    files.remove(`${folder}/${name}`);
    log(call, 'info', `Snapshot ${name} deleted.`);
  }
  return 0;
}

function list(call: Call, folder: string, flags: Flags): number {
  const { values } = flags;
  if (usesS3(call, flags) && call.machine.cluster.isS3Away)
    return serverError(call, `Get "https://${s3Host}/": ${refused}`);
  const { machine } = call;
  const { files } = machine;
  const rows = files
    .list(folder)
    .filter((name) => files.get(`${folder}/${name}`)?.kind === 'file')
    .map((name) => ({ name, size: files.read(`${folder}/${name}`).length, seconds: secondsIn(name) }))
    .sort((a, b) => a.seconds - b.seconds || (a.name < b.name ? -1 : 1));
  const output = values.get('o') ?? values.get('output') ?? 'table';
  if (output === 'json') {
    const config = readConfig(machine);
    const inS3 = [...(usesS3(call, flags) ? machine.cluster.objects : [])].filter(
      ([key]) => key === objectKey(config, baseOf(key)),
    );
    const objects = inS3.map(([key, bytes]) => ({
      kind: 'ETCDSnapshotFile',
      apiVersion: 'k3s.cattle.io/v1',
      metadata: { name: `s3-${baseOf(key)}`, labels: { 'etcd.k3s.cattle.io/snapshot-storage-node': 's3' } },
      spec: { snapshotName: baseOf(key), nodeName: 's3', location: `s3://${key}` },
      status: { size: String(bytes.length), creationTime: timeText(secondsIn(key)), readyToUse: true },
    }));
    const local = rows.map(({ name, size, seconds }) => ({
      kind: 'ETCDSnapshotFile',
      apiVersion: 'k3s.cattle.io/v1',
      metadata: { name: `local-${name}`, labels: { 'etcd.k3s.cattle.io/snapshot-storage-node': machine.hostName } },
      spec: { snapshotName: name, nodeName: machine.hostName, location: `file://${folder}/${name}` },
      status: { size: String(size), creationTime: timeText(seconds), readyToUse: true },
    }));
    const items = [...local, ...objects];
    const body = { kind: 'List', apiVersion: 'v1', metadata: {}, items: items.length === 0 ? null : items };
    call.out(`${JSON.stringify(body, null, 4)}\n`);
    return 0;
  }
  if (output !== 'table') return fatal(call, `Error: invalid output format: ${output}`);
  // The header alone stands with single blanks.
  const lines = [
    ['Name', 'Location', 'Size', 'Created'],
    ...rows.map(({ name, size, seconds }) => [name, `file://${folder}/${name}`, String(size), timeText(seconds)]),
  ];
  const widths = [0, 1, 2].map((i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  for (const line of lines)
    call.out(`${line.map((word, i) => (i < 3 ? word.padEnd(widths[i] ?? 0) : word)).join(' ')}\n`);
  return 0;
}

const baseOf = (name: string) => name.slice(name.lastIndexOf('/') + 1);

function secondsIn(name: string): number {
  return Number(/-(\d+)(?:\.zip)?$/.exec(name)?.[1] ?? 0);
}

function timeText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
