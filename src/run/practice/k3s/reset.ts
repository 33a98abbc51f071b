import { createHash } from 'node:crypto';
import { idsOf } from '../etcd/engine';
import { EtcdStore } from '../etcd/store';
import type { Call, Machine } from '../world';
import { bootstrapKey, readConfig, secretOf } from './config';
import { fatal, log } from './log';
import { etcdFolder, k3sData, memberName } from './places';
import { objectKey, s3Problem } from './snapshots';
import { unzip } from './zip';

const server = `${k3sData}/server`;
const flag = `${server}/db/reset-flag`;

/**
 * `k3s server --cluster-reset [--cluster-reset-restore-path=FILE]`: one run in the foreground, with what it says and
 * leaves behind at each moment as recorded from v1.34.1.
 */
export async function clusterReset(call: Call, args: readonly string[]): Promise<number> {
  const { machine } = call;
  const { cluster, files } = machine;
  const value = (name: string) => {
    const at = args.findIndex((each) => each === `--${name}` || each.startsWith(`--${name}=`));
    const word = args[at] ?? '';
    return at < 0 ? undefined : word.includes('=') ? word.slice(word.indexOf('=') + 1) : args[at + 1];
  };
  const configPath = value('config');
  const config = readConfig(machine, configPath);
  const restorePath = value('cluster-reset-restore-path') ?? config.get('cluster-reset-restore-path');
  const isReset = args.some((each) => each === '--cluster-reset' || each === '--cluster-reset=true');
  if (!isReset && restorePath !== undefined)
    return fatal(call, 'Error: invalid flag use; --cluster-reset required with --cluster-reset-restore-path');
  if (!isReset) return fatal(call, 'Error: the practice cluster starts servers by their unit only');
  const url = value('server') ?? config.get('server') ?? call.environment.get('K3S_URL') ?? '';
  if (url !== '') {
    const text =
      'cannot perform cluster-reset while server URL is set - remove server from configuration before resetting';
    return fatal(call, `Error: ${text}`);
  }
  const tokenFile = value('token-file') ?? config.get('token-file');
  const given = value('token') ?? config.get('token') ?? (tokenFile && files.textOr(tokenFile, '').trim());
  if (given === undefined && !files.has(`${server}/token`))
    return fatal(call, `Error: ${server}/token does not exist, please pass --token to complete the restoration`);
  const token = given ?? files.text(`${server}/token`);
  log(call, 'info', 'Starting k3s v1.34.1+k3s1 (00000000)');
  if (files.has(`${etcdFolder}/member/wal`))
    log(call, 'info', 'Managed etcd cluster bootstrap already complete and initialized');
  const isBeside = machine.units.get('k3s')?.mainPid !== 0;
  if (config.has('datastore-endpoint')) return neverEnds(call);
  await cluster.sleep(1000);

  const refused = restorePath === undefined ? whyNoReset(files) : await restoreDatabase(call, config, restorePath);
  if (refused !== undefined)
    return fatal(call, `Error: starting kubernetes: failed to start cluster: start managed database: ${refused}`);
  files.write(flag, '', 0o600);
  log(call, 'info', 'Starting etcd for new cluster, cluster-reset=true');
  const longToken = `K10${createHash('sha256').update('practice').digest('hex')}::server:${secretOf(token)}\n`;
  files.write(`${server}/token`, longToken, 0o600);
  if (isBeside) return neverEnds(call);
  await cluster.sleep(5000);
  log(call, 'info', 'ETCD server is now running');
  log(call, 'info', 'k3s is up and running');
  log(call, 'info', 'Saving cluster bootstrap data to datastore');
  return reconcile(call, token, restorePath !== undefined);
}

/** Why k3s does not reset the database that lies there. */
function whyNoReset(files: Machine['files']): string | undefined {
  if (files.has(flag))
    return `Managed etcd cluster membership was previously reset, please remove the cluster-reset flag and start k3s normally. If you need to perform another cluster reset, you must first manually delete the file at ${flag}`;
  return files.has(`${etcdFolder}/member/snap/db`) ? undefined : 'etcd: no database';
}

