import { type Message, say } from '../../../base/message';
import type { Release } from '../../../catalog/haproxy/catalog';
import type { Word } from '../../../syntax/haproxy/line';
import type { Section } from '../analysis';
import type { Problem } from '../problem';
import type { OnLine } from '../section-facts';
import type { Statement } from '../statement';

/** From here on the rules of a `defaults` section are resolved even where no proxy starts from it (3.4.7; 3.2.26 passes over it). */
export const alwaysResolved: Release = 304;

const ruleNames: readonly string[] = [
  ...['http-request', 'http-response', 'http-after-response', 'tcp-request connection', 'tcp-request session'],
  ...['tcp-request content', 'tcp-response content'],
];

/** Whether a section is a `defaults` section with rules. */
export const hasDefaultRules = ({ type, facts }: Section): boolean =>
  type === 'defaults' && ruleNames.some((each) => facts.settings.own.has(each));

/**
 * Rules of a `defaults` section are resolved in that section, which has neither a table nor filters of its own, and only
 * the captures of its own rules (proxy_check_http_rules and its like; 2.6.12, 3.0.11, 3.2.26, 3.4.7).
 */
export function faultsOfDefaultRules(
  section: Section,
  statements: readonly Statement[],
  heirs: readonly Section[],
  release: Release,
): OnLine<Problem>[] {
  const active = heirs.filter(({ facts }) => !facts.disabled);
  const found: OnLine<Problem>[] = [];
  const report = (line: number, at: Word, mistake: Problem['mistake'], message: Message, used: boolean): void => {
    const problem = { mistake, start: at.start, end: at.end, message };
    // A section of rules that only backends take over has no captures to look for.
    const isRefused = used || (release >= alwaysResolved && (mistake === 'missing-setting' || active.length === 0));
    if (used) found.push({ line, value: problem });
    else if (isRefused) found.push({ line, value: { ...problem, refusedFrom: alwaysResolved } });
    else found.push({ line, value: { ...problem, severity: 'warning' } });
  };
  const captures = capturesOf(section, statements);
  for (let line = 1; section.header + line < section.end; line++) {
    const statement = statements[section.header + line];
    const action = statement?.arg(0);
    if (statement === undefined || action === undefined || !ruleNames.includes(statement.directive?.name ?? ''))
      continue;
    const { args } = statement;
    // What is refused by itself is not looked at any further, and what may be left out neither.
    if (statement.uncertain || statement.problems.length > 0) continue;
    if (action.text === 'capture') {
      const id = args[args.findIndex((each) => each.text === 'id') + 1];
      const makesOne = args.some((each) => each.text === 'len');
      if (!makesOne && id !== undefined && id !== action && !id.open && Number(id.text) >= captures) {
        const message = say('there is no capture {0} among the rules of this defaults section', id.text);
        const used = active.some(({ type }) => type !== 'backend');
        report(line, id, 'unknown-reference', message, used);
      }
    } else if (/^track-sc\d+$/.test(action.text)) {
      if (args.some((each) => each.text === 'table')) continue;
      const message = say('a defaults section has no stick-table: name one with "table"');
      report(line, action, 'missing-setting', message, active.length > 0);
    } else if (action.text === 'set-bandwidth-limit' && args[1] !== undefined && !args[1].open) {
      const message = say('there is no filter "{0}": a defaults section has none', args[1].text);
      report(line, args[1], 'unknown-reference', message, active.length > 0);
    }
  }
  return found;
}

/** How many captures the rules of a section make, those behind a rule that asks for one too; all where one cannot be read. */
function capturesOf({ header, end }: Section, statements: readonly Statement[]): number {
  let count = 0;
  for (let line = header + 1; line < end; line++) {
    const statement = statements[line];
    const action = statement?.arg(0)?.text;
    if (statement === undefined || action === undefined || !ruleNames.includes(statement.directive?.name ?? ''))
      continue;
    if (statement.uncertain || statement.problems.length > 0) {
      if (action.startsWith('capture')) return Number.POSITIVE_INFINITY;
    } else if (action === 'capture' && statement.args.some((each) => each.text === 'len')) count++;
  }
  return count;
}
