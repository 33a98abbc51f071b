import { type Message, say } from '../base/message';
import { commandLine } from '../base/shell';
import type { Command } from './command';
import type { Concern, Plan } from './plan';

/** Turns a message into text in the reader's language. */
export type Say = (message: Message) => string;

/** A plan as a document to read before anything runs: what stands in the way, each step with its command, the way back. */
export function renderPlan(plan: Plan, text: Say): string {
  const lines = [`# ${text(plan.title)}`, ''];
  for (const [heading, concerns] of [
    [say('It cannot begin'), plan.blockers],
    [say('Think about this first'), plan.warnings],
  ] as const) {
    if (concerns.length === 0) continue;
    lines.push(`## ${text(heading)}`, '', ...concerns.map((each) => `- ${concernText(each, text)}`), '');
  }
  if (plan.steps.length > 0) lines.push(`## ${text(say('Steps'))}`, '');
  for (const [index, step] of plan.steps.entries()) {
    lines.push(
      `${index + 1}. **${step.host}**: ${text(step.title)}`,
      '',
      `   \`\`\`sh`,
      ...shown(step.run),
      '   ```',
      '',
    );
    if (step.risk !== 'read') lines.push(`   ${text(say('Done when {0} sees it there', step.done.host))}`, '');
  }
  if (plan.wayBack.length > 0)
    lines.push(`## ${text(say('The way back'))}`, '', ...plan.wayBack.map((each) => `- ${text(each)}`), '');
  else if (plan.steps.length > 0) lines.push(text(say('Nothing is changed that would need a way back.')), '');
  return lines.join('\n');
}

function concernText({ message, remedy, host }: Concern, text: Say): string {
  const where = host === undefined ? '' : `**${host}**: `;
  return `${where}${text(message)}${remedy === undefined ? '' : `; ${text(remedy)}`}`;
}

function shown(command: Command): string[] {
  const words = command.argv.map((each) => (typeof each === 'string' ? each : `<${each.output}>`));
  return `${command.root ? 'sudo ' : ''}${commandLine(words)}`.split('\n').map((line) => `   ${line}`);
}
