import {
  type Action,
  aclNameOf,
  actionOf,
  bindParams,
  converterOf,
  type Directive,
  fetchOf,
  type Lifetime,
  logAliases,
  predefinedAcl,
  releaseText,
  type SampleFunction,
  sectionTypeOf,
  serverParams,
  valuesOf,
} from '../../catalog/haproxy/catalog';
import type { HaproxyAnalysis } from '../../model/haproxy/analysis';
import { readTime } from '../../model/haproxy/values';
import type { Hover, Sibling } from '../language';
import { filesOf, nameAt, placesOf, type Target } from './names';
import { type Place, placeAt } from './place';
import { visitsOf } from './visits';

/** What the word under the cursor does, how it is written, its default, since when it is there, and where to read on. */
export function hoverHaproxy(
  analysis: HaproxyAnalysis,
  offset: number,
  siblings: readonly Sibling<HaproxyAnalysis>[] = [],
): Hover | undefined {
  const place = placeAt(analysis, offset);
  const { word, statement, start } = place;
  if (word === undefined || statement === undefined) return undefined;
  const name = nameAt(filesOf(analysis, siblings), analysis, place.line, offset);
  if (name !== undefined && !name.isDefinition) {
    const markdown = describeTarget(analysis, name.target, siblings);
    if (markdown !== undefined) return { span: name.span, markdown };
  }
  const span = { start: start + word.start, end: start + word.end };
  if (statement.header !== undefined) {
    const type = sectionTypeOf(word.text);
    if (type === undefined || statement.keyword[0] !== word) return undefined;
    return { span, markdown: paragraphs([`**${type.name}**`, type.summary, ...life(type), manual(analysis)]) };
  }
  const { directive } = statement;
  if (directive === undefined) return undefined;
  if (statement.keyword.includes(word)) return { span, markdown: directiveText(directive, analysis) };
  const visited = hoverVisited(analysis, place, statement);
  if (visited !== undefined) return visited;
  if (statement.args[0]?.start === undefined || word.start < statement.args[0].start) return undefined;
  const value = valuesOf(valueGroups[directive.name] ?? '').get(word.text);
  const own =
    value === undefined || value.summary === '' ? [] : [code(value.usage || value.name), value.summary, ...life(value)];
  // Of any other word the line it belongs to is told.
  return {
    span,
    markdown: own.length > 0 ? paragraphs([...own, manual(analysis)]) : directiveText(directive, analysis),
  };
}

/** Where the words of a directive are described. */
const valueGroups: Readonly<Record<string, string>> = { mode: 'mode', cookie: 'cookie.option' };

function hoverVisited(
  analysis: HaproxyAnalysis,
  { column, start, word }: Place,
  statement: NonNullable<Place['statement']>,
): Hover | undefined {
  const here = visitsOf(analysis, statement).filter((each) => each.start <= column && column <= each.end);
  for (const visit of here.reverse()) {
    const text = statement.line.raw.slice(visit.start, visit.end);
    const parts = textsFor(visit.expected, text, word?.text ?? text);
    if (parts === undefined) continue;
    const span = { start: start + visit.start, end: start + visit.end };
    return { span, markdown: paragraphs([...parts, manual(analysis, anchorOf(visit.expected, text))]) };
  }
  return undefined;
}

function textsFor(
  expected: ReturnType<typeof visitsOf>[number]['expected'],
  text: string,
  word: string,
): string[] | undefined {
  switch (expected.kind) {
    case 'parameter': {
      const parameter = (expected.of === 'bind' ? bindParams : serverParams).get(word);
      return parameter && [code(parameter.usage || parameter.name), parameter.summary, ...life(parameter)];
    }
    case 'action': {
      const action = actionOf(/^track-sc\d/.test(word) ? 'track-sc0' : (word.split('(')[0] ?? ''));
      return action && actionTexts(action, expected.ruleSet);
    }
    case 'fetch': {
      const short = aclNameOf(text);
      const fetch = fetchOf(short?.fetch ?? text);
      if (fetch === undefined) return undefined;
      const match = short === undefined ? [] : [`\`${text}\` is \`${short.fetch} -m ${short.match}\`.`];
      return [...match, ...functionTexts(fetch)];
    }
    case 'converter': {
      const converter = converterOf(text);
      return converter && functionTexts(converter);
    }
    case 'log-variable': {
      const variable = logAliases.get(text.replace(/^%(?:\{[^}]*\})?/, ''));
      return variable && [code(variable.name), variable.summary, ...life(variable)];
    }
    case 'condition': {
      const acl = predefinedAcl(text.replace(/^!+/, ''));
      return acl && [code(acl.name), code(acl.expression), ...life(acl)];
    }
    case 'node': {
      const { node } = expected;
      if (node.kind !== 'argument') return undefined;
      const group = { balancealg: 'balance', loglevel: 'log.level', logfmtname: 'log.format' }[node.type];
      const value = group === undefined ? undefined : valuesOf(group).get(text.split('(')[0] ?? '');
      if (value !== undefined && value.summary !== '') return [code(value.usage || value.name), value.summary];
      return node.type === 'time' || node.type === 'time_s' ? timeTexts(text, node.type) : undefined;
    }
    default:
      return undefined;
  }
}

