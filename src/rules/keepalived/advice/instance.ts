import type { Fix } from '../../../base/finding';
import { type Message, say } from '../../../base/message';
import type { Statement, Word } from '../../../syntax/keepalived/tree';
import type { RuleInfo } from '../../rule';
import type { Checker } from '../checker';
import { isOn, type Settings } from '../settings';

const advice = (name: string, severity: RuleInfo['severity'], summary: string): RuleInfo => ({
  id: `keepalived/${name}`,
  severity,
  summary,
});

export const instanceAdvice = {
  masterWithoutPriority: advice(
    'master-without-priority',
    'warning',
    '`state MASTER` without a `priority` means priority 255, at which no weight counts.',
  ),
  priorityClamped: advice(
    'priority-clamped',
    'warning',
    'Base priority and weights leave the range of 1 to 254, so failures no longer make a difference.',
  ),
  reverseWeight: advice(
    'reverse-weight',
    'warning',
    'A positive weight with `reverse` lowers the priority while the check is good.',
  ),
  smallWeight: advice(
    'small-weight',
    'info',
    'A weight so small that a failing check moves the address only to a node of nearly the same priority.',
  ),
  slowDetection: advice('slow-detection', 'info', 'A failure is noticed only after a long time.'),
  primaryNotTracked: advice(
    'primary-not-tracked',
    'warning',
    '`dont_track_primary` on an instance that speaks multicast: a pulled cable makes two holders.',
  ),
  multicastSourceWithPeers: advice(
    'mcast-src-ip-with-peers',
    'warning',
    '`mcast_src_ip` has no effect with unicast peers.',
  ),
} as const;

/** Longer than this until a dead service is noticed is worth a word; the usual examples need 4 to 8 s. */
const longDetectionSeconds = 20;

/** Priorities that are multiples of this were chosen as round numbers. */
const roundStep = 5;

/** What keepalived accepts without a word and what all the same does not do what it says. */
export function adviseInstance(checker: Checker, settings: Settings): void {
  const { reporter } = checker;
  const state = settings.get('state');
  const priority = settings.get('priority');
  if (state?.words[1]?.text === 'MASTER' && priority === undefined && checker.tree.includes.length === 0)
    reporter.add(instanceAdvice.masterWithoutPriority, {
      span: state.span,
      message: say(
        'without a priority MASTER means 255, at which no failing check moves the address; write a priority below 255',
      ),
    });
  const untracked = settings.get('dont_track_primary');
  const peers = settings.entries('unicast_peer');
  if (isOn(untracked) && untracked !== undefined && peers.length === 0)
    reporter.add(instanceAdvice.primaryNotTracked, {
      span: untracked.span,
      message: say('with dont_track_primary a node whose cable is pulled keeps the address while another one takes it'),
      fixes: removal(checker, untracked, say('Remove {0}', 'dont_track_primary')),
    });
  const source = settings.get('mcast_src_ip');
  if (source?.words[0] !== undefined && peers.length > 0 && settings.get('unicast_src_ip') === undefined)
    reporter.add(instanceAdvice.multicastSourceWithPeers, {
      span: source.words[0].span,
      message: say('adverts to unicast peers do not use mcast_src_ip; their source is unicast_src_ip'),
      fixes: replacement(source.words[0], 'unicast_src_ip'),
    });
  checker.notes.firstPassword = settings
    .entries('authentication')
    .find((each) => each.keyword === 'auth_pass')?.words[1];
  weights(checker, settings);
}

interface Tracked {
  readonly entry: Statement;
  readonly definition: Statement;
  readonly weight: number;
  /** Where the weight is written. */
  readonly weightAt: Word | undefined;
  readonly reverse: boolean;
}

function weights(checker: Checker, settings: Settings): void {
  const tracked = trackedBy(checker, settings);
  if (tracked.length === 0) return;
  const { reporter } = checker;
  const base = Number(settings.value('priority')?.text ?? Number.NaN);
  const up = tracked.filter((each) => each.weight > 0 && !each.reverse).reduce((sum, each) => sum + each.weight, 0);
  const down = tracked.filter((each) => each.weight < 0 && !each.reverse).reduce((sum, each) => sum - each.weight, 0);
  const place = settings.value('priority');
  if (place !== undefined && base < 255 && base + up > 254)
    reporter.add(instanceAdvice.priorityClamped, {
      span: place.span,
      message: say(
        '{0} + {1} is above 254, where keepalived stops: a failing check may make no difference; lower the priorities',
        base,
        up,
      ),
    });
  else if (place !== undefined && base < 255 && base - down < 1)
    reporter.add(instanceAdvice.priorityClamped, {
      span: place.span,
      severity: 'hint',
      message: say('{0} - {1} is below 1, where keepalived stops: several failures look like one', base, down),
    });
  for (const { entry, weight, reverse } of tracked) {
    const word = entry.words[0];
    if (!reverse || weight <= 0 || word === undefined) continue;
    reporter.add(instanceAdvice.reverseWeight, {
      span: word.span,
      message: say(
        'weight {0} reverse takes {0} away while {1} is good; a failing check then raises the priority',
        weight,
        word.text,
      ),
    });
  }
  if (tracked.length === 1 && settings.value('state')?.text === 'MASTER') smallWeight(checker, base, tracked[0]);
  detection(checker, settings, tracked);
}

