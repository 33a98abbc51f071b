import * as vscode from 'vscode';
import type { AddressChange } from '../../model/vrrp/simulate';
import { type NodeState, statusOf } from '../../ops/status/cluster-state';
import type { Trial } from '../../service';

/** One press on the picture: a node, or a check of it, that fails or is put right. */
interface Press {
  readonly node: string;
  readonly check: string | undefined;
  readonly fails: boolean;
}

/** What was pressed on the picture of a cluster so far; the order counts, because keepalived remembers who was master. */
export class PanelTrial {
  private readonly presses: Press[] = [];

  /** @param runsKeepalived says whether the simulator knows the node; others matter to the quorum alone */
  constructor(private readonly runsKeepalived: (node: string) => boolean) {}

  press(node: string, check: string | undefined): void {
    this.presses.push({ node, check, fails: !this.hasFailed(node, check) });
  }

  hasFailed(node: string, check?: string): boolean {
    return this.presses.findLast((each) => each.node === node && each.check === check)?.fails ?? false;
  }

  /** Whether the node itself was pressed at all. */
  hasTried(node: string): boolean {
    return this.presses.some((each) => each.node === node && each.check === undefined);
  }

  /** Names of the nodes that are switched off. */
  get off(): ReadonlySet<string> {
    return new Set(this.presses.map((each) => each.node).filter((each) => this.hasFailed(each)));
  }

  /** As the command line writes them. */
  get events(): readonly string[] {
    return this.played.map(({ node, check, fails }) =>
      check === undefined ? `${fails ? 'fail' : 'start'}:${node}` : `${fails ? 'fail' : 'ok'}:${node}:${check}`,
    );
  }

  /** What was pressed and where the addresses went, a line each. */
  story(trial: Trial | undefined): string[] {
    const steps = new Map(this.played.map((press, i) => [press, trial?.steps[i] ?? []]));
    return this.presses.map((press) => {
      const moves = (steps.get(press) ?? []).filter((each) => each.seconds !== null || nobody(each));
      return [pressText(press), ...moves.map((each) => `${each.vip}: ${changeText(each)}`)].join(' · ');
    });
  }

  private get played(): readonly Press[] {
    return this.presses.filter((each) => this.runsKeepalived(each.node));
  }
}

/**
 * What fails on a node by its last report: the whole node when it is silent or without its keepalived, else the checks
 * that have the name of a load balancer that does not run.
 */
export function brokenOn(node: NodeState, checks: readonly string[]): { readonly check: string | undefined }[] {
  if (node.report.kind === 'silent') return [{ check: undefined }];
  const stopped = (statusOf(node)?.units ?? []).filter((each) => each.active !== 'active').map((each) => each.name);
  if (stopped.includes('keepalived')) return [{ check: undefined }];
  return checks
    .filter((check) => balancersOf(check).some((name) => stopped.includes(name)))
    .map((check) => ({ check }));
}

/** The load balancers that a check looks at, by its name. */
export function balancersOf(check: string): string[] {
  return ['haproxy', 'nginx'].filter((each) => check.includes(each));
}

const nobody = ({ after }: AddressChange) => after.every((each) => each.length === 0);

function pressText({ node, check, fails }: Press): string {
  if (check === undefined)
    return fails ? vscode.l10n.t('{0} is switched off', node) : vscode.l10n.t('{0} is switched on again', node);
  return fails ? vscode.l10n.t('{0} fails on {1}', check, node) : vscode.l10n.t('{0} works again on {1}', check, node);
}

/** Where an address is in the end, and after how many seconds. */
export function changeText({ after, seconds }: AddressChange): string {
  if (after.length > 1)
    return vscode.l10n.t(
      'chance decides: {0}',
      after.map((each) => (each.length === 0 ? vscode.l10n.t('nobody') : each.join(' + '))).join(' / '),
    );
  const [holders = []] = after;
  if (holders.length === 0) return vscode.l10n.t('held by no node');
  if (holders.length > 1) return vscode.l10n.t('held by several nodes: {0}', holders.join(', '));
  if (seconds === null) return vscode.l10n.t('on {0}', holders[0] ?? '');
  const [low, high] = seconds;
  return vscode.l10n.t('on {0} after {1} s', holders[0] ?? '', low === high ? String(low) : `${low}–${high}`);
}
