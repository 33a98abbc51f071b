import { type FileEdit, related } from '../../../base/finding';
import { say } from '../../../base/message';
import type { Fleet, Member, VirtualRouter } from '../../../model/vrrp/fleet';
import { ownerPriority } from '../../../model/vrrp/node';
import { effectivePriority, prioritySum, shareOf } from '../../../model/vrrp/priority';
import { rule } from '../../rule';
import { at, definitionOf, fixOf, removalEdit, settingOf, settingPlace, trackLines, weightPlace } from './places';

const nothingFails: ReadonlySet<number> = new Set();
/** Weights of scripts go no further (`vrrp_script` in keepalived/vrrp/vrrp_parser.c). */
const mostWeight = 253;

/** One weighted check of the node that holds the address, and what its failure would do. */
interface Failure {
  readonly holder: Member;
  readonly check: string;
  readonly weight: number;
  /** The holder's priority while the check fails, and without anything from the check. */
  readonly after: number;
  readonly without: number;
  readonly others: readonly Contender[];
}

interface Contender {
  readonly member: Member;
  readonly priority: number;
  /** The priority without what the same check adds on this node. */
  readonly without: number;
  /** What the same check adds. */
  readonly share: number;
}

/** The failures that only move priorities, each seen from the node that holds the address while all is well. */
function* failures({ members }: VirtualRouter): Iterable<Failure> {
  if (!members.every((each) => each.complete)) return;
  const healthy = members.map((member) => ({
    member,
    priority: effectivePriority(member.machine.vrrp, member.instance, nothingFails),
  }));
  const best = Math.max(...healthy.map((each) => each.priority));
  const [first, second] = healthy.filter((each) => each.priority === best);
  if (first === undefined || second !== undefined) return;
  const holder = first.member;
  if (holder.instance.basePriority === ownerPriority) return;
  const { vrrp } = holder.machine;
  for (const tracker of holder.instance.trackers) {
    const check = vrrp.checks[tracker.check];
    if (tracker.weight === 0 || check === undefined || check.kind === 'file') continue;
    const good = shareOf(tracker.weight, tracker.reverse, true);
    yield {
      holder,
      check: check.name,
      weight: tracker.weight,
      after: effectivePriority(vrrp, holder.instance, new Set([tracker.check])),
      without: prioritySum(vrrp, holder.instance, nothingFails) - good,
      others: healthy.filter((each) => each.member !== holder).map((each) => contender(each.member, check.name)),
    };
  }
}

function contender(member: Member, check: string): Contender {
  const { vrrp } = member.machine;
  const tracker = member.instance.trackers.find((each) => vrrp.checks[each.check]?.name === check);
  const share = tracker === undefined ? 0 : shareOf(tracker.weight, tracker.reverse, true);
  const sum = prioritySum(vrrp, member.instance, nothingFails);
  return {
    member,
    priority: effectivePriority(vrrp, member.instance, nothingFails),
    without: sum - share,
    share,
  };
}

const weightTooSmall = rule<Fleet>({
  id: 'keepalived/weight-too-small',
  severity: 'error',
  summary:
    'The weight of a check is smaller than the distance of the priorities, so its failure never moves the address.',

  *check({ routers }) {
    for (const router of routers) {
      for (const failure of failures(router)) {
        const { holder, check, after, others } = failure;
        const next = others.reduce((a, b) => (b.priority > a.priority ? b : a));
        if (next.priority > after) continue;
        const gap = failure.without - next.without;
        const widest = Math.max(...others.map((each) => failure.without - each.without));
        const word = weightPlace(holder, check) ?? trackLines(holder, check)[0]?.words[0];
        const place = at(holder, word);
        const own = sum(failure.without, after);
        const theirs = sum(next.without, next.priority);
        yield {
          ...place,
          message:
            next.priority === after
              ? say(
                  'master {0} only equals {1} of {2} when {3} fails, and an equal priority takes nothing over; needs weight < {4}',
                  own,
                  theirs,
                  next.member.machine.name,
                  check,
                  -gap,
                )
              : say(
                  'master {0} stays above {1} of {2} when {3} fails, so the address does not move; needs weight < {4}',
                  own,
                  theirs,
                  next.member.machine.name,
                  check,
                  -gap,
                ),
          related: [related(settingPlace(next.member, 'priority'), say('the priority of the other node is here'))],
          fixes:
            widest + 1 > mostWeight || holder.instance.group !== undefined
              ? []
              : fixOf(say('Set the weight of {0} to {1} on every node', check, -(widest + 1)), [
                  ...weightEdits(router, check, -(widest + 1)),
                ]),
        };
      }
    }
  },
});

/** The weight written into every file of the router that gives the check one. */
function weightEdits(router: VirtualRouter, check: string, weight: number): (FileEdit | undefined)[] {
  const seen = new Set<string>();
  return router.members.flatMap((member) => {
    const word = weightPlace(member, check);
    if (word === undefined || seen.has(member.machine.path)) return [];
    seen.add(member.machine.path);
    return [word.replaced ? undefined : { ...at(member, word), newText: String(weight) }];
  });
}

