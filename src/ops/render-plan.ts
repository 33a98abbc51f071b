import { type Message, say } from '../base/message';
import { commandLine } from '../base/shell';
import type { Arg, Command, Condition, Probe } from './command';
import { type Concern, type Plan, type SecretRef, type Step, undoOf } from './plan';

/** Turns a message into text in the reader's language. */
export type Say = (message: Message) => string;

interface PlanForm {
  /** Whether every command is shown; else each step is one line. */
  readonly commands?: boolean;
}

/** A plan as a document to read before anything runs: what stands in the way, what is done in short, the way back, and behind that each step with its command. */
export function renderPlan(plan: Plan, text: Say, { commands = true }: PlanForm = {}): string {
  const lines = [`# ${text(plan.title)}`, ''];
  for (const [heading, concerns] of [
    [say('It cannot begin'), plan.blockers],
    [say('Think about this first'), plan.warnings],
  ] as const) {
    if (concerns.length === 0) continue;
    lines.push(`## ${text(heading)}`, '', ...concerns.map((each) => `- ${concernText(each, text)}`), '');
  }
  const { outlook = [] } = plan;
  if (outlook.length > 0)
    lines.push(`## ${text(say('What to expect'))}`, '', ...outlook.map((each) => `- ${text(each)}`), '');
  // Of one step, its command is short enough to be read at once.
  if (plan.steps.length > (commands ? 1 : 0)) {
    lines.push(`## ${text(say('In short'))}`, '');
    for (const [index, step] of plan.steps.entries()) lines.push(`${index + 1}. **${step.host}**: ${text(step.title)}`);
    lines.push('');
  }
  if (plan.wayBack.length > 0)
    lines.push(`## ${text(say('The way back'))}`, '', ...plan.wayBack.map((each) => `- ${text(each)}`), '');
  const back = plan.undo ?? undoOf(plan.steps);
  if (plan.wayBack.length === 0 && back.length > 0) {
    lines.push(`## ${text(say('The way back'))}`, '', text(say('What was done can be taken back:')), '');
    lines.push(...back.map((step) => `- **${step.host}**: ${text(step.title)}`), '');
  } else if (plan.wayBack.length === 0 && plan.steps.length > 0) {
    lines.push(text(say('Nothing is changed that would need a way back.')), '');
  }
  const shown = commands ? plan.steps : [];
  if (shown.length > 0) lines.push(`## ${text(say('Steps'))}`, '');
  const shownTexts = new Map<string, number>();
  for (const [index, step] of shown.entries())
    lines.push(...stepText(step, `${index + 1}.`, text, (content) => sameAs(shownTexts, content, index + 1)));
  return lines.join('\n');
}

/** The step that has shown this text already; a text that is new is noted. */
function sameAs(shownTexts: Map<string, number>, content: string, number: number): number | undefined {
  const earlier = shownTexts.get(content);
  if (earlier === undefined) shownTexts.set(content, number);
  return earlier;
}

/** Concerns that differ by nothing but their host as one, with the names of all the hosts. */
export function joinedConcerns(concerns: readonly Concern[]): readonly Concern[] {
  const alike = new Map<string, Concern[]>();
  for (const each of concerns) {
    const key = JSON.stringify([each.message, each.remedy, each.host === undefined]);
    alike.set(key, [...(alike.get(key) ?? []), each]);
  }
  return [...alike.values()].flatMap(([first, ...more]) => {
    if (first?.host === undefined) return first ?? [];
    return { ...first, host: [...new Set([first, ...more].map((each) => each.host))].join(', ') };
  });
}

/** A concern as one line: where, what, and what to do. */
export function concernText({ message, remedy, host }: Concern, text: Say): string {
  const where = host === undefined ? '' : `**${host}**: `;
  return `${where}${text(message)}${remedy === undefined ? '' : `; ${text(remedy)}`}`;
}

