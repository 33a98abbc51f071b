import { catalogText, render, type Speak } from '../../base/message';
import { actionOf, bindParams, proxyTypes, sectionTypeOf, serverParams, valuesOf } from '../../catalog/haproxy/catalog';
import type { HaproxyAnalysis } from '../../model/haproxy/analysis';
import type { Expected } from '../../model/haproxy/visit';
import type { Signature } from '../language';
import { lineUpTo, type UnfinishedLine } from './place';
import type { Visited } from './visits';

/** How the function, action, parameter, directive or section under the cursor is written, and which argument it stands in. */
export function signatureAt(analysis: HaproxyAnalysis, offset: number, speak: Speak = render): Signature | undefined {
  const place = lineUpTo(analysis, offset);
  if (place === undefined) return undefined;
  const { statement, column, visits } = place;
  const { line } = statement;
  const here = visits.filter((each) => each.start <= column && column <= each.end);
  const inFunction = here.findLast((each) => each.expected.kind === 'function-argument')?.expected;
  if (inFunction?.kind === 'function-argument') {
    const { of, index } = inFunction;
    return made(speak, of.usage, of.summary, (all) => Math.min(index, all.length - 1));
  }
  const inParentheses = parenthesesAt(line.raw.slice(0, column));
  if (inParentheses !== undefined) {
    const { usage, summary, index } = inParentheses;
    return made(speak, usage, summary, (all) => Math.min(index, all.length - 1));
  }
  if (statement.header !== undefined) return signatureOfHeader(place, speak);
  const current = line.words.findIndex((each) => each.start <= column && column <= each.end);
  const before = line.words[current - 1];
  const names = [
    ...(before === undefined ? [] : [{ behind: before.text }]),
    ...here.flatMap(({ expected }) => nameOf(expected) ?? []).map((name) => ({ name })),
  ];
  const parameter = before === undefined ? undefined : parameterAt(visits, before.start, before.text);
  if (parameter !== undefined && parameter.arity !== 0) return made(speak, parameter.usage, parameter.summary, () => 0);
  const actionAt = visits.findLast((each) => each.expected.kind === 'action' && each.end < column);
  const action =
    actionAt === undefined ? undefined : actionOf(line.raw.slice(actionAt.start, actionAt.end).replace(/\(.*$/, ''));
  if (action?.usage.includes(' '))
    return made(speak, action.usage, action.summary, (all) => argumentOf(action.usage, all, names) ?? all.length);
  const { directive, keyword } = statement;
  const last = keyword.at(-1);
  if (directive === undefined || directive.usage === '' || last === undefined || column <= last.end) return undefined;
  const { usage } = directive;
  const position = current < 0 ? statement.args.length : current - line.words.indexOf(last) - 1;
  return made(speak, usage, directive.summary, (all) => {
    const inOrder = position < leadingIn(usage) ? position : all.length;
    return argumentOf(usage, all, names) ?? inOrder;
  });
}

/** The argument that stands behind a word of the usage, or is called so; the closest one speaks first. */
function argumentOf(
  usage: string,
  all: readonly string[],
  names: readonly { readonly name?: string; readonly behind?: string }[],
): number | undefined {
  for (const { name, behind } of [...names].reverse()) {
    const label =
      behind === undefined
        ? `<${name}>`
        : new RegExp(`(?<=[[|{ ])${escaped(behind)}[\\]}]* (<[^>]+>)`).exec(usage)?.[1];
    const found = label === undefined ? -1 : all.findIndex((each) => each.startsWith(label));
    if (found >= 0) return found;
  }
  return undefined;
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** What usages call a place that the reader looks for. */
function nameOf(expected: Expected): string | undefined {
  switch (expected.kind) {
    case 'node':
      return expected.node.kind === 'argument' ? expected.node.name : undefined;
    case 'parameter':
      return 'param';
    case 'action':
    case 'address':
      return expected.kind;
    case 'condition':
      return 'cond';
    case 'pattern':
      return 'value';
    default:
      return undefined;
  }
}

/** How many arguments come first, each in its place, before the first that may be left out. */
function leadingIn(usage: string): number {
  const must = usage.replace(/(<[^>]+>)\[[:,]<[^>]+>\](?:\.\.\.)?/g, '$1').split(/ (?=[[{])/)[0] ?? '';
  return must.match(/<[^>]+>/g)?.length ?? 0;
}

/** The action or the condition of `.if` whose parentheses are open at the end of `upToCursor`. */
function parenthesesAt(upToCursor: string) {
  const [, name, inside] = /(?:^|[\s!])([\w-]+)\(([^()]*)$/.exec(upToCursor) ?? [];
  if (name === undefined || inside === undefined) return undefined;
  const index = inside.split(',').length - 1;
  if (/^\s*\.(?:el)?if\s/.test(upToCursor)) {
    const predicate = valuesOf('preprocessor.predicate').get(name);
    return predicate && { usage: `${name}${predicate.usage.split(' ')[0]}`, summary: predicate.summary, index };
  }
  const action = actionOf(name);
  return action?.glued === true ? { usage: action.usage, summary: action.summary, index } : undefined;
}

function signatureOfHeader({ statement, column }: UnfinishedLine, speak: Speak): Signature | undefined {
  const [keyword, ...behind] = statement.line.words;
  const type = sectionTypeOf(keyword?.text ?? '');
  if (type === undefined || type.naming === 'none' || column <= (keyword?.end ?? 0)) return undefined;
  const name = type.naming === 'required' ? '<name>' : '[<name>]';
  const from = behind.findIndex((each) => each.text === 'from' && each.end < column);
  const source = proxyTypes.some((each) => each === type.name) ? ' [from <defaults>]' : '';
  return made(speak, `${type.name} ${name}${source}`, type.summary, () => (from >= 0 ? 1 : 0));
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
  // A port belongs to its address, and what may be repeated is one argument.
  const parameters = usage.match(/<[^>]+>(?:\[:<[^>]+>\]|\[,<[^>]+>\]\.\.\.)?/g) ?? [];
  return {
    label: usage,
    documentation: speak(catalogText(summary)),
    parameters: parameters.map((label) => ({ label })),
    activeParameter: active(parameters),
  };
}