/** A time in words that need no arithmetic, where it is not written so already. */
function timeTexts(text: string, type: 'time' | 'time_s'): string[] | undefined {
  const unit = type === 'time' ? 'ms' : 's';
  const milliseconds = readTime(text, unit);
  if (milliseconds === undefined) return undefined;
  const written = /[a-z]$/.test(text) ? text : text + unit;
  const plain = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1000, 's'],
  ] as const;
  const fit = plain.find(([size]) => milliseconds >= size && milliseconds % size === 0);
  const shown = fit === undefined ? `${milliseconds} ms` : `${milliseconds / fit[0]} ${fit[1]}`;
  return [`${code(written)} = ${shown}`];
}

const code = (text: string): string => `\`${text}\``;
const paragraphs = (parts: readonly string[]): string => parts.filter((each) => each !== '').join('\n\n');

function life(each: Lifetime): string[] {
  const lines: string[] = [];
  if (each.since > 0) lines.push(`Since HAProxy ${releaseText(each.since)}`);
  if (each.removed > 0) lines.push(`Gone since ${releaseText(each.removed)}`);
  return lines;
}

function directiveText(directive: Directive, analysis: HaproxyAnalysis): string {
  const lines = [code(directive.usage === '' ? directive.name : directive.usage), directive.summary];
  if (directive.defaultValue !== '') lines.push(`Default: ${directive.defaultValue}`);
  if (directive.since > 0) lines.push(`Since HAProxy ${releaseText(directive.since)}`);
  if (directive.deprecated > 0) lines.push(`Deprecated since ${releaseText(directive.deprecated)}`);
  if (directive.removed > 0) lines.push(`Gone since ${releaseText(directive.removed)}`);
  if (directive.replacement !== '') lines.push(`Use instead: ${directive.replacement}`);
  return paragraphs([...lines, manual(analysis, isOfProxies(directive) ? `4.2-${directive.name}` : undefined)]);
}

function actionTexts(action: Action, ruleSet: string): string[] {
  const [since, removed] = action.ruleSets[ruleSet] ?? [0, 0];
  return [code(action.usage), action.summary, ...life({ since, removed })];
}

function functionTexts(each: SampleFunction): string[] {
  const types = each.input === undefined ? `→ ${each.output}` : `${each.input} → ${each.output}`;
  const replaced = each.replacement === '' ? [] : [`Use instead: ${code(each.replacement)}`];
  return [`${code(each.usage)} ${types}`, each.summary, ...replaced, ...life(each)];
}

/** What a reference leads to: the lines that say so. */
function describeTarget(
  analysis: HaproxyAnalysis,
  target: Target,
  siblings: readonly Sibling<HaproxyAnalysis>[],
): string | undefined {
  const files = filesOf(analysis, siblings);
  const lines = placesOf(files, target).flatMap(({ path, span, isDefinition }) => {
    if (!isDefinition) return [];
    const text = files.find((each) => each.path === path)?.analysis.document.text ?? '';
    const start = text.lastIndexOf('\n', span.start - 1) + 1;
    const end = text.indexOf('\n', span.end);
    return [text.slice(start, end < 0 ? undefined : end).trim()];
  });
  if (lines.length === 0) return undefined;
  const inside = target.kind === 'section' ? insideOf(files, target) : [];
  const shown = [...lines, ...inside].slice(0, 12);
  return `\`\`\`haproxy\n${shown.join('\n')}\n\`\`\``;
}

/** The servers of a section, as they stand there. */
function insideOf(files: ReturnType<typeof filesOf>, { section }: Extract<Target, { kind: 'section' }>): string[] {
  const owner = files.find((each) => each.analysis.sections.includes(section))?.analysis;
  if (owner === undefined) return [];
  return [...section.facts.servers.values()].map((line) => {
    const { raw } = owner.statements[section.header + line]?.line ?? { raw: '' };
    return `    ${raw.trim()}`;
  });
}

/** The manual of the release; `anchor` is `<chapter>-<keyword>` where the chapter is the same in all of them. */
function manual(analysis: HaproxyAnalysis, anchor?: string): string {
  const text = releaseText(analysis.release);
  const place = anchor === undefined ? '' : `#${encodeURIComponent(anchor)}`;
  return `[HAProxy ${text} manual](https://docs.haproxy.org/${text}/configuration.html${place})`;
}

const isOfProxies = (directive: Directive): boolean => /^[-yin?]{4}/.test(directive.sections);

/** Where the manual speaks of what was looked for: chapters 4.2, 5.1, 5.2 and 7.3.1 list keywords. */
function anchorOf(expected: ReturnType<typeof visitsOf>[number]['expected'], text: string): string | undefined {
  if (expected.kind === 'parameter') return `${expected.of === 'bind' ? '5.1' : '5.2'}-${text}`;
  return expected.kind === 'converter' ? `7.3.1-${text}` : undefined;
}
