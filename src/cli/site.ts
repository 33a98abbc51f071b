import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import type { Secret } from '../base/secret';
import type { Inventory } from '../model/inventory/inventory';
import type { Hosts, HostsOptions, Site } from '../run';
import { copiesFolder, ownKnownHosts, runsFolder, siteKey } from '../run/own-folders';
import type { Workspace } from '../service';
import { load } from './load';
import { ask, askSecret, isInteractive } from './prompt';

/** What could not be begun, in words for the one who typed the command. */
export class UsageError extends Error {}

/**
 * Runs a command of the form `[DIR|haven.yaml] [--cluster NAME] [--format text|json]` on its cluster, and ends the
 * connections behind it. Exit code 2, with `usage`, when there is more than one place.
 */
export async function onSite(
  args: readonly string[],
  usage: string,
  work: (site: OpenSite, asJson: boolean) => Promise<number>,
): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { cluster: { type: 'string' }, format: { type: 'string', default: 'text' } },
  });
  if (positionals.length > 1) {
    process.stderr.write(usage);
    return 2;
  }
  const site = await openSite(positionals[0] ?? '.', values.cluster);
  try {
    return await work(site, values.format === 'json');
  } finally {
    site.hosts.close();
  }
}

/** A cluster to work on, and its connections; `hosts.close()` ends them. */
export interface OpenSite extends Site {
  readonly hosts: Hosts;
  /** Path of the inventory. */
  readonly inventory: string;
  /** The inventory and the files it names, for diagnostics. */
  readonly workspace: Workspace;
  /** A secret by its name: given with the command, or typed once; undefined where nobody is there to ask. */
  secret(name: string, question: string): Promise<Secret | undefined>;
}

/**
 * The cluster of the inventory in a folder or above it, or of an inventory itself; `name` picks one of several.
 * @throws UsageError when there is none, or several and no name
 */
export async function openSite(
  place: string,
  name: string | undefined,
  given: ReadonlyMap<string, Secret> = new Map(),
): Promise<OpenSite> {
  const { workspace } = await load([place]);
  const models = workspace.clusterModels();
  const clusters = workspace.files().flatMap((file) => {
    if (file.kind !== 'inventory') return [];
    const { inventory } = file.analysis as { readonly inventory: Inventory };
    return inventory.clusters.map((cluster) => {
      const model = models.find((each) => each.inventory === file.path && each.name === cluster.name);
      const vips = (model?.virtualAddresses ?? []).map((each) => each.value.split('/')[0] ?? '');
      return { path: file.path, cluster, vips: [...new Set(vips)] };
    });
  });
  const names = clusters.map((each) => each.cluster.name).join(', ');
  const fitting = name === undefined ? clusters : clusters.filter((each) => each.cluster.name === name);
  const [found] = fitting;
  if (clusters.length === 0) throw new UsageError(`no haven.yaml with a cluster in ${place} or above it`);
  if (found === undefined) throw new UsageError(`no cluster "${name}"; there are: ${names}`);
  if (fitting.length > 1) throw new UsageError(`several clusters; say which with --cluster: ${names}`);
  const { path, cluster, vips } = found;
  const who = `${userInfo().username}@${hostname()}`;
  const hosts = await connections();
  const key = siteKey(path, cluster.name);
  const [folder, copies] = [runsFolder(), copiesFolder()];
  const secrets = new Map(given);
  const secret = async (name: string, question: string) => {
    const known = secrets.get(name) ?? (await askSecret(question));
    if (known !== undefined) secrets.set(name, known);
    return known;
  };
  return { cluster, key, vips, hosts, folder, copies, who, inventory: path, workspace, secret };
}

/** Unknown host keys are asked about where a person is there, and refused where none is. */
async function connections(): Promise<Hosts> {
  const { Hosts, parseKnownHosts, userFiles } = await import('../run');
  const path = ownKnownHosts();
  const remembered = new Map<string, ReturnType<typeof askSecret>>();
  const secret = (key: string, question: string, again: boolean) => {
    const known = again ? undefined : remembered.get(key);
    const answer = known ?? askSecret(again ? `not accepted; ${question}` : question);
    remembered.set(key, answer);
    return answer;
  };
  const accept: HostsOptions['accept'] = async (key) => {
    if (!isInteractive()) return false;
    process.stderr.write(
      `The key of ${key.host} (port ${key.port}) is not known:\n  ${key.keyType} ${key.fingerprint}\n` +
        'Compare it with the output of "ssh-keygen -lf" on the host.\n',
    );
    if ((await ask('Trust it? Type yes:')) !== 'yes') return false;
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    appendFileSync(path, `${key.pattern} ${key.keyType} ${key.key.toString('base64')}\n`, { mode: 0o600 });
    return true;
  };
  return new Hosts({
    files: userFiles(),
    ownKeys: () => parseKnownHosts(textOf(path), path),
    accept,
    secrets: {
      password: (host, user, { again }) => secret(`password ${user}@${host}`, `password of ${user} on ${host}`, again),
      passphrase: (key, { again }) => secret(`key ${key}`, `passphrase of the key ${key}`, again),
      sudoPassword: (host, user, { again }) =>
        secret(`sudo ${user}@${host}`, `sudo password of ${user} on ${host}`, again),
      answer: (host, prompt) => askSecret(`${host} asks: ${prompt}`),
    },
  });
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // No key was accepted yet.
    return '';
  }
}
