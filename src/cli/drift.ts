import { type Message, say } from '../base/message';
import { type Drift, type DriftState, driftOf } from '../ops/drift';
import { clusterFiles } from './cluster-files';
import { onSite, UsageError } from './site';
import { out } from './terminal';
import { text } from './words';

export const driftUsage = 'usage: haven drift [DIR|haven.yaml] [--cluster NAME] [--format text|json]\n';

/**
 * `haven drift`: how the files on the nodes stand to those of the repository. Exit code 0 when all are the same, 1 when
 * one is not, 2 when none could be compared. Contents are not shown: they can hold secrets.
 */
export function drift(args: readonly string[]): Promise<number> {
  return onSite(args, driftUsage, async (site, asJson) => {
    const { askCluster, askConfigs } = await import('../run');
    const { targets, files } = await clusterFiles(site);
    if (targets.length === 0)
      throw new UsageError(say('the inventory puts no file on a node; name files under "configs" in haven.yaml'));
    const { signal } = new AbortController();
    const state = await askCluster(site.hosts, site.cluster, site.vips, signal);
    const facts = await askConfigs(site.hosts, state, targets, signal);
    const rows = driftOf(targets, facts, (file) => files.get(file)?.text);
    const all = { version: 1, cluster: site.cluster.name, files: rows.map(jsonOf) };
    out(asJson ? `${JSON.stringify(all)}\n` : rows.map(textOf).join(''));
    if (rows.every((each) => each.state === 'not-seen')) return 2;
    return rows.every((each) => each.state === 'same') ? 0 : 1;
  });
}

const words: Readonly<Record<DriftState, Message>> = {
  same: say('same'),
  differs: say('differs'),
  missing: say('is not on the node'),
  'not-seen': say('could not be compared'),
};

function textOf({ target, state, othersDiffer }: Drift): string {
  const others = othersDiffer.length === 0 ? '' : `; ${text(say('another file lies on {0}', othersDiffer.join(', ')))}`;
  return `${target.file}  ${target.host}:${target.path}  ${text(words[state])}${others}\n`;
}

function jsonOf({ target: { file, host, path }, state, othersDiffer }: Drift): object {
  return { file, host, path, state, othersDiffer };
}
