import type { Arg, Command, Condition } from './command';
import { doneOf, type Plan, type Step } from './plan';

/**
 * What is wrong with a plan as a program: names that no earlier step defines, ids that occur twice, ways back that lead
 * nowhere. An operation that makes such a plan has a bug, so these are words for its author; tests and the executor ask.
 */
export function faultsOf(plan: Plan): string[] {
  const faults: string[] = [];
  const ids = new Set<string>();
  const walk = (steps: readonly Step[], inherited: ReadonlySet<string>, isWayBack: boolean) => {
    const outputs = new Set(inherited);
    const places = new Map(steps.map((step, index) => [step.id, index]));
    for (const [index, step] of steps.entries()) {
      if (ids.has(step.id)) faults.push(`two steps are called ${step.id}`);
      ids.add(step.id);
      for (const name of outputsOf(step)) {
        if (!outputs.has(name)) faults.push(`${step.id} needs the output "${name}", which no earlier step captures`);
      }
      if ('capture' in step && step.capture !== undefined) outputs.add(step.capture);
      for (const pattern of patternsOf(step)) {
        // Lookarounds, lazy repetition, and classes that only one of the two knows.
        if (/\(\?[^:]|[*+?}]\?|\\[wWbBDS]|\[\^?\]/.test(pattern))
          faults.push(`${step.id} asks for ${pattern}, which grep -E cannot read`);
      }
      const { onFailure } = step;
      if (onFailure === 'way-back') {
        if (plan.undo === undefined) faults.push(`${step.id} wants the way back, and the plan has none`);
      } else if (onFailure !== undefined && (places.get(onFailure.undoTo) ?? index + 1) > index) {
        faults.push(`${step.id} undoes to "${onFailure.undoTo}", which is no earlier step`);
      }
      if ('undo' in step && step.undo !== undefined) walk(step.undo, outputs, true);
      if (!isWayBack && plan.operation !== 'restore' && stopsEtcd(step) && step.quorum === undefined) {
        faults.push(`${step.id} stops what etcd runs in and does not say so in "quorum"`);
      }
    }
    return outputs;
  };
  const captured = walk(plan.steps, new Set(), false);
  if (plan.undo !== undefined) walk(plan.undo, captured, true);
  return faults;
}

/** The names of the secrets that the run must be given: those that no step captures. */
export function secretsOf(plan: Plan): string[] {
  const captured = new Set(plan.steps.flatMap((step) => ('captureSecret' in step ? [step.captureSecret] : [])));
  const all = [...plan.steps, ...(plan.undo ?? [])].flatMap(secretsIn);
  return [...new Set(all)].filter((name) => !captured.has(name));
}

function secretsIn(step: Step): string[] {
  const own =
    'upload' in step && 'text' in step.upload.content
      ? step.upload.content.text.flatMap((part) => (typeof part === 'object' && 'secret' in part ? [part.secret] : []))
      : 'run' in step && step.run.secretStdin !== undefined
        ? [step.run.secretStdin]
        : [];
  return 'undo' in step ? [...own, ...(step.undo ?? []).flatMap(secretsIn)] : own;
}

function outputsOf(step: Step): string[] {
  const commands: Command[] = [];
  const texts: Arg[] = [];
  if ('run' in step) commands.push(step.run);
  const done = doneOf(step);
  if (done !== undefined) commands.push(done.command);
  if ('waitFor' in step && 'command' in step.waitFor) commands.push(step.waitFor.command);
  if ('download' in step && 'command' in step.download.from) commands.push(step.download.from.command);
  if ('upload' in step && 'text' in step.upload.content) {
    for (const part of step.upload.content.text) if (typeof part === 'string' || 'output' in part) texts.push(part);
  }
  for (const command of commands) texts.push(...command.argv, ...(command.stdin === undefined ? [] : [command.stdin]));
  return texts.flatMap((each) => (typeof each === 'string' ? [] : [each.output]));
}

function patternsOf(step: Step): string[] {
  const of = (condition: Condition): string[] =>
    'all' in condition ? condition.all.flatMap(of) : 'stdoutMatches' in condition ? [condition.stdoutMatches] : [];
  const done = doneOf(step);
  if (done !== undefined) return of(done.yesWhen);
  return 'waitFor' in step && 'command' in step.waitFor ? of(step.waitFor.yesWhen) : [];
}

/** Plain `systemctl stop|restart|kill` of a unit with an etcd member in it; scripts are their author's to annotate. */
function stopsEtcd(step: Step): boolean {
  if (!('run' in step)) return false;
  const words = step.run.argv.filter((each) => typeof each === 'string');
  const at = words.indexOf('systemctl');
  if (at < 0) return false;
  const rest = words.slice(at + 1);
  const units = ['k3s', 'k3s.service', 'etcd', 'etcd.service'];
  return rest.some((each) => ['stop', 'restart', 'kill'].includes(each)) && rest.some((each) => units.includes(each));
}
