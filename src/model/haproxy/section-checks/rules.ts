import { say } from '../../../base/message';
import { actionOf } from '../../../catalog/haproxy/catalog';
import { CheckSteps } from '../check-steps';
import { requestFamilies, responseFamilies, type Traits } from '../directive-traits';
import type { SectionState } from '../section-state';
import type { Statement } from '../statement';

/** Rules run family by family, so one below a later family runs before what stands above it. */
export function checkOrder(
  state: SectionState,
  line: number,
  statement: Statement,
  { requestOrder, responseOrder }: Traits,
): void {
  const late = requestOrder >= 0 ? state.latestRequest : state.latestResponse;
  const own = requestOrder >= 0 ? requestOrder : responseOrder;
  if (own < late) {
    const above = (requestOrder >= 0 ? requestFamilies : responseFamilies)[late] ?? '';
    state.report(
      line,
      statement.keywordStretch,
      'misordered-rule',
      say('this "{0}" runs before the "{1}" rules above it', statement.directive?.name ?? '', above),
      { severity: 'warning' },
    );
  } else if (requestOrder >= 0) state.latestRequest = own;
  else state.latestResponse = own;
}

/** Nothing runs below a final action without a condition. */
export function checkFinal(state: SectionState, line: number, statement: Statement): void {
  const name = statement.directive?.name ?? '';
  if (name !== 'http-request' && name !== 'http-response' && name !== 'http-after-response') return;
  const before = state.finals?.get(name);
  if (before !== undefined) {
    state.report(
      line,
      statement.keywordStretch,
      'unreachable-rule',
      say('this rule never runs: "{0} {1}" above ends the list without a condition', name, before),
      { severity: 'warning' },
    );
    return;
  }
  const action = statement.arg(0);
  if (statement.uncertain || action === undefined || !(actionOf(action.text)?.final ?? false)) return;
  if (statement.args.some((each) => each.text === 'if' || each.text === 'unless')) return;
  state.finals ??= new Map();
  state.finals.set(name, action.text);
}

/** Adds a step to the health check that the section describes line by line. */
export function checkStep(
  state: SectionState,
  line: number,
  statement: Statement,
  step: NonNullable<Traits['step']>,
): void {
  const kind = statement.directive?.name.startsWith('http') === true ? 'http-check' : 'tcp-check';
  const steps = state.checkSteps[kind] ?? new CheckSteps(kind);
  state.checkSteps[kind] = steps;
  if (statement.uncertain) {
    steps.lose();
    return;
  }
  const ordered = state.settings.has('option httpchk') || (state.type === 'healthcheck' && state.settings.has('type'));
  const fault = steps.add(step, kind === 'http-check' && ordered);
  if (fault !== undefined) state.report(line, statement.keywordStretch, 'conflicting-settings', fault);
}
