import { readFile, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, resolve } from 'node:path';
import { type Message, say } from '../base/message';
import { type NewHostConfig, withoutK3s, withoutToken } from '../ops/restore/new-hosts';
import type { KubeadmPki } from '../ops/restore/new-kubeadm-facts';
import type { K3sRestoreParameters } from '../ops/restore/plan-k3s';
import { keysOf, type S3Object } from '../ops/restore/restore-snapshot';
import { type ClusterState, statusOf } from '../ops/status/cluster-state';
import { isRelease } from '../ops/version-skew';
import type { RestoreAnswers, SnapshotPlace } from '../run';
import { copiesFolder } from '../run/own-folders';
import { newStamp } from '../run/stamp';
import { clusterFiles } from './cluster-files';
import { k3sConfigOf, programsFor } from './join';
import { type OpenSite, UsageError } from './site';
import { type CliOperation, localFile, type Wishes } from './wishes';
import { text } from './words';

/** `haven run restore SNAPSHOT`: puts the cluster back to a snapshot, also on machines on which k3s has never run. */
export const restore: CliOperation = {
  usage:
    'restore NAME|NODE:PATH|FILE [--absent NODE…] [--release V --k3s FILE --installer FILE|--online] [--pki FOLDER]\n' +
    '  restore --s3 OBJECT [--s3-config FILE] [the same]',
  plan: async (site, state, wishes, signal) => {
    const { askRestore } = await import('../run');
    const { hosts } = site;
    const { absent } = wishes;
    const servers = state.cluster.nodes.filter((each) => each.roles.includes('server')).map((each) => each.name);
    const unknown = absent.find((each) => !servers.includes(each));
    if (unknown !== undefined)
      throw new UsageError(say('no server "{0}"; there are: {1}', unknown, servers.join(', ')));
    const stamp = newStamp();
    if (wishes.s3) {
      const snapshot = await objectOf(state, wishes);
      const asked = await askRestore(hosts, state, {}, signal);
      return asked.plan(state, { stamp, absent, snapshot, ...(await newHostsFor(site, asked, wishes)) });
    }
    const { bringSnapshot, sends } = await import('../run');
    const place = await placeOf(state, wishes.words);
    const asked = await askRestore(hosts, state, place, signal);
    const newHosts = await newHostsFor(site, asked, wishes);
    const to = { folder: copiesFolder(), stamp, here: hostname() };
    const local = await bringSnapshot(hosts, state.cluster, place, to, () => {}, signal);
    const { bytes, hash, content } = local;
    const snapshot = { ...place, bytes, hash, content, local };
    const plan =
      asked.onNewMachines === undefined
        ? asked.plan(state, { stamp, absent, snapshot, ...newHosts })
        : await asked.onNewMachines(state, { stamp, absent, snapshot, pki: await keysIn(wishes) }, signal);
    if (!sends(plan, local.path)) await local.remove();
    return plan;
  },
};

/**
 * The keys of a kubeadm cluster in the folder that was named.
 * @throws UsageError when it is no folder
 */
async function keysIn({ pki }: Wishes): Promise<KubeadmPki | undefined> {
  if (pki === undefined) return undefined;
  const facts = await stat(pki).catch(() => undefined);
  if (facts?.isDirectory() !== true) throw new UsageError(say('--pki wants a folder, and "{0}" is none', pki));
  const { readPki } = await import('../run');
  return readPki(resolve(pki));
}

/** What machines need on which k3s has never run; nothing where there are none. */
async function newHostsFor(
  site: OpenSite,
  { k3s: servers }: RestoreAnswers,
  wishes: Wishes,
): Promise<Pick<K3sRestoreParameters, 'newHosts'>> {
  const files = await clusterFiles(site);
  const { tokenHash } = await import('../run');
  const configs = new Map<string, NewHostConfig>();
  for (const { host } of servers) {
    const config = k3sConfigOf(site, files, host);
    const own = config?.settings.get('token');
    if (config !== undefined) configs.set(host, { ...config, ...(own !== undefined && { tokenHash: tokenHash(own) }) });
  }
  const needy = withoutToken(servers, configs);
  if (needy.length === 0 && withoutK3s(servers).length === 0) return {};
  const { release } = wishes;
  const programs = await programsFor(wishes);
  if (programs.from !== 'machine' && (release === undefined || !isRelease(release, 'k3s')))
    throw new UsageError(say('--release wants the release that is installed, like v1.34.1+k3s1'));
  const question = text(say('the server token of the snapshot, for {0}', needy.join(', ')));
  const token = needy.length === 0 ? undefined : await site.secret('token', question);
  return { newHosts: { programs, release, configs, tokenHash: token && tokenHash(token.reveal()) } };
}

/** @throws UsageError when there is no such file, or the cluster fetches nothing from S3 */
async function objectOf({ cluster }: ClusterState, { words, s3Config }: Wishes): Promise<S3Object> {
  const [object, more] = words;
  if (cluster.distribution !== 'k3s')
    throw new UsageError(say('only k3s fetches snapshots from S3; download it and name the file'));
  if (object === undefined || more !== undefined) throw new UsageError(say('name one object, without its folder'));
  if (s3Config === undefined) return { object };
  const keys = keysOf(await readFile(s3Config, 'utf8'));
  return { object, settings: { ...(await localFile(resolve(s3Config))), keys } };
}

/** What is said of the snapshots that nodes list, and of the nodes that could not be asked: what is missed may lie there. */
export function ofNodes(state: ClusterState, said: Message): Message {
  const silent = state.nodes.flatMap(({ node: { name }, report }) =>
    report.kind === 'silent' ? [`\n  ${name}: ${report.reason}`] : [],
  );
  return silent.length === 0 ? said : say('{0}; not asked, because they do not answer:{1}', said, silent.join(''));
}

/**
 * Which snapshot the word means: `NODE:PATH`, the name of one that a node lists, or a file of this machine.
 * @throws UsageError when it means none, or several
 */
export async function placeOf(state: ClusterState, [word, more]: readonly string[]): Promise<SnapshotPlace> {
  const listed = state.nodes.flatMap((node) =>
    (statusOf(node)?.snapshots ?? []).map(({ path }) => ({ host: node.node.name, path })),
  );
  const there = listed.length === 0 ? ' -' : listed.map((each) => `\n  ${each.host}:${each.path}`).join('');
  if (word === undefined || more !== undefined)
    throw new UsageError(ofNodes(state, say('name one snapshot; nodes have:{0}', there)));
  const [, node = '', path = ''] = /^([^:/]+):(\/.+)$/s.exec(word) ?? [];
  if (state.cluster.nodes.some((each) => each.name === node)) return { host: node, path };
  const named = listed.filter((each) => basename(each.path) === word);
  const file = await stat(word).catch(() => undefined);
  const found = [...named, ...(file?.isFile() === true ? [{ host: undefined, path: resolve(word) }] : [])];
  const [one] = found;
  if (one === undefined) throw new UsageError(ofNodes(state, say('no snapshot "{0}"; nodes have:{1}', word, there)));
  if (found.length > 1) throw new UsageError(say('several are called "{0}"; write NODE:PATH:{1}', word, there));
  return one;
}
