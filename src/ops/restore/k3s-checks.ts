import { say } from '../../base/message';
import type { Concern, Concerns } from '../plan';
import { type ClusterState, statusOf } from '../status/cluster-state';
import { joinsAnother, type K3sServerFacts } from './k3s-facts';
import { isInS3, type RestoreSnapshot, type S3Object } from './restore-snapshot';
import { strayMembers } from './stray-members';

/** What stands against a restore, and in which order the servers come back. */
interface K3sRestoreChecks extends Concerns {
  /** The server that is reset. */
  readonly first: K3sServerFacts | undefined;
  /** The others, in the order in which they join it again. */
  readonly peers: readonly K3sServerFacts[];
  /** Words of the unit's command line that the reset must be given too. */
  readonly unitArguments: readonly string[];
}

/**
 * `facts` are of the servers that answered; `absent` names servers that the operator says are switched off and stay so.
 */
export function checkK3sRestore(
  state: ClusterState,
  facts: readonly K3sServerFacts[],
  snapshot: RestoreSnapshot | S3Object,
  absent: readonly string[],
): K3sRestoreChecks {
  const blockers: Concern[] = [];
  const warnings: Concern[] = [];
  const servers = state.cluster.nodes.filter((each) => each.roles.includes('server')).map((each) => each.name);
  for (const host of servers) {
    if (facts.some((each) => each.host === host)) {
      if (absent.includes(host)) {
        blockers.push({ host, message: say('it was said to be switched off, and it answers') });
      }
    } else if (absent.includes(host)) {
      warnings.push({
        host,
        message: say('it is left out: started with the data it has, it would go on with the old cluster'),
        remedy: say('before it starts again, move {0} away on it and let it join', '/var/lib/rancher/k3s/server/db'),
      });
    } else {
      blockers.push({
        host,
        message: say('it does not answer, so nobody can prove that its k3s is stopped'),
        remedy: say('bring it back, or switch it off and say so'),
      });
    }
  }
  const strays = strayMembers(state);
  blockers.push(...strays.blockers);
  warnings.push(...strays.warnings);
  const present = facts.filter((each) => servers.includes(each.host));
  for (const each of present) blockers.push(...serverBlockers(each));
  const { first, peers, concerns } = inOrder(state, present, snapshot);
  blockers.push(...concerns);
  if (first !== undefined) {
    blockers.push(...(isInS3(snapshot) ? s3Blockers(first, snapshot) : firstBlockers(first, snapshot)));
    if (!isInS3(snapshot))
      for (const each of [first, ...peers]) blockers.push(...tokenBlockers(each, snapshot, first.notedTokenHash));
    warnings.push(...serverWarnings(first));
    warnings.push(...(isInS3(snapshot) ? s3Warnings(first, snapshot) : firstWarnings(state, first, snapshot)));
  }
  for (const each of peers) {
    if (first !== undefined && each.version !== first.version) {
      warnings.push({
        host: each.host,
        message: say('it has k3s {0}, and {1} has {2}', each.version, first.host, first.version),
        remedy: say('bring all servers to one release first'),
      });
    }
  }
  if (state.quorum?.verdict === 'holds') {
    warnings.push({ message: say('the cluster works: everything written since the snapshot will be gone') });
  }
  const { words, refused } = first === undefined ? { words: [], refused: [] } : repeated(first.unitArguments);
  if (first !== undefined && refused.length > 0) {
    blockers.push({
      host: first.host,
      message: say('the unit gives k3s settings that cannot be repeated here: {0}', refused.join(' ')),
      remedy: say('move them into /etc/rancher/k3s/config.yaml'),
    });
  }
  return { blockers, warnings, first, peers, unitArguments: words };
}

/**
 * What k3s takes from the environment of its unit (its cli flags) and a reset has to know: a reset does not see that
 * environment, and Haven would look for the database elsewhere.
 */
const environmentOfUse = ['K3S_DATA_DIR', 'K3S_CONFIG_FILE', 'K3S_NODE_NAME', 'K3S_CLUSTER_RESET'];

