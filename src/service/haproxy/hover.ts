import { catalogText, render, type Speak, say } from '../../base/message';
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
  type Release,
  releaseText,
  type SampleFunction,
  sectionTypeOf,
  serverParams,
  valuesOf,
} from '../../catalog/haproxy/catalog';
import { bindDefaults, serverDefaults } from '../../catalog/haproxy/parameter-defaults';
import type { HaproxyAnalysis } from '../../model/haproxy/analysis';
import { readTime } from '../../model/haproxy/values';
import type { Hover, HoverContext, Sibling } from '../language';
import { codeSpan as code, codeBlock } from '../markdown';
import { knownValues } from './known-values';
import { filesOf, nameAt, placesOf } from './names';
import { flags } from './offers';
import { type Place, placeAt } from './place';
import type { Target } from './targets';
import { visitsOf } from './visits';

/** What the word under the cursor does, how it is written, its default, since when it is there, and where to read on. */
export function hoverHaproxy(
  analysis: HaproxyAnalysis,
  offset: number,
  context?: HoverContext<HaproxyAnalysis>,
): Hover | undefined {
  const siblings = context?.siblings ?? [];
  const speak = context?.speak ?? render;
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
    return {
      span,
      markdown: paragraphs([
        `**${type.name}**`,
        speak(catalogText(type.summary)),
        ...life(type, speak),
        manual(analysis, speak),
      ]),
    };
  }
  const { directive } = statement;
  if (directive === undefined) return hoverConditional(analysis, place, speak);
  if (statement.keyword.includes(word)) return { span, markdown: directiveText(directive, analysis, speak) };
  const visited = hoverVisited(analysis, place, statement, speak);
  if (visited !== undefined) return visited;
  if (statement.args[0]?.start === undefined || word.start < statement.args[0].start) return undefined;
  const value = valuesOf(valueGroups[directive.name] ?? '').get(word.text);
  const own =
    value === undefined || value.summary === ''
      ? []
      : [code(usageOf(value)), speak(catalogText(value.summary)), ...life(value, speak)];
  // Of any other word the line it belongs to is told.
  return {
    span,
    markdown:
      own.length > 0 ? paragraphs([...own, manual(analysis, speak)]) : directiveText(directive, analysis, speak),
  };
}

/** Lines that begin with a dot, and what `.if` can ask. */
function hoverConditional(analysis: HaproxyAnalysis, { column, start, word, statement }: Place, speak: Speak) {
  const [first] = statement?.line.words ?? [];
  if (word === undefined || !first?.text.startsWith('.')) return undefined;
  const raw = analysis.document.text.slice(start + word.start, start + word.end);
  const known = first === word ? 'preprocessor.directive' : 'preprocessor.predicate';
  for (const { index, 0: name } of raw.matchAll(/\.?\w+/g)) {
    const from = word.start + index;
    if (column < from || column > from + name.length) continue;
    const value = [...valuesOf(known).values()].find((each) => each.name.split(' ')[0] === name);
    if (value === undefined || (known === 'preprocessor.predicate' && raw[index + name.length] !== '(')) continue;
    const usage = first === word ? value.name : `${name}${value.usage.split(' ')[0]}`;
    const told = [code(usage), speak(catalogText(value.summary)), ...life(value, speak), manual(analysis, speak)];
    return { span: { start: start + from, end: start + from + name.length }, markdown: paragraphs(told) };
  }
  return undefined;
}

/** Where the words of a directive are described. */
const valueGroups: Readonly<Record<string, string>> = { mode: 'mode', cookie: 'cookie.option' };

function hoverVisited(
  analysis: HaproxyAnalysis,
  { column, start, word }: Place,
  statement: NonNullable<Place['statement']>,
  speak: Speak,
): Hover | undefined {
  const all = visitsOf(analysis, statement);
  const here = all.filter((each) => each.start <= column && column <= each.end);
  for (const visit of here.reverse()) {
    const text = statement.line.raw.slice(visit.start, visit.end);
    const parts = textsFor(visit.expected, text, word?.text ?? text, analysis.release, speak);
    if (parts === undefined) continue;
    const span = { start: start + visit.start, end: start + visit.end };
    return { span, markdown: paragraphs([...parts, manual(analysis, speak, anchorOf(visit.expected, text))]) };
  }
  // A value is told of with the parameter that it belongs to.
  const owner = all.findLast((each) => each.expected.kind === 'parameter' && each.end < column);
  if (owner === undefined || word === undefined) return undefined;
  const parameter = statement.line.raw.slice(owner.start, owner.end);
  const parts = textsFor(owner.expected, parameter, parameter, analysis.release, speak);
  if (parts === undefined) return undefined;
  const span = { start: start + word.start, end: start + word.end };
  return { span, markdown: paragraphs([...parts, manual(analysis, speak, anchorOf(owner.expected, parameter))]) };
}

function parameterTexts(of: 'server' | 'default-server' | 'bind', name: string, speak: Speak): string[] | undefined {
  const [known, defaults] = of === 'bind' ? [bindParams, bindDefaults] : [serverParams, serverDefaults];
  const parameter = known.get(name);
  if (parameter === undefined) return undefined;
  const usual = defaults[name];
  return [
    code(parameter.usage || parameter.name),
    speak(catalogText(parameter.summary)),
    ...(usual === undefined ? [] : [speak(say('Default: {0}', usual))]),
    ...life(parameter, speak),
  ];
}