/** Puts the database of a snapshot in the place of the former one; answers why that is refused. */
async function restoreDatabase(
  call: Call,
  config: ReadonlyMap<string, string>,
  restorePath: string,
): Promise<string | undefined> {
  const { machine } = call;
  const { cluster, files } = machine;
  const fetched = config.get('etcd-s3') === 'true' ? fetchObject(call, config, restorePath) : undefined;
  if (fetched?.kind === 'refused') return fetched.why;
  const path = fetched?.path ?? (restorePath.startsWith('/') ? restorePath : `${server}/${restorePath}`);
  if (!files.has(path)) return `etcd: snapshot path does not exist: ${restorePath}`;
  if (files.isFolder(path)) return `etcd: snapshot path must be a file, not a directory: ${restorePath}`;
  let bytes = files.read(path);
  if (path.endsWith('.zip')) {
    log(call, 'info', `Decompressing etcd snapshot file: ${restorePath}`);
    const unpacked = unzip(bytes);
    if (unpacked === undefined) return 'zip: not a valid zip file';
    bytes = unpacked;
  }
  // From here on the former database is gone from its place, whatever the file turns out to be.
  const old = `${server}/db/etcd-old-${Math.floor(machine.now() / 1000)}`;
  if (files.has(etcdFolder)) files.rename(etcdFolder, old);
  log(call, 'info', `Pre-restore etcd database moved to ${old}`);
  await cluster.sleep(100);
  if (bytes.length < 64) return `seek ${restorePath}: invalid argument`;
  files.makeFolders(`${etcdFolder}/member/snap`, 0o700);
  if (bytes.length % 512 !== 32) {
    files.write(`${etcdFolder}/member/snap/db`, bytes.subarray(0, 4096), 0o600);
    files.makeFolders(`${etcdFolder}/member/wal`, 0o700);
    return 'snapshot missing hash but --skip-hash-check=false';
  }
  const hash = createHash('sha256').update(bytes.subarray(0, -32)).digest();
  if (!hash.equals(bytes.subarray(-32))) {
    files.write(`${etcdFolder}/member/snap/db`, bytes.subarray(0, 4096), 0o600);
    const list = (each: Buffer) => `[${[...each].join(' ')}]`;
    return `expected sha256 ${list(bytes.subarray(-32))}, got ${list(hash)}`;
  }
  const store = EtcdStore.fromBytes(bytes.subarray(0, -32));
  const peerUrl = `https://${machine.address}:2380`;
  // The ids come from the address alone: a second restore gives the same ones again.
  const { clusterId, memberId } = idsOf([peerUrl], peerUrl, 'k3s-reset');
  const name = memberName(machine, String(cluster.now()));
  store.members = [{ id: memberId, name, peerUrl, learner: false }];
  cluster.etcd.create(machine, etcdFolder, { name, clusterId, memberId, store });
  await cluster.sleep(50);
  files.write(`${etcdFolder}/name`, name, 0o600);
  files.write(`${etcdFolder}/config`, `name: ${name}\n`, 0o600);
  return undefined;
}

/** The end of a reset, with the server already up: certificates and tokens on the disk become those of the database. */
function reconcile(call: Call, token: string, isRestored: boolean): number {
  const { machine } = call;
  const { files } = machine;
  const store = EtcdStore.fromBytes(files.read(`${etcdFolder}/member/snap/db`));
  if (store.get(bootstrapKey(token)) === undefined) {
    files.place(`${server}/cred/passwd`, `newer ${secretOf(token)}\n`, 0o600);
    log(call, 'fatal', 'bootstrap data already found and encrypted with different token');
    return 1;
  }
  files.place(`${server}/cred/passwd`, `${secretOf(token)},server,server,k3s:server\n`, 0o600);
  log(call, 'info', 'Reconciling bootstrap data between datastore and disk');
  const aside = `${server}/tls-${Math.floor(machine.now() / 1000)}`;
  log(call, 'info', `Cluster reset: backing up certificates directory to ${aside}`);
  if (files.has(`${server}/tls`) && !files.has(aside)) files.copy(`${server}/tls`, aside);
  log(call, 'warning', 'Updating bootstrap data on disk from datastore');
  if (!isRestored) forgetPeers(call);
  const text =
    'Managed etcd cluster membership has been reset, restart without --cluster-reset flag now. Backup and delete ${datadir}/server/db on each peer etcd server and rejoin the nodes';
  log(call, 'error', `Shutdown request received: "${text}"`);
  log(call, 'info', 'Stopping etcd server...');
  log(call, 'info', 'etcd server stopped');
  return 0;
}

/** The object goes into the snapshot folder; the restore path is its name there and nothing else. */
function fetchObject(
  { machine }: Call,
  config: ReadonlyMap<string, string>,
  name: string,
):
  | { readonly kind: 'there'; readonly path: string }
  | { readonly kind: 'refused'; readonly why: string; readonly path?: undefined } {
  const why = s3Problem(config, machine.cluster);
  if (why !== undefined) return { kind: 'refused', why };
  const bytes = machine.cluster.objects.get(objectKey(config, name));
  if (bytes === undefined)
    return { kind: 'refused', why: 'failed to download snapshot from S3: The specified key does not exist.' };
  const path = `${server}/db/snapshots/${name}`;
  machine.files.makeFolders(`${server}/db/snapshots`, 0o700);
  machine.files.write(path, bytes, 0o600);
  return { kind: 'there', path };
}

/** A reset without a snapshot keeps data, ids and place: only the other members go. */
function forgetPeers({ machine }: Call): void {
  const { cluster } = machine;
  const process = cluster.etcd.start(machine, etcdFolder);
  process.store.removed = process.store.members.filter((each) => each.id !== process.memberId).map((each) => each.id);
  process.store.members = process.store.members.filter((each) => each.id === process.memberId);
  cluster.etcd.stop(process);
}

/** Beside a running k3s, or with an external datastore, nothing refuses the reset and it does not end. */
async function neverEnds(call: Call): Promise<number> {
  const { cluster } = call.machine;
  log(call, 'info', 'k3s is up and running');
  for (let i = 0; i < 3600 && !cluster.isOverdue(); i++) await cluster.sleep(1000);
  log(call, 'fatal', 'context canceled');
  return 124;
}