/** Facts of any server that make a restore impossible or senseless. */
function serverBlockers({
  host,
  keys,
  unit,
  unitArguments,
  unitEnvironment,
  dataDir,
  mounts,
}: K3sServerFacts): Concern[] {
  const found: Concern[] = [];
  const isExternal =
    keys.has('datastore-endpoint') ||
    unitEnvironment.has('K3S_DATASTORE_ENDPOINT') ||
    unitArguments.some((word) => word.startsWith('--datastore-endpoint'));
  if (isExternal) {
    found.push({
      host,
      message: say('its datastore is outside, and a snapshot of etcd cannot be restored into it'),
      remedy: say('restore that database with its own tools while k3s is stopped on all servers'),
    });
  }
  if (unit !== 'loaded') {
    found.push({
      host,
      message: say('there is no unit named k3s'),
      remedy: say('Haven stops and starts servers by it; an installation under another name is restored by hand'),
    });
  }
  const unheard = environmentOfUse.filter((each) => unitEnvironment.has(each));
  if (unheard.length > 0) {
    found.push({
      host,
      message: say('the unit gives k3s settings that cannot be repeated here: {0}', unheard.join(' ')),
      remedy: say('move them into /etc/rancher/k3s/config.yaml'),
    });
  }
  for (const key of ['cluster-reset', 'cluster-reset-restore-path']) {
    if (!keys.has(key)) continue;
    found.push({
      host,
      message: say('"{0}" stands in its config.yaml: k3s would restore again at each start', key),
      remedy: say('take the key out'),
    });
  }
  // Moved aside, the folder above would take the mount with it, and the next boot would lay the former data over the new.
  for (const each of mounts) {
    found.push({
      host,
      message: say('{0} is a disk of its own, which cannot be put aside', each),
      remedy: say('mount that disk further up, as {0}, while k3s is stopped there', dataDir),
    });
  }
  if (!/^\/[A-Za-z0-9_./-]+$/.test(dataDir)) {
    found.push({ host, message: say('its data directory is {0}, which Haven does not touch', dataDir) });
  }
  return found;
}

function firstBlockers(first: K3sServerFacts, snapshot: RestoreSnapshot): Concern[] {
  const { host } = first;
  const found: Concern[] = [];
  const judged = first.snapshot;
  if (snapshot.host === host && judged?.kind !== 'whole') {
    found.push({
      host,
      message: say('the snapshot {0} is not whole: {1}', snapshot.path, judged?.why ?? 'missing'),
      remedy: say('choose another snapshot; k3s would move the database away before it noticed'),
    });
  }
  // The copy, the database that is made of it, and what it grows by before it is compacted.
  const neededKb = Math.ceil((snapshot.bytes * 3) / 1024);
  if (first.freeKb < neededKb) {
    found.push({
      host,
      message: say('{0} KiB are free, and the restore needs {1}', first.freeKb, neededKb),
      remedy: say('make room first: a full disk in the middle leaves half a database'),
    });
  }
  const minor = Number(/^v1\.(\d+)\./.exec(first.version)?.[1] ?? Number.NaN);
  if (snapshot.content.storageVersion?.startsWith('3.6') === true && minor < 34) {
    found.push({
      host,
      message: say('the snapshot is of etcd 3.6, and k3s {0} has an older one', first.version),
      remedy: say('restore with the release of k3s that made the snapshot, or a newer one'),
    });
  }
  return found;
}

const noToken = (host: string): Concern => ({
  host,
  message: say('there is no token, and a snapshot can only be opened with the one it was made under'),
  remedy: say('put the token into /etc/rancher/k3s/config.yaml, or give it for the machines that are new'),
});

/**
 * Every server needs the token: the first one to open the snapshot, the others to join. What the snapshot itself is sealed with
 * goes before what was noted beside it; one that k3s took by itself may have no note.
 */