function stepText(step: Step, mark: string, text: Say, shownBefore: (content: string) => number | undefined): string[] {
  const lines = [`${mark} **${step.host}**: ${text(step.title)}`, ''];
  const line = (message: Message) => lines.push(`   ${text(message)}`, '');
  const code = (command: Command) => lines.push('   ```sh', ...shown(command), '   ```', '');
  if ('run' in step) {
    code(step.run);
    if (step.run.secretStdin !== undefined) line(say('Standard input: the secret "{0}"', step.run.secretStdin));
    if (step.captureSecret !== undefined) line(say('Its output is kept as the secret "{0}"', step.captureSecret));
    if (step.capture !== undefined) line(say('Its output is kept as "{0}"', step.capture));
  } else if ('upload' in step) {
    const { content, path, mode, keep } = step.upload;
    line(say('Write {0} with mode {1}', path, mode));
    if ('file' in content)
      line(say('Content: the local file {0}, {1} bytes, SHA-256 {2}', content.file, content.bytes, content.sha256));
    else {
      const whole = content.text.map(partText).join('');
      const earlier = shownBefore(whole);
      if (earlier !== undefined) line(say('Content: the same as in step {0}', earlier));
      else lines.push('   ```text', ...indented(whole), '   ```', '');
    }
    if (keep !== undefined) line(say('The file that is there now is kept as {0}', keep));
  } else if ('download' in step) {
    const { from, to } = step.download;
    if ('command' in from) code(from.command);
    line('command' in from ? say('Save its output as {0}', to) : say('Copy {0} to {1} on this machine', from.path, to));
  } else if ('confirm' in step) {
    line(step.confirm.question);
    line(say('Without an answer within {0} s it counts as no', step.confirm.withinSec));
  } else if ('reach' in step.waitFor) {
    const { reach, withinSec } = step.waitFor;
    line(say('Wait up to {0} s until {1} port {2} answers from this machine', withinSec, reach.host, reach.port));
  } else {
    const { host, withinSec } = step.waitFor;
    const asked =
      withinSec === 0
        ? say('{0} must answer yes', host)
        : say('Wait up to {0} s until {1} answers yes', withinSec, host);
    probe(step.waitFor, asked);
  }
  if ('confirm' in step) {
    if (step.done !== undefined) probe(step.done, say('Passed over when {0} knows of a yes already', step.done.host));
  } else if ('done' in step) probe(step.done, say('Done when {0} sees it there', step.done.host));
  if (step.quorum !== undefined) {
    const { stops = [], removes = [] } = step.quorum;
    if (stops.length > 0) line(say('Refused when etcd cannot do without {0} at that moment', stops.join(', ')));
    if (removes.length > 0) line(say('Refused when etcd would have no quorum without {0}', removes.join(', ')));
  }
  if (step.onFailure !== undefined) line(say('When it fails, what was changed is taken back at once'));
  if (step.noWayBack) line(say('From here on there is no way back: a run that breaks off is gone on with'));
  return lines;

  function probe(asked: Probe, words: Message): void {
    line(words);
    code(asked.command);
    line(say('Yes means: {0}', text(conditionText(asked.yesWhen, text))));
  }
}

function conditionText(condition: Condition, text: Say): Message {
  if ('all' in condition) return say('{0}', condition.all.map((each) => text(conditionText(each, text))).join(' · '));
  if ('code' in condition) return say('it exits with {0}', condition.code);
  if ('stdoutHas' in condition) return say('its output has "{0}"', condition.stdoutHas);
  // A line that ends there is told apart from a longer one by its end, which nobody sees.
  if ('stdoutLacks' in condition)
    return say('it exits with 0 and its output has no "{0}"', condition.stdoutLacks.trimEnd());
  return say('its output fits the pattern {0}', condition.stdoutMatches);
}

function partText(part: Arg | SecretRef): string {
  if (typeof part === 'string') return part;
  return 'secret' in part ? `<${part.secret}>` : `<${part.output}>`;
}

function indented(block: string): string[] {
  return block.split('\n').map((line) => `   ${line}`);
}

function shown(command: Command): string[] {
  const words = command.argv.map(partText);
  const input = command.stdin === undefined ? '' : ` <<'HAVEN'\n${partText(command.stdin)}\nHAVEN`;
  return indented(`${command.root ? 'sudo ' : ''}${commandLine(words)}${input}`);
}
