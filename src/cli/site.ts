import { hostname, userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { type Message, say } from '../base/message';
import type { Secret } from '../base/secret';
import type { Inventory } from '../model/inventory/inventory';
import type { Asking, Hosts, HostsOptions, Site } from '../run';
import { copiesFolder, runsFolder, siteKey } from '../run/own-folders';
import type { Workspace } from '../service';
import { load } from './load';
import { ask, askSecret, isInteractive } from './prompt';
import { err } from './terminal';
import { text } from './words';

/** What could not be begun, in words for the one who typed the command. */
export class UsageError extends Error {
  constructor(said: Message) {
    super(text(said));
  }
}

/**
 * Which of the forms was asked for.
 * @throws UsageError when it is none of them
 */
export function formatOf<Form extends string>(asked: string | undefined, forms: readonly Form[]): Form {
  const found = forms.find((each) => each === asked);
  if (found === undefined) throw new UsageError(say('no format "{0}"; there are: {1}', asked ?? '', forms.join(', ')));
  return found;
}

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
    err(usage);
    return 2;
  }
  const format = formatOf(values.format, ['text', 'json']);
  const site = await openSite(positionals[0] ?? '.', values.cluster);
  try {
    return await work(site, format === 'json');
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
  if (clusters.length === 0) throw new UsageError(say('no haven.yaml with a cluster in {0} or above it', place));
  if (found === undefined) throw new UsageError(say('no cluster "{0}"; there are: {1}', name ?? '', names));
  if (fitting.length > 1) throw new UsageError(say('several clusters; say which with --cluster: {0}', names));
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
  const { acceptedKeys, Answers, Hosts, keepKey, userFiles } = await import('../run');
  const answers = new Answers();
  const secret = (key: string, question: string, asking: Asking) =>
    answers.give(key, asking, () =>
      askSecret(asking.again ? text(say('That was not accepted. {0}', question)) : question),
    );
  const accept: HostsOptions['accept'] = async (key) => {
    if (!isInteractive()) return false;
    err(
      `${text(say('The key of {0} (port {1}) is not known.', key.host, key.port))}\n  ${key.keyType} ${key.fingerprint}\n` +
        `${text(say('Compare it with the output of "ssh-keygen -lf" on the host before you trust it.'))}\n`,
    );
    if ((await ask(text(say('Trust it? Type yes:')))) !== 'yes') return false;
    await keepKey(key);
    return true;
  };
  return new Hosts({
    files: userFiles(),
    ownKeys: acceptedKeys,
    accept,
    secrets: {
      password: (host, user, asking) =>
        secret(`password ${user}@${host}`, text(say('Password of {0} on {1}', user, host)), asking),
      passphrase: (key, asking) => secret(`key ${key}`, text(say('Passphrase of the key {0}', key)), asking),
      sudoPassword: (host, user, asking) =>
        secret(`sudo ${user}@${host}`, text(say('sudo password of {0} on {1}', user, host)), asking),
      answer: (host, prompt) => askSecret(text(say('{0} asks: {1}', host, prompt))),
    },
  });
}