function tokenBlockers({ host, tokenHash }: K3sServerFacts, { content }: RestoreSnapshot, noted = ''): Concern[] {
  if (tokenHash === '') return [noToken(host)];
  if (content.tokenHashes.includes(tokenHash)) return [];
  const seals = content.tokenHashes.join(', ') || noted;
  const remedy =
    seals === ''
      ? say('put the token of that time into config.yaml of every server')
      : say('put the token of that time, whose SHA-256 begins with {0}, into config.yaml of every server', seals);
  return [{ host, message: say('its token is not the one that the snapshot was made under'), remedy }];
}

/** Nobody looks at an object before k3s fetches it: what is wrong shows in the reset, and is put back at once. */
function s3Blockers(first: K3sServerFacts, { object, settings }: S3Object): Concern[] {
  const { host, keys } = first;
  const found: Concern[] = [];
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,250}$/.test(object)) {
    found.push({
      message: say('"{0}" cannot be the name of a snapshot in S3', object),
      remedy: say('give the name of the object alone, without its folder; that stands in etcd-s3-folder'),
    });
  }
  if (first.tokenHash === '') found.push(noToken(host));
  if (settings === undefined && !keys.has('etcd-s3-bucket')) {
    found.push({
      host,
      message: keys.has('etcd-s3-config-secret')
        ? say('its S3 settings lie in a Secret of the cluster, which a restore cannot read')
        : say('its files name no bucket of S3'),
      remedy: say('give a file with etcd-s3-bucket, etcd-s3-endpoint and the keys'),
    });
  }
  const strange = settings?.keys.find((key) => !/^etcd-s3(?:-[a-z-]+)?$/.test(key));
  if (settings !== undefined && (strange !== undefined || !settings.keys.includes('etcd-s3-bucket'))) {
    found.push({
      message:
        strange === undefined
          ? say('{0} names no bucket', settings.localPath)
          : say('{0} has "{1}", which is no setting of S3', settings.localPath, strange),
      remedy: say('write etcd-s3-bucket, etcd-s3-endpoint and what else begins with etcd-s3 there, and nothing else'),
    });
  }
  return found;
}

function s3Warnings(first: K3sServerFacts, { object }: S3Object): Concern[] {
  const found: Concern[] = [
    {
      message: say('nobody can look at the snapshot before k3s fetches it: damage and a wrong token show in the reset'),
      remedy: say(
        'a reset that k3s refuses is put back at once; download the snapshot first where you want to be sure',
      ),
    },
  ];
  // k3s-io/k3s #14526: since a change of March 2026 the absolute path of an unpacked zip is joined a second time.
  const [, minor, patch] = /^v1\.(\d+)\.(\d+)/.exec(first.version) ?? [];
  if (object.endsWith('.zip') && (Number(minor) > 35 || (minor === '35' && Number(patch) > 2))) {
    found.push({
      host: first.host,
      message: say('k3s {0} may not find a zipped snapshot that it has fetched itself', first.version),
      remedy: say('if it refuses the reset, download the snapshot and restore the file'),
    });
  }
  return found;
}

function serverWarnings(first: K3sServerFacts): Concern[] {
  const found: Concern[] = [];
  if (!first.hasDatabase) {
    found.push({
      host: first.host,
      // A reset does work there. Who reported that it does not had given the path of a file as the token (k3s-io/k3s #13085),
      // which is told before: the token of a file or of the operator is compared with the seal in the snapshot.
      message: say('it has no database now, so there is nothing to go back to'),
    });
  }
  if (first.oldDatabases.length > 0) {
    found.push({
      host: first.host,
      message: say('earlier restores have left {0}', first.oldDatabases.join(', ')),
      remedy: say('remove them when nobody needs them any more'),
    });
  }
  return found;
}