/** `100 + 2` where a weight adds something, else the number alone. */
function sum(without: number, total: number): string {
  const share = total - without;
  return share === 0 ? String(total) : share > 0 ? `${without} + ${share}` : `${without} - ${-share}`;
}

const weightsTooClose = rule<Fleet>({
  id: 'keepalived/weights-too-close',
  severity: 'warning',
  summary:
    'A check of small weight that fails on the backup keeps the address on a node where a check of larger weight fails.',

  *check({ routers }) {
    for (const router of routers) {
      for (const { holder, check, after, without, others, weight } of failures(router)) {
        const able = others.filter((each) => each.priority > after);
        const [next] = able;
        if (weight >= 0 || next === undefined || able.length > 1 || next.member.instance.nopreempt) continue;
        const size = without - after;
        for (const minor of lesser(next, check, size)) {
          if (minor.priority > after) continue;
          const place = weightPlace(holder, check);
          const needed = size + after - minor.priority + 1;
          yield {
            ...at(
              next.member,
              weightPlace(next.member, minor.name) ?? trackLines(next.member, minor.name)[0]?.words[0],
            ),
            message: say(
              'while {0} fails here, {1} failing on {2} moves nothing: {3} there against {4} here; give {1} weight {5}',
              minor.name,
              check,
              holder.machine.name,
              after,
              minor.priority,
              -needed,
            ),
            related: [related(at(holder, place ?? trackLines(holder, check)[0]?.words[0]), say('the check is here'))],
            fixes:
              place === undefined || needed > mostWeight || holder.instance.group !== undefined
                ? []
                : fixOf(
                    say('Set the weight of {0} to {1} on every node', check, -needed),
                    weightEdits(router, check, -needed),
                  ),
          };
        }
      }
    }
  },
});

/** The other checks of a node whose failure takes less away than `size`, and its priority while one of them fails. */
function lesser(
  { member, priority }: Contender,
  check: string,
  size: number,
): readonly { readonly name: string; readonly priority: number }[] {
  const { vrrp } = member.machine;
  return member.instance.trackers.flatMap((tracker) => {
    const kind = vrrp.checks[tracker.check];
    if (tracker.weight >= 0 || kind === undefined || kind.name === check) return [];
    if (kind.kind !== 'script' && kind.kind !== 'process') return [];
    const failing = effectivePriority(vrrp, member.instance, new Set([tracker.check]));
    return priority - failing < size ? [{ name: kind.name, priority: failing }] : [];
  });
}

const nopreemptKeepsAddress = rule<Fleet>({
  id: 'keepalived/nopreempt-keeps-address',
  severity: 'error',
  summary: 'The node that would take over after a failed check has `nopreempt`, so it waits for ever.',

  *check({ routers }) {
    for (const router of routers) {
      const told = new Set<Member>();
      for (const { holder, check, after, others } of failures(router)) {
        const better = others.filter((each) => each.priority > after);
        if (better.length === 0 || better.some((each) => !each.member.instance.nopreempt)) continue;
        for (const { member, priority } of better) {
          const line = settingOf(member, 'nopreempt');
          if (line === undefined || told.has(member)) continue;
          told.add(member);
          const weight = weightPlace(holder, check);
          yield {
            ...at(member, line.words[0]),
            message: say(
              'nopreempt keeps this node from taking over when {0} fails on {1}, though {2} is above {3}; remove it, or give the check weight 0',
              check,
              holder.machine.name,
              priority,
              after,
            ),
            related: [related(at(holder, weight ?? trackLines(holder, check)[0]?.words[0]), say('the check is here'))],
            fixes: [
              ...fixOf(say('Remove nopreempt'), [removalEdit(member, line)]),
              ...(weight === undefined || weight.replaced
                ? []
                : fixOf(say('Give {0} weight 0 on every node', check), weightEdits(router, check, 0))),
            ],
          };
        }
      }
    }
  },
});

const preemptDelaySlowsFailover = rule<Fleet>({
  id: 'keepalived/preempt-delay-slows-failover',
  severity: 'warning',
  summary: 'A `preempt_delay` also delays the takeover after a failed check.',

  *check({ routers }) {
    for (const router of routers) {
      const told = new Set<Member>();
      for (const { holder, check, after, others } of failures(router)) {
        for (const { member, priority } of others) {
          const seconds = member.instance.preemptDelayUs / 1e6;
          if (priority <= after || seconds < 1 || told.has(member)) continue;
          told.add(member);
          yield {
            ...settingPlace(member, 'preempt_delay'),
            message: say(
              'when {0} fails on {1}, this node too waits {2} s more before it takes over; with weight 0 it does not',
              check,
              holder.machine.name,
              seconds,
            ),
            related: [
              related(at(holder, weightPlace(holder, check) ?? holder.statement.words[1]), say('the check is here')),
            ],
          };
        }
      }
    }
  },
});