/**
 * People who write round priorities give the others round ones too, further away than such a weight reaches; only the
 * files of the other nodes make it certain.
 */
function smallWeight(checker: Checker, base: number, tracked: Tracked | undefined): void {
  if (tracked?.weightAt === undefined || tracked.reverse || tracked.weight === 0) return;
  const size = Math.abs(tracked.weight);
  if (size >= roundStep || base % roundStep !== 0 || base >= 255) return;
  checker.reporter.add(instanceAdvice.smallWeight, {
    span: tracked.weightAt.span,
    message: say(
      'with weight {0} a failing {1} moves the address only to a node of priority {2} or more; {3} moves it where priorities are at most {4} apart',
      tracked.weight,
      tracked.entry.words[0]?.text ?? '',
      base - size + 1,
      `weight -${2 * roundStep + 1}`,
      2 * roundStep,
    ),
  });
}

function detection(checker: Checker, settings: Settings, tracked: readonly Tracked[]): void {
  const advert = Number(settings.value('advert_int')?.text ?? 1) || 1;
  for (const { entry, definition } of tracked) {
    if (definition.keyword !== 'vrrp_script') continue;
    const number = (keyword: string) =>
      Number(definition.block?.statements.findLast((each) => each.keyword === keyword)?.words[1]?.text ?? 1) || 1;
    const [interval, fall] = [number('interval'), number('fall')];
    const word = entry.words[0];
    if (interval * fall <= longDetectionSeconds || word === undefined) continue;
    checker.reporter.add(instanceAdvice.slowDetection, {
      span: word.span,
      message: say(
        'a failure of {0} is noticed after up to {1} s ({2} × {3} s), and moving the address takes {4} s more',
        word.text,
        round(interval * fall),
        fall,
        interval,
        round(3 * advert + 1),
      ),
      related: [{ span: definition.span, message: say('the check is here') }],
    });
  }
}

const round = (seconds: number): number => Math.round(seconds * 10) / 10;

const definitions = [
  ['track_script', 'vrrp_script'],
  ['track_process', 'vrrp_track_process'],
] as const;

function trackedBy(checker: Checker, settings: Settings): readonly Tracked[] {
  const found: Tracked[] = [];
  for (const [list, kind] of definitions) {
    for (const entry of settings.entries(list)) {
      const definition = checker.names.of(kind).get(entry.keyword)?.statement;
      if (definition === undefined) continue;
      const at = entry.words.length < 2 ? -1 : entry.words.findIndex((word) => word.text === 'weight');
      const words = at >= 0 ? entry.words.slice(at) : weightLine(definition)?.words;
      const weight = Number(words?.[1]?.text ?? 0);
      const reverse = words?.[2]?.text === 'reverse';
      found.push({
        entry,
        definition,
        weight: Number.isInteger(weight) ? weight : 0,
        weightAt: words?.[1],
        reverse,
      });
    }
  }
  return found;
}

function weightLine(definition: Statement): Statement | undefined {
  return definition.block?.statements.findLast((each) => each.keyword === 'weight');
}

/** Takes a line out; nothing where it came out of a definition. */
export function removal({ text }: Pick<Checker, 'text'>, statement: Statement, title: Message): readonly Fix[] {
  if (statement.expanded !== undefined) return [];
  const { start, end } = statement.span;
  const from = text.lastIndexOf('\n', start - 1) + 1;
  const lineBreak = text.indexOf('\n', end);
  const alone =
    text.slice(from, start).trim() === '' && lineBreak >= 0 && /^[ \t\r]*(?:[#!].*)?$/.test(text.slice(end, lineBreak));
  const span = alone ? { start: from, end: lineBreak + 1 } : { start, end };
  return [{ title, edits: [{ span, newText: '' }], confidence: 'review' }];
}

function replacement(word: Word, newText: string): readonly Fix[] {
  if (word.replaced) return [];
  return [{ title: say('Change to "{0}"', newText), edits: [{ span: word.span, newText }], confidence: 'review' }];
}