function textsFor(
  expected: ReturnType<typeof visitsOf>[number]['expected'],
  text: string,
  word: string,
  release: Release,
  speak: Speak,
): string[] | undefined {
  switch (expected.kind) {
    case 'parameter': {
      return parameterTexts(expected.of, word, speak);
    }
    case 'address': {
      const [prefix] = /^(?:stream\+|dgram\+|\w+@)/.exec(text) ?? [];
      const value = valuesOf('address.prefix').get(prefix ?? '');
      return value && [code(value.name), speak(catalogText(value.summary)), ...life(value, speak)];
    }
    case 'action': {
      const action = actionOf(/^track-sc\d/.test(word) ? 'track-sc0' : (word.split('(')[0] ?? ''));
      return action && actionTexts(action, expected.ruleSet, speak);
    }
    case 'fetch': {
      const short = aclNameOf(text);
      const fetch = fetchOf(short?.fetch ?? text);
      if (fetch === undefined) return undefined;
      const match = short === undefined ? [] : [speak(say('`{0}` is `{1} -m {2}`.', text, short.fetch, short.match))];
      return [...match, ...functionTexts(fetch, speak)];
    }
    case 'converter': {
      const converter = converterOf(text);
      return converter && functionTexts(converter, speak);
    }
    case 'log-variable': {
      const variable = logAliases.get(text.replace(/^%(?:\{[^}]*\})?/, ''));
      return variable && [code(variable.name), speak(catalogText(variable.summary)), ...life(variable, speak)];
    }
    case 'condition': {
      const acl = predefinedAcl(text.replace(/^!+/, ''));
      return acl && [code(acl.name), code(acl.expression), ...life(acl, speak)];
    }
    case 'flag': {
      const flag = flags.find(([name]) => name === text);
      return flag && [code(flag[0]), speak(catalogText(flag[1]))];
    }
    case 'node': {
      const { node } = expected;
      if (node.kind !== 'argument') return undefined;
      const name = text.split('(')[0];
      for (const value of knownValues(node, release))
        if (value.name === name && value.summary !== '')
          return [code(usageOf(value)), speak(catalogText(value.summary))];
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
  if (shown === `${Number.parseInt(text, 10)} ${written.replace(/^\d+/, '')}`) return undefined;
  return [`${code(written)} = ${shown}`];
}

/** What stands behind a name is written there without the name. */
const usageOf = ({ name, usage }: { name: string; usage: string }): string =>
  /^\[?\(|^$/.test(usage) ? name + usage : `${name} ${usage}`;

const paragraphs = (parts: readonly string[]): string => parts.filter((each) => each !== '').join('\n\n');

function life(each: Lifetime, speak: Speak): string[] {
  const lines: string[] = [];
  if (each.since > 0) lines.push(speak(say('Since HAProxy {0}', releaseText(each.since))));
  if (each.removed > 0) lines.push(speak(say('Removed in {0}', releaseText(each.removed))));
  return lines;
}

function directiveText(directive: Directive, analysis: HaproxyAnalysis, speak: Speak): string {
  const { name, usage, summary, defaultValue, deprecated } = directive;
  const lines = [code(usage === '' ? name : usage), speak(catalogText(summary))];
  if (defaultValue !== '') lines.push(speak(say('Default: {0}', speak(catalogText(defaultValue)))));
  lines.push(...life({ since: directive.since, removed: 0 }, speak));
  if (deprecated > 0) lines.push(speak(say('Deprecated since {0}', releaseText(deprecated))));
  lines.push(...life({ since: 0, removed: directive.removed }, speak));
  lines.push(...instead(directive.replacement, speak));
  return paragraphs([...lines, manual(analysis, speak, isOfProxies(directive) ? `4.2-${name}` : undefined)]);
}

const instead = (replacement: string, speak: Speak): string[] =>
  replacement === '' ? [] : [speak(say('Use instead: {0}', speak(catalogText(replacement))))];

function actionTexts(action: Action, ruleSet: string, speak: Speak): string[] {
  const [since, removed] = action.ruleSets[ruleSet] ?? [0, 0];
  return [code(action.usage), speak(catalogText(action.summary)), ...life({ since, removed }, speak)];
}

function functionTexts(each: SampleFunction, speak: Speak): string[] {
  const types = each.input === undefined ? `→ ${each.output}` : `${each.input} → ${each.output}`;
  return [
    `${code(each.usage)} ${types}`,
    speak(catalogText(each.summary)),
    ...instead(each.replacement, speak),
    ...life(each, speak),
  ];
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
  return codeBlock('haproxy', shown.join('\n'));
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
function manual(analysis: HaproxyAnalysis, speak: Speak, anchor?: string): string {
  const text = releaseText(analysis.release);
  const place = anchor === undefined ? '' : `#${encodeURIComponent(anchor)}`;
  return `[${speak(say('HAProxy {0} manual', text))}](https://docs.haproxy.org/${text}/configuration.html${place})`;
}

const isOfProxies = (directive: Directive): boolean => /^[-yin?]{4}/.test(directive.sections);

/** Where the manual speaks of what was looked for: chapters 4.2, 5.1, 5.2 and 7.3.1 list keywords. */
function anchorOf(expected: ReturnType<typeof visitsOf>[number]['expected'], text: string): string | undefined {
  if (expected.kind === 'parameter') return `${expected.of === 'bind' ? '5.1' : '5.2'}-${text}`;
  return expected.kind === 'converter' ? `7.3.1-${text}` : undefined;
}
