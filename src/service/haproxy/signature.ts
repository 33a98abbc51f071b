import { catalogText, render, type Speak } from '../../base/message';
import { actionOf, bindParams, serverParams } from '../../catalog/haproxy/catalog';
import type { HaproxyAnalysis } from '../../model/haproxy/analysis';
import type { Signature } from '../language';
import { lineUpTo } from './place';
import type { Visited } from './visits';

/** How the function, action, parameter or directive under the cursor is written, and which argument it stands in. */
export function signatureAt(analysis: HaproxyAnalysis, offset: number, speak: Speak = render): Signature | undefined {
  const place = lineUpTo(analysis, offset);
  if (place === undefined) return undefined;
  const { statement, column, visits } = place;
  const here = visits.filter((each) => each.start <= column && column <= each.end);
  const inFunction = here.findLast((each) => each.expected.kind === 'function-argument')?.expected;
  if (inFunction?.kind === 'function-argument') {
    const { of, index } = inFunction;
    return made(speak, of.usage, of.summary, (all) => Math.min(index, all.length - 1));
  }
  const named = here.flatMap(({ expected }) =>
    expected.kind === 'node' && expected.node.kind === 'argument' ? [`<${expected.node.name}>`] : [],
  );
  const byName = (all: readonly string[]): number =>
    named.reduce((found, name) => (all.includes(name) ? all.indexOf(name) : found), all.length);
  const words = statement.line.words;
  const current = words.findIndex((each) => each.start <= column && column <= each.end);
  const before = words[current - 1];
  const parameter = before === undefined ? undefined : parameterAt(visits, before.start, before.text);
  if (parameter !== undefined && parameter.arity !== 0) return made(speak, parameter.usage, parameter.summary, () => 0);
  const actionAt = visits.findLast((each) => each.expected.kind === 'action' && each.end < column);
  const action =
    actionAt === undefined
      ? undefined
      : actionOf(statement.line.raw.slice(actionAt.start, actionAt.end).replace(/\(.*$/, ''));
  if (action?.usage.includes(' ')) return made(speak, action.usage, action.summary, byName);
  const { directive, keyword } = statement;
  const last = keyword.at(-1);
  if (directive === undefined || directive.usage === '' || last === undefined || column <= last.end) return undefined;
  const position = current < 0 ? statement.args.length : current - words.indexOf(last) - 1;
  return made(speak, directive.usage, directive.summary, (all) => {
    const found = byName(all);
    return found < all.length ? found : all.length > position && here.length > 0 ? position : all.length;
  });
}

function parameterAt(visits: readonly Visited[], start: number, name: string) {
  const visit = visits.find((each) => each.start === start && each.expected.kind === 'parameter');
  if (visit?.expected.kind !== 'parameter') return undefined;
  return (visit.expected.of === 'bind' ? bindParams : serverParams).get(name);
}

function made(
  speak: Speak,
  usage: string,
  summary: string,
  active: (parameters: readonly string[]) => number,
): Signature {
  const parameters = usage.match(/<[^>]+>/g) ?? [];
  return {
    label: usage,
    documentation: speak(catalogText(summary)),
    parameters: parameters.map((label) => ({ label })),
    activeParameter: active(parameters),
  };
}
