import { say } from '../../base/message';
import { keptPath } from '../commands/config-file';
import { makeFolderStep } from '../commands/folder';
import { installK3sSteps, type JoinPrograms } from '../commands/install-k3s';
import type { LocalFile } from '../local-file';
import type { Step } from '../plan';
import type { ClusterState } from '../status/cluster-state';
import { joinsAnother, type K3sServerFacts } from './k3s-facts';

/** The k3s file that the inventory gives a machine. */
export interface NewHostConfig {
  readonly file: LocalFile;
  readonly name: string;
  /** Values by key. */
  readonly settings: ReadonlyMap<string, string>;
  /** Start of the SHA-256 of the token in it; absent where it has none. */
  readonly tokenHash?: string;
}

/** What machines are given on which k3s has never run, so that a cluster can be restored onto them. */
export interface NewHosts {
  readonly programs: JoinPrograms;
  /** The release that is installed where there is none. */
  readonly release: string | undefined;
  /** By the name of the machine. */
  readonly configs: ReadonlyMap<string, NewHostConfig>;
  /** Start of the SHA-256 of the token that the operator gave; the token itself is the secret `token` of the run. */
  readonly tokenHash: string | undefined;
}

/** A server as it is before the restore begins, once its steps are done. */
export interface FurnishedServer {
  readonly facts: K3sServerFacts;
  readonly steps: readonly Step[];
  /** Whether the run installs k3s, whose unit then has to be enabled at the end. */
  readonly isInstalled: boolean;
}

const folder = '/etc/rancher/k3s';
const ownToken = `${folder}/haven-restore-token`;
const dropIn = `${folder}/config.yaml.d/90-haven-restore.yaml`;
const plainPath = /^(?:\/[A-Za-z0-9._-]+)+$/;

/** Servers for which the operator has to give the token: neither they nor their files have one. */
export function withoutToken(
  all: readonly K3sServerFacts[],
  configs: ReadonlyMap<string, NewHostConfig>,
): readonly string[] {
  return all.flatMap((facts) => (tokenHashOf(facts, configs.get(facts.host)) === '' ? [facts.host] : []));
}

/** Servers without k3s as a unit. */
export function withoutK3s(all: readonly K3sServerFacts[]): readonly string[] {
  return all.flatMap((each) => (each.unit === 'loaded' ? [] : [each.host]));
}

/** A machine keeps the settings that it has; the file of the repository goes where there are none. */
const takesFile = (facts: K3sServerFacts, config: NewHostConfig | undefined) =>
  config !== undefined && facts.keys.size === 0 && !facts.hasDatabase;

function tokenHashOf(facts: K3sServerFacts, config: NewHostConfig | undefined): string {
  return facts.tokenHash || (takesFile(facts, config) ? (config?.tokenHash ?? '') : '');
}

/**
 * Makes servers of new machines on paper: what they will be, and the steps that make them so. They have nothing that could
 * be lost, so these steps are not taken back: a run that stops is gone on with.
 */
export function furnish(
  { cluster }: ClusterState,
  all: readonly K3sServerFacts[],
  stamp: string,
  { programs, release, configs, tokenHash }: NewHosts,
): readonly FurnishedServer[] {
  const planned = all.map((facts) => {
    const config = configs.get(facts.host);
    const settings = takesFile(facts, config) ? config?.settings : undefined;
    const isInstalled = facts.unit !== 'loaded' && programs.from !== 'machine' && release !== undefined;
    const own = tokenHashOf(facts, config);
    const after: K3sServerFacts = {
      ...facts,
      version: facts.version || (release ?? ''),
      unit: isInstalled ? 'loaded' : facts.unit,
      keys: settings === undefined ? facts.keys : new Set(settings.keys()),
      server: settings === undefined ? facts.server : (settings.get('server') ?? ''),
      dataDir: settings?.get('data-dir') ?? facts.dataDir,
      tokenHash: own || (tokenHash ?? ''),
      nodeName: facts.nodeName || settings?.get('node-name') || facts.hostName,
    };
    return { facts, after, settings, isInstalled, getsToken: own === '' && tokenHash !== undefined };
  });
  // A machine without settings does not know where it joins. One begins the cluster; the others are sent to it.
  const heads = planned.filter((each) => !joinsAnother(each.after));
  const isBare = (each: (typeof planned)[number]) => each.settings === undefined && each.facts.keys.size === 0;
  const first = heads.find((each) => each.facts.hasDatabase) ?? heads.find((each) => !isBare(each)) ?? heads[0];
  const address = cluster.nodes.find((each) => each.name === first?.facts.host)?.address ?? '';
  const url = `https://${address.includes(':') ? `[${address}]` : address}:6443`;
  return planned.map((each): FurnishedServer => {
    const { facts, settings, isInstalled, getsToken } = each;
    const { host } = facts;
    const isSent = each !== first && isBare(each) && !joinsAnother(each.after);
    const after = isSent ? { ...each.after, server: url } : each.after;
    const namedToken = settings?.get('token-file');
    const tokenPath = namedToken !== undefined && plainPath.test(namedToken) ? namedToken : ownToken;
    const lines = [
      ...(isSent ? [`server: "${url}"\n`] : []),
      ...(getsToken && tokenPath !== namedToken ? [`token-file: "${tokenPath}"\n`] : []),
    ];
    const config = settings === undefined ? undefined : configs.get(host);
    const files: Step[] = [
      ...(config === undefined
        ? []
        : [
            put(
              host,
              stamp,
              `${folder}/config.yaml`,
              say('Write {0} to {1}', config.name, `${folder}/config.yaml`),
              fileOf(config.file),
            ),
          ]),
      ...(getsToken
        ? [
            put(host, stamp, tokenPath, say('Lay the token down on {0}, for root alone', host), {
              text: [{ secret: 'token' }, '\n'],
            }),
          ]
        : []),
      ...(lines.length === 0
        ? []
        : [
            put(host, stamp, dropIn, say('Tell k3s on {0} its token and where it joins', host), {
              text: [`# Written when the cluster was restored onto this machine.\n${lines.join('')}`],
            }),
          ]),
    ];
    const steps: Step[] = [
      ...(files.length === 0 ? [] : [makeFolderStep(host, `${folder}/config.yaml.d`, '0755'), ...files]),
      ...(isInstalled && release !== undefined
        ? [
            makeFolderStep(host, keptPath(stamp, ''), '0700'),
            ...installK3sSteps({ host, isServer: true, programs, stamp, release }),
          ]
        : []),
    ];
    return { facts: after, steps, isInstalled };
  });
}

type Content = Extract<Step, { readonly upload: unknown }>['upload']['content'];

const fileOf = ({ localPath, sha256, bytes }: LocalFile): Content => ({ file: localPath, sha256, bytes });

function put(host: string, stamp: string, path: string, title: Step['title'], content: Content): Step {
  return {
    id: `${path.slice(path.lastIndexOf('/') + 1)}@${host}`,
    host,
    title,
    risk: 'change',
    upload: { content, path, mode: '0600', root: true, keep: keptPath(stamp, path) },
  };
}
