import { type Message, say } from '../../base/message';
import type { KeepalivedAnalysis } from '../../model/keepalived/analysis';
import type { Flaw, MatrixRow } from '../../model/vrrp/matrix';
import type { VrrpNode } from '../../model/vrrp/node';
import { effectivePriority } from '../../model/vrrp/priority';
import type { AddressChange } from '../../model/vrrp/simulate';
import type { PlacedFile } from '../language';
import type { Workspace } from '../workspace';
import { matrixOfFiles, nameOfFailure, secondsText } from './failures';

type Text = (message: Message) => string;

/**
 * Every single failure and every pair of them as a page in markdown: where the address goes, how soon, and which ones end
 * badly, those first. `text` turns messages into the reader's language. Undefined where
 * the file at `path` has no partners.
 */
export function failoverDocument(workspace: Workspace, path: string, text: Text): string | undefined {
  const found = matrixOfFiles(workspace.together(path) as readonly PlacedFile<KeepalivedAnalysis>[]);
  if (found === undefined) return undefined;
  const { nodes, matrix } = found;
  const parts = [
    `# ${text(say('What every failure does to the addresses'))}`,
    text(say('Played with the rules of keepalived from the files as they stand in the editor, saved or not.')),
    nodesTable(nodes, text),
    `## ${text(say('One failure'))}`,
    table(matrix.single, nodes, text, true),
    `## ${text(say('Two failures at the same moment'))}`,
  ];
  const bad = matrix.pairs.filter((row) => row.flaws.length > 0);
  parts.push(
    text(say('{0} of {1} pairs end badly.', bad.length, matrix.pairs.length)),
    ...(matrix.pairs.length === 0 ? [] : [table(matrix.pairs, nodes, text, false)]),
  );
  return `${parts.join('\n\n')}\n`;
}

function nodesTable(nodes: readonly VrrpNode[], text: Text): string {
  const head = [say('Node'), say('Instance'), say('Priority'), say('Checks')].map((each) => text(each));
  const rows = nodes.flatMap((node) =>
    node.instances.map((instance) => {
      const checks = instance.trackers.flatMap(({ check, weight }) => {
        const kind = node.checks[check];
        if (kind === undefined || kind.kind === 'interface') return [];
        return [weight === 0 ? text(say('{0} (takes the node out)', kind.name)) : `${kind.name} (${signed(weight)})`];
      });
      return [node.name, instance.name, String(effectivePriority(node, instance, new Set())), checks.join(', ')];
    }),
  );
  return tableOf(head, rows);
}

/** What ends badly comes first. */
function table(rows: readonly MatrixRow[], nodes: readonly VrrpNode[], text: Text, timed: boolean): string {
  const columns = [say('Failure'), say('Address'), say('Held by'), ...(timed ? [say('After')] : []), say('Result')];
  const head = columns.map((each) => text(each));
  const sorted = [...rows].sort((a, b) => Number(b.flaws.length > 0) - Number(a.flaws.length > 0));
  return tableOf(
    head,
    sorted.flatMap((row) => {
      const failure = row.events.map((event) => text(nameOfFailure(event, nodes))).join(' + ');
      return row.vips.map((change, index) => {
        const flaw = row.flaws.find((each) => each.vip === change.vip)?.flaw;
        const time = timed ? [timeOf(change, text)] : [];
        return [index === 0 ? failure : '', change.vip, holdersOf(change, text), ...time, verdict(flaw, text)];
      });
    }),
  );
}

function holdersOf({ after }: AddressChange, text: Text): string {
  return after.map((each) => (each.length === 0 ? text(say('nobody')) : each.join(' + '))).join(' / ');
}

function timeOf({ before, after, seconds }: AddressChange, text: Text): string {
  if (after.every((each) => each.length === 0)) return '';
  if (seconds !== null) return text(say('{0} s', secondsText(seconds)));
  return JSON.stringify(before) === JSON.stringify(after) ? text(say('stays')) : '';
}

function verdict(flaw: Flaw | undefined, text: Text): string {
  switch (flaw) {
    case undefined:
      return '✓';
    case 'nowhere':
      return `**${text(say('nobody holds it'))}**`;
    case 'in two places':
      return `**${text(say('two nodes hold it'))}**`;
    case 'stays on the failed node':
      return `**${text(say('stays on the broken node'))}**`;
  }
}

function signed(weight: number): string {
  return weight > 0 ? `+${weight}` : String(weight);
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((each) => each.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
