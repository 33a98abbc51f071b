import { say } from '../../base/message';
import type { KeepalivedAnalysis } from '../../model/keepalived/analysis';
import { fileOf, type Member, type VirtualRouter } from '../../model/vrrp/fleet';
import type { MatrixRow } from '../../model/vrrp/matrix';
import type { AddressChange } from '../../model/vrrp/simulate';
import type { CodeLens, PlacedFile } from '../language';
import { type Failover, failoverOf, secondsText, spanOf } from './failures';

/**
 * Above each `vrrp_instance`: who holds the address while all is well, who takes it over and how soon, and how many single
 * failures end badly. Nothing where the file has no partner.
 */
export function failoverLenses(
  { path }: { readonly path: string },
  together: readonly PlacedFile<KeepalivedAnalysis>[],
): readonly CodeLens[] {
  const failover = failoverOf(together);
  if (failover === undefined) return [];
  return failover.fleet.routers.flatMap((router) =>
    router.members
      .filter((member) => fileOf(member.machine, member.statement.item)?.path === path)
      .flatMap((member) => lensesOf(failover, router, member)),
  );
}

function lensesOf(failover: Failover, router: VirtualRouter, member: Member): CodeLens[] {
  const vip = member.instance.addresses[0];
  const rows = rowsOf(failover, router, vip);
  const before = rows[0]?.change.before;
  if (vip === undefined || before === undefined) return [];
  const { span } = member.statement;
  const lens = (title: CodeLens['title']): CodeLens => ({ span, title, command: 'showFailover' });
  const { name } = member.machine;
  const outcomes = before.map((each) => each.join(' + '));
  const [holders = []] = before;
  if (before.length > 1) return [lens(say('chance decides who holds {0}: {1}', vip, outcomes.join(' / ')))];
  if (holders.length === 0) return [lens(say('nobody holds {0}', vip))];
  if (holders.length > 1) return [lens(say('{0} is on {1} at once', vip, holders.join(' + ')))];

  const [holder = ''] = holders;
  const away = rows.filter(({ row, change }) => isOf(failover, row, holder) && change.seconds !== null);
  const next = [...new Set(away.flatMap(({ change }) => change.after.flat()))].filter((each) => each !== holder);
  const time = spanOf(away.map(({ change }) => change.seconds));
  const seconds = time === undefined ? '' : secondsText(time);
  const flawed = rows.filter(({ row }) => row.flaws.some((each) => each.vip === vip));
  const lenses: CodeLens[] = [];
  if (name === holder)
    lenses.push(
      time === undefined
        ? lens(say('holds {0} · no failure moves it', vip))
        : lens(say('holds {0} · next: {1} in {2} s', vip, next.join(' / '), seconds)),
    );
  else if (next.includes(name)) lenses.push(lens(say('backup of {0} · takes {1} over in {2} s', holder, vip, seconds)));
  else lenses.push(lens(say('backup of {0} for {1}', holder, vip)));
  if (flawed.length > 0 && name === holder)
    lenses.push(lens(say('{0} of {1} single failures end badly', flawed.length, rows.length)));
  return lenses;
}

/** What the failures of the router's own machines do to one of its addresses. */
function rowsOf(
  failover: Failover,
  router: VirtualRouter,
  vip: string | undefined,
): { readonly row: MatrixRow; readonly change: AddressChange }[] {
  const names = new Set(router.members.map((each) => each.machine.name));
  return failover.single.flatMap((row) => {
    const change = row.vips.find((each) => each.vip === vip);
    return change !== undefined && [...names].some((name) => isOf(failover, row, name)) ? [{ row, change }] : [];
  });
}

function isOf(failover: Failover, { events }: MatrixRow, name: string): boolean {
  return events.some((event) => 'node' in event && failover.nodes[event.node]?.name === name);
}
