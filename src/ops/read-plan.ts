import type { Message } from '../base/message';
import { faultsOf } from './check-plan';
import type { Plan, Step } from './plan';

/**
 * A plan that was saved as JSON. What comes back instead is why the text is none, in English: the words are for whoever
 * saved it. Nothing in a plan is trusted beyond its form: it is shown and agreed to like any other.
 */
export function readPlan(text: string): Plan | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return error instanceof Error ? error.message : 'it is no JSON';
  }
  return asPlan(value);
}

/** The same for what was parsed already. */
export function asPlan(value: unknown): Plan | string {
  if (!isRecord(value)) return 'it is no object';
  for (const key of ['operation', 'cluster'] as const) if (typeof value[key] !== 'string') return `"${key}" is no text`;
  for (const key of ['blockers', 'warnings', 'steps', 'wayBack'] as const)
    if (!Array.isArray(value[key])) return `"${key}" is no list`;
  if (!isMessage(value.title)) return '"title" is no message';
  if (typeof value.destructive !== 'boolean') return '"destructive" is neither true nor false';
  const steps = [value.steps, value.undo ?? []].flat();
  const wrong = steps.find((each) => !isStep(each));
  if (wrong !== undefined) return `a step has not the form of one: ${JSON.stringify(wrong).slice(0, 200)}`;
  const plan = value as unknown as Plan;
  try {
    return faultsOf(plan)[0] ?? plan;
  } catch (error) {
    return error instanceof Error ? error.message : 'a step has not the form of one';
  }
}

function isStep(value: unknown): value is Step {
  if (!isRecord(value) || typeof value.id !== 'string' || typeof value.host !== 'string' || !isMessage(value.title)) {
    return false;
  }
  if (value.undo !== undefined && !(Array.isArray(value.undo) && value.undo.every(isStep))) return false;
  if (value.remedies !== undefined && !(Array.isArray(value.remedies) && value.remedies.every(isRemedy))) return false;
  if (value.run !== undefined) {
    const isChange = value.risk === 'change' || value.risk === 'destroy';
    return isCommand(value.run) && (isChange ? isProbe(value.done) : value.risk === 'read');
  }
  if (isRecord(value.upload)) {
    const { path, mode, content } = value.upload;
    if (typeof path !== 'string' || !path.startsWith('/') || typeof mode !== 'string' || !isRecord(content))
      return false;
    return Array.isArray(content.text) || (typeof content.file === 'string' && typeof content.sha256 === 'string');
  }
  if (isRecord(value.download)) return isRecord(value.download.from) && typeof value.download.to === 'string';
  if (isRecord(value.waitFor)) {
    return 'reach' in value.waitFor ? isRecord(value.waitFor.reach) : isProbe(value.waitFor);
  }
  if (value.done !== undefined && !isProbe(value.done)) return false;
  return isRecord(value.confirm) && isMessage(value.confirm.question) && typeof value.confirm.withinSec === 'number';
}

function isRemedy(value: unknown): boolean {
  return isRecord(value) && isMessage(value.remedy) && (value.said === undefined || typeof value.said === 'string');
}

function isCommand(value: unknown): boolean {
  if (!isRecord(value) || typeof value.root !== 'boolean' || typeof value.timeoutSec !== 'number') return false;
  const isArg = (each: unknown) => typeof each === 'string' || (isRecord(each) && typeof each.output === 'string');
  return Array.isArray(value.argv) && typeof value.argv[0] === 'string' && value.argv.every(isArg);
}

function isProbe(value: unknown): boolean {
  return (
    isRecord(value) &&
    typeof value.host === 'string' &&
    typeof value.withinSec === 'number' &&
    isCommand(value.command) &&
    isRecord(value.yesWhen)
  );
}

/** Whether what was parsed is a message. */
export function isMessage(value: unknown): value is Message {
  if (!isRecord(value) || typeof value.template !== 'string' || !Array.isArray(value.args)) return false;
  return value.args.every((each) => typeof each === 'string' || typeof each === 'number' || isMessage(each));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