function firstWarnings(state: ClusterState, first: K3sServerFacts, { content }: RestoreSnapshot): Concern[] {
  const found: Concern[] = [];
  const addresses = content.members.flatMap((each) => each.peerUrls.map(addressOf));
  if (addresses.length > 0 && !state.cluster.nodes.some((each) => addresses.includes(each.address))) {
    found.push({
      message: say('the snapshot is of servers at other addresses: {0}', addresses.join(', ')),
      remedy: say(
        'let tls-san, DNS, load balancers and the virtual address lead to the new servers; agents keep a list of the old ones, and each needs its K3S_URL changed and a restart',
      ),
    });
  }
  // The snapshot itself decides whether the token opens it; a note that says otherwise is of another file or another time.
  if (
    first.notedTokenHash !== undefined &&
    first.notedTokenHash !== first.tokenHash &&
    content.tokenHashes.includes(first.tokenHash)
  ) {
    found.push({
      host: first.host,
      message: say('the token noted beside the snapshot is not the one of now, although this one opens it too'),
      remedy: say('make sure that this is the snapshot you mean'),
    });
  }
  if (content.keys === 0) found.push({ message: say('the snapshot holds no keys') });
  return found;
}

/**
 * A server without an address to join begins a cluster of its own when it finds no data, so only such a server may be the
 * first, and there can be one. The others come after the server they join.
 */
function inOrder(state: ClusterState, present: readonly K3sServerFacts[], snapshot: RestoreSnapshot | S3Object) {
  const concerns: Concern[] = [];
  const heads = present.filter((each) => !joinsAnother(each));
  for (const each of heads.slice(1)) {
    concerns.push({
      host: each.host,
      message: say('its config.yaml has no "server", so without data it would begin an empty cluster'),
      remedy: say('write the address of the API there, as the other servers have it'),
    });
  }
  const first = heads[0] ?? present.find((each) => !isInS3(snapshot) && each.host === snapshot.host) ?? present[0];
  const peers: K3sServerFacts[] = [];
  let waiting = present.filter((each) => each !== first);
  const up = new Set(first === undefined ? [] : [first.host]);
  while (waiting.length > 0) {
    const next = waiting.find((each) => {
      const target = targetOf(state, each.server);
      return target === undefined || up.has(target);
    });
    if (next === undefined) break;
    peers.push(next);
    up.add(next.host);
    waiting = waiting.filter((each) => each !== next);
  }
  for (const each of waiting) {
    concerns.push({
      host: each.host,
      message: say('it joins by {0}, which is not up when its turn comes', each.server),
      remedy: say('let "server" lead to {0} or to the virtual address', first?.host ?? ''),
    });
  }
  return { first, peers, concerns };
}

/** The host in the address of a peer. */
const addressOf = (url: string) => /^https?:\/\/\[?([^/\]]+?)\]?(?::\d+)?$/.exec(url)?.[1] ?? url;

/** The node that a join address is of; nothing for a virtual address or a name that no node has. */
function targetOf(state: ClusterState, url: string): string | undefined {
  const host = /^https?:\/\/\[?([^/\]]+?)\]?(?::\d+)?\/?$/.exec(url)?.[1];
  const found = state.nodes.find(
    (each) => each.node.address === host || each.node.name === host || statusOf(each)?.hostName === host,
  );
  return found?.node.roles.includes('server') === true ? found.node.name : undefined;
}

/** Settings of the unit's command line for the reset; secrets come from files, and what joins or resets is left out. */
function repeated(unitArguments: readonly string[]) {
  const words: string[] = [];
  const refused: string[] = [];
  for (let i = 0; i < unitArguments.length; i++) {
    const word = unitArguments[i] ?? '';
    const next = unitArguments[i + 1];
    const takesNext = !word.includes('=') && next !== undefined && !next.startsWith('-');
    const all = takesNext ? [word, unitArguments[++i] ?? ''] : [word];
    if (/^--(?:server|cluster-init|cluster-reset|token|agent-token)(?:=|$)/.test(word)) continue;
    // The short ones lead to another data directory or file of settings than the one that was looked at.
    const isElsewhere = /^(?:--config|-[cdt])(?:=|$)/.test(word);
    if (
      !isElsewhere &&
      all.every((each) => /^[A-Za-z0-9_./:=,@%+-]+$/.test(each)) &&
      !all.join('=').endsWith('=masked')
    )
      words.push(...all);
    else refused.push(word);
  }
  return { words, refused };
}