const checkFaultsAll = rule<Fleet>({
  id: 'keepalived/check-faults-all',
  severity: 'hint',
  summary: 'A check of weight 0 runs on every node: when it fails on all of them, nobody holds the address.',

  *check({ routers }) {
    for (const { members } of routers) {
      if (!members.every((each) => each.complete)) continue;
      const told = new Set<string>();
      for (const member of members) {
        for (const name of faultingScripts(member)) {
          if (!members.every((each) => faultingScripts(each).includes(name))) continue;
          const definition = definitionOf(member.machine, name);
          const command = definition?.block?.statements.find((each) => each.keyword === 'script');
          const remote = command === undefined ? undefined : remoteTarget(command.words.map((each) => each.text));
          if (told.has(`${member.machine.path} ${name}`)) continue;
          told.add(`${member.machine.path} ${name}`);
          const place = at(member, trackLines(member, name)[0]?.words[0]);
          if (remote !== undefined)
            yield {
              ...place,
              severity: 'warning',
              message: say(
                '{0} asks {1}, which can be gone for all nodes at once: with weight 0 nobody holds the address then; use a negative weight',
                name,
                remote,
              ),
            };
          else
            yield {
              ...place,
              message: say('with weight 0 nobody holds the address when {0} fails on every node at once', name),
            };
        }
      }
    }
  },
});

function faultingScripts({ machine, instance }: Member): string[] {
  return instance.trackers.flatMap(({ check, weight }) => {
    const kind = machine.vrrp.checks[check];
    return weight === 0 && kind?.kind === 'script' ? [kind.name] : [];
  });
}

/** The address of another machine that a command asks: of a ping, or in a URL. */
function remoteTarget(words: readonly string[]): string | undefined {
  const text = words.slice(1).join(' ');
  const found = pinged(text) ?? /https?:\/\/((?:\d+\.){3}\d+)/.exec(text)?.[1];
  return found === undefined || found.startsWith('127.') ? undefined : found;
}

/** The first address behind a ping, up to where the next command begins. */
export function pinged(text: string): string | undefined {
  for (const command of text.split(/[|;&]/)) {
    const ping = command.search(/\bping6?\b/);
    const address = ping < 0 ? undefined : /\s((?:\d+\.){3}\d+)\b/.exec(command.slice(ping))?.[1];
    if (address !== undefined) return address;
  }
  return undefined;
}

const noCheck = rule<Fleet>({
  id: 'keepalived/no-check',
  severity: 'warning',
  summary:
    'No node of a virtual router tracks anything: the address stays where it is when the service behind it dies.',
  absence: true,

  *check({ routers }) {
    for (const { members } of routers) {
      if (members.some((each) => !each.complete || each.instance.group !== undefined || tracksAnything(each))) continue;
      for (const member of members)
        yield {
          ...at(member, member.statement.words[1]),
          message: say(
            '"{0}" tracks nothing on any node: the address moves when a machine dies, not when the service behind it does; add a track_script or track_process',
            member.instance.name,
          ),
        };
    }
  },
});

function tracksAnything({ statement }: Member): boolean {
  return statement.block?.statements.some((each) => each.keyword.startsWith('track_')) === true;
}

const checkMissingOnNode = rule<Fleet>({
  id: 'keepalived/check-missing-on-node',
  severity: 'warning',
  summary: 'A check is tracked on some nodes of a virtual router and not on the others.',

  *check({ routers }) {
    for (const { members } of routers) {
      if (members.some((each) => !each.complete || each.instance.group !== undefined)) continue;
      const tracked = members.map((member) => ({ member, names: namesOf(member) }));
      if (tracked.every((each) => each.names.length === 0)) continue;
      for (const { member, names } of tracked) {
        if (names.length > 0) continue;
        const other = tracked.find((each) => each.names.length > 0);
        const [name = ''] = other?.names ?? [];
        if (other === undefined) continue;
        yield {
          ...at(member, member.statement.words[1]),
          message: say(
            '{0} is tracked on {1} and nothing is on this node: it keeps the address when its own service dies',
            name,
            other.member.machine.name,
          ),
          related: [related(at(other.member, trackLines(other.member, name)[0]?.words[0]), say('the check is here'))],
        };
      }
    }
  },
});

function namesOf({ machine, instance }: Member): string[] {
  return instance.trackers.flatMap(({ check }) => {
    const kind = machine.vrrp.checks[check];
    return kind === undefined || kind.kind === 'interface' ? [] : [kind.name];
  });
}

export const weightRules = [
  weightTooSmall,
  weightsTooClose,
  nopreemptKeepsAddress,
  preemptDelaySlowsFailover,
  checkFaultsAll,
  noCheck,
  checkMissingOnNode,
];
