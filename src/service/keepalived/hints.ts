import { say } from '../../base/message';
import type { Span } from '../../base/span';
import { type KeepalivedAnalysis, lastWithin } from '../../model/keepalived/analysis';
import { lowerNode } from '../../model/vrrp/lower';
import { ownerPriority, type VrrpInstance, type VrrpNode } from '../../model/vrrp/node';
import type { InlayHint } from '../language';
import { mainTree } from './locate';

/** Behind the `priority` of an instance: the values between which its checks move it. */
export function hints(analysis: KeepalivedAnalysis, range: Span): readonly InlayHint[] {
  const found: InlayHint[] = [];
  let node: VrrpNode | undefined;
  let instances: ReadonlyMap<string, VrrpInstance> = new Map();
  for (const { statement } of mainTree(analysis).items) {
    const { start, end } = statement.fullSpan;
    if (statement.keyword !== 'vrrp_instance' || end < range.start || start > range.end) continue;
    const priority = lastWithin(statement, 'priority');
    if (priority === undefined || priority.expanded !== undefined) continue;
    if (node === undefined) {
      node = nodeOf(analysis, range);
      instances = new Map(node.instances.map((each) => [each.name, each]));
    }
    const name = statement.words[1]?.text;
    const instance = name === undefined ? undefined : instances.get(name);
    const moved = instance === undefined ? undefined : effectivePriorities(node, instance);
    if (moved === undefined) continue;
    found.push({
      offset: priority.words[1]?.end ?? priority.span.end,
      label: say('effective {0} to {1}', ...moved),
      tooltip: say('{0} while every check counts against this node, {1} while every check counts for it', ...moved),
    });
  }
  return found;
}

/** The node with those of its instances that are in `range`: a file may have thousands. */
function nodeOf(analysis: KeepalivedAnalysis, range: Span): VrrpNode {
  const tree = mainTree(analysis);
  const items = tree.items.filter(
    ({ statement, start, end }) => statement.keyword !== 'vrrp_instance' || (start <= range.end && end >= range.start),
  );
  const { version } = analysis;
  const part = { ...tree, items };
  const seen: KeepalivedAnalysis = { ...analysis, tree: part, views: [{ id: undefined, tree: part }] };
  return lowerNode({ name: '', files: [seen], ...(version !== undefined && { version }) });
}

/**
 * The least and the greatest priority that checks can give: a positive weight is added while its check counts for the node, a
 * negative one taken off while it counts against it; only the result is limited, not the sum (`vrrp_set_effective_priority`
 * in keepalived/vrrp/vrrp_track.c). Undefined where no check moves it, or where a file's value would.
 */
function effectivePriorities(
  { checks }: VrrpNode,
  { basePriority, trackers }: VrrpInstance,
): [least: number, greatest: number] | undefined {
  const moving = trackers.filter((each) => each.weight !== 0);
  if (basePriority === ownerPriority || moving.length === 0) return undefined;
  if (moving.some((each) => checks[each.check]?.kind === 'file')) return undefined;
  const limited = (priority: number): number => Math.max(1, Math.min(254, priority));
  return [
    limited(moving.reduce((sum, { weight }) => sum + Math.min(0, weight), basePriority)),
    limited(moving.reduce((sum, { weight }) => sum + Math.max(0, weight), basePriority)),
  ];
}
