import { type Message, say } from '../base/message';
import { type Step, undoOf } from '../ops/plan';
import { concernText, type Say } from '../ops/render-plan';
import { canGoBack } from './executor';
import { isSeenDone, isUnfinished, openStep, type RunRecord } from './journal';

/** A run that did not end well, as a document: where it stopped and why, what became of each step, and what to do now. */
export function renderRun(record: RunRecord, text: Say): string {
  const { plan, reason } = record;
  const at = isUnfinished(record) ? openStep(record) : undefined;
  const facts = [
    ...(at === undefined
      ? []
      : [
          `- **${at.host}**: ${text(say('step {0} of {1}', plan.steps.indexOf(at) + 1, plan.steps.length))}, ${text(at.title)}`,
        ]),
    ...(reason === undefined ? [] : [`- ${concernText(reason, text)}`]),
  ];
  const back = (plan.undo ?? undoOf(plan.steps)).filter(({ id }) => record.undoing && record.steps.has(id));
  return [
    `# ${text(plan.title)}`,
    '',
    `## ${text(headingOf(record))}`,
    '',
    ...(facts.length === 0 ? [] : [...facts, '']),
    `## ${text(say('What to do next'))}`,
    '',
    ...nextOf(record, text).map((each) => `- ${each}`),
    '',
    `## ${text(say('What is true now'))}`,
    '',
    ...plan.steps.map((step, i) => `${i + 1}. ${text(stateOf(step, record))} · **${step.host}**: ${text(step.title)}`),
    '',
    ...(back.length === 0
      ? []
      : [
          `## ${text(say('On the way back'))}`,
          '',
          ...back.map((step) => `- ${text(stateOf(step, record))} · **${step.host}**: ${text(step.title)}`),
          '',
        ]),
  ].join('\n');
}

function headingOf({ outcome }: RunRecord): Message {
  if (outcome === 'undone') return say('It failed and was taken back');
  if (outcome === 'cancelled') return say('It was cancelled');
  if (outcome === 'failed') return say('It stopped');
  if (outcome === 'unknown') return say('Nobody knows how the last step ended');
  if (outcome === 'done') return say('It is done');
  return say('It broke off');
}

/** What became of a step. One that was taken back is not done any more, whatever came of it at first. */
function stateOf(step: Step, { steps, undoing }: RunRecord): Message {
  const undone = 'undo' in step ? (step.undo ?? []) : [];
  if (undoing && undone.length > 0 && undone.every(({ id }) => isSeenDone(steps.get(id)))) return say('taken back');
  const outcome = steps.get(step.id);
  if (outcome === undefined) return say('not begun yet');
  if (isSeenDone(outcome)) return say('done');
  return outcome === 'failed' ? say('failed') : say('nobody knows');
}

function nextOf(record: RunRecord, text: Say): string[] {
  const { id, outcome } = record;
  const lines: Message[] = [];
  if (outcome === 'undone') lines.push(say('mend the cause, then begin anew'));
  if (isUnfinished(record))
    lines.push(say('*Resume* goes on: each step is asked first what became of it (`haven run --resume {0}`)', id));
  if (canGoBack(record)) lines.push(say('*Go Back* takes back what was changed (`haven run --undo {0}`)', id));
  else if (isUnfinished(record) && undoOf(record.plan.steps).length > 0)
    lines.push(say('nothing can be taken back at this point'));
  if (isUnfinished(record))
    lines.push(say('the command *Resume or Undo an Operation* offers it at any time, also in another window'));
  return lines.map((each) => text(each));
}
