import { readFileSync } from 'node:fs';
import type { Diagnostic } from '../../src/base/finding';
import { LineIndex } from '../../src/base/line-index';
import { render } from '../../src/base/message';
import { analyseHaproxy } from '../../src/model/haproxy/analysis';
import { conformance } from '../../src/rules/haproxy/conformance';
import { diagnoseHaproxy } from '../../src/rules/haproxy/diagnose';
import { filesBelow } from '../support/files';
import { sharedFolder } from '../support/shared';
import { type Part, type Report, seeded } from './frame';
import { dependsOnMachine } from './haproxy-environment';
import { askHaproxy, type Complaint, type HaproxyProgram, haproxyProgram } from './oracle';

interface Found {
  readonly line: number;
  readonly each: Diagnostic;
}

const ofTheLanguage: ReadonlySet<string> = new Set(conformance.map((each) => each.id));

/** What is said of the language; advice on what the program accepts does not count. */
function diagnose(text: string, version: readonly number[] | undefined): Found[] {
  const lines = new LineIndex(text);
  const analysis = analyseHaproxy({ path: 'haproxy.cfg', text, version });
  return diagnoseHaproxy(analysis, [])
    .filter((each) => each.severity !== 'hint' && ofTheLanguage.has(each.rule))
    .map((each) => ({ line: lines.positionAt(each.span.start).line + 1, each }));
}

interface Mutant {
  readonly name: string;
  readonly text: string;
}

type Mutation = (line: string, random: () => number, all: readonly string[]) => string | undefined;

const indent = (line: string): string => /^\s*/.exec(line)?.[0] ?? '';
const wordsOf = (line: string): string[] => line.trim().split(/\s+/);
const isPlain = (line: string): boolean => /^\s*[a-z]/.test(line) && !/["'\\#]/.test(line);
const isHeader = (line: string): boolean =>
  /^(global|defaults|frontend|backend|listen|userlist|peers|resolvers|cache|mailers|ring)\b/.test(line.trim());
const pick = <T>(list: readonly T[], random: () => number): T | undefined => list[Math.floor(random() * list.length)];

function typo(word: string, random: () => number): string {
  const at = Math.floor(random() * word.length);
  switch (Math.floor(random() * 4)) {
    case 0:
      return word.slice(0, at) + word.slice(at + 1);
    case 1:
      return `${word.slice(0, at)}q${word.slice(at)}`;
    case 2:
      return `${word.slice(0, at)}z${word.slice(at + 1)}`;
    default:
      return at + 1 < word.length
        ? word.slice(0, at) + (word[at + 1] ?? '') + (word[at] ?? '') + word.slice(at + 2)
        : `${word}x`;
  }
}

function replaceWord(line: string, index: number, word: string | undefined): string {
  const words = wordsOf(line);
  if (word === undefined) words.splice(index, 1);
  else words[index] = word;
  return indent(line) + words.join(' ');
}

/** Changes the first word that fits. */
function changing(fits: RegExp, to: (word: string, random: () => number) => string): Mutation {
  return (line, random) => {
    if (!isPlain(line)) return undefined;
    const index = wordsOf(line).findIndex((each, at) => at > 0 && fits.test(each));
    const word = wordsOf(line)[index];
    return index < 1 || word === undefined ? undefined : replaceWord(line, index, to(word, random));
  };
}

/** One damage each, done to one line. Undefined where the line gives no occasion for it. */
const mutations: Readonly<Record<string, Mutation>> = {
  'keyword typo': (line, random) =>
    isPlain(line) && !isHeader(line) ? replaceWord(line, 0, typo(wordsOf(line)[0] ?? '', random)) : undefined,
  'second word typo': (line, random) => {
    const second = wordsOf(line)[1];
    return isPlain(line) && !isHeader(line) && second !== undefined
      ? replaceWord(line, 1, typo(second, random))
      : undefined;
  },
  'any word typo': (line, random) => {
    const words = wordsOf(line);
    const at = 1 + Math.floor(random() * (words.length - 1));
    const word = words[at];
    return isPlain(line) && word !== undefined ? replaceWord(line, at, typo(word, random)) : undefined;
  },
  'last word dropped': (line) =>
    isPlain(line) && wordsOf(line).length > 1 ? replaceWord(line, wordsOf(line).length - 1, undefined) : undefined,
  'word dropped': (line, random) => {
    const words = wordsOf(line);
    return isPlain(line) && words.length > 1
      ? replaceWord(line, Math.floor(random() * words.length), undefined)
      : undefined;
  },
  'word too many': (line) => (isPlain(line) ? `${line.trimEnd()} surplus` : undefined),
  'words swapped': (line, random) => {
    const words = wordsOf(line);
    if (!isPlain(line) || words.length < 3) return undefined;
    const at = 1 + Math.floor(random() * (words.length - 2));
    [words[at], words[at + 1]] = [words[at + 1] ?? '', words[at] ?? ''];
    return indent(line) + words.join(' ');
  },
  'number to text': changing(/^\d+$/, () => 'many'),
  'number negative': changing(/^\d+$/, (word) => `-${word}`),
  'number huge': changing(/^\d+$/, () => '99999999999'),
  'time unit': changing(/^\d+(ms|s|m|h|d)$/, (word) => `${word}x`),
  'port too high': changing(/:\d+$/, (word) => word.replace(/\d+$/, '70000')),
  'port to text': changing(/:\d+$/, (word) => word.replace(/\d+$/, 'http')),
  'port dropped': changing(/:\d+$/, (word) => word.replace(/:\d+$/, '')),
  'address broken': changing(/^\d+\.\d+\.\d+\.\d+/, (word) => word.replace(/^\d+/, '300')),
  'quote opened': (line) => (isPlain(line) && wordsOf(line).length > 1 ? line.replace(/(\S+)\s*$/, '"$1') : undefined),
  'escape broken': (line) => (isPlain(line) && wordsOf(line).length > 1 ? `${line.trimEnd()}\\x0g` : undefined),
  'variable broken': (line) =>
    isPlain(line) && wordsOf(line).length > 1 ? line.replace(/(\S+)\s*$/, '"${$1"') : undefined,
  'line doubled': (line) => (isPlain(line) ? `${line}\n${line}` : undefined),
  'section unknown': (line) => (isHeader(line) ? line.replace(/^\s*\w+/, (word) => `${word}s`) : undefined),
  'section name dropped': (line) => (isHeader(line) && wordsOf(line).length > 1 ? wordsOf(line)[0] : undefined),
  'line from elsewhere': (line, random, all) => {
    const other = pick(
      all.filter((each) => isPlain(each) && !isHeader(each)),
      random,
    );
    return isPlain(line) && other !== undefined ? `${line}\n${other}` : undefined;
  },
  'reference broken': (line) => {
    const at = wordsOf(line).findIndex((each) =>
      [
        'default_backend',
        'use_backend',
        'peers',
        'resolvers',
        'table',
        'cache-use',
        'cache-store',
        'use-server',
        'mailers',
      ].includes(each),
    );
    const target = at < 0 ? undefined : wordsOf(line)[at + 1];
    return target === undefined || isHeader(line) || !isPlain(line)
      ? undefined
      : replaceWord(line, at + 1, `${target}-gone`);
  },
  'ACL unknown': changing(/^(?:if|unless)$/, (word) => `${word} not_there`),
  'brace glued': (line) => (/ \{ /.test(line) ? line.replace(' { ', ' {') : undefined),
  'brace dropped': (line) => (/ \}\s*$/.test(line) ? line.replace(/ \}\s*$/, '') : undefined),
  'fetch unknown': (line) =>
    /\{ [a-z]/.test(line)
      ? line.replace(/\{ ([a-z]+)/, '{ $1zz')
      : /^\s*acl \S+ [a-z]/.test(line)
        ? line.replace(/^(\s*acl \S+ [a-z]+)/, '$1zz')
        : undefined,
  'converter unknown': (line) => (/%\[[^\]]+\]/.test(line) ? line.replace(/%\[([^\]]+)\]/, '%[$1,nosuch]') : undefined),
  'expression unclosed': (line) => (/%\[[^\]]+\]/.test(line) ? line.replace(/%\[([^\]]+)\]/, '%[$1') : undefined),
  'log variable unknown': (line) => (/%[a-zA-Z]{2}\b/.test(line) ? line.replace(/%[a-zA-Z]{2}\b/, '%zq') : undefined),
  'network broken': changing(/^\d+\.\d+\.\d+\.\d+\/\d+$/, (word) => word.replace(/\d+$/, '99')),
  'value unknown': (line, random) =>
    /^\s*(mode|balance|http-reuse|hash-type|compression algo|log|option|timeout|stats|cookie)\s/.test(line) &&
    isPlain(line)
      ? replaceWord(line, 1 + Math.floor(random() * (wordsOf(line).length - 1)), 'nonsense')
      : undefined,
  'condition word': changing(/^(?:if|unless)$/, () => 'when'),
};

function mutantsOf(text: string, random: () => number, each: number): Mutant[] {
  const lines = text.split('\n');
  const mutants: Mutant[] = [];
  for (const [name, mutate] of Object.entries(mutations)) {
    const places = lines.map((_, index) => index).sort(() => random() - 0.5);
    let made = 0;
    for (const place of places) {
      const changed = mutate(lines[place] ?? '', random, lines);
      if (changed === undefined || changed === lines[place]) continue;
      mutants.push({ name, text: lines.with(place, changed).join('\n') });
      if (++made === each) break;
    }
  }
  for (const last of ['unterminated last line']) {
    if (text.endsWith('\n')) mutants.push({ name: last, text: text.slice(0, -1) });
  }
  return mutants;
}

function judge(
  report: Report,
  program: HaproxyProgram,
  name: string,
  file: string,
  text: string,
  known: ReadonlySet<string>,
): void {
  const verdict = askHaproxy(program, text);
  const found = diagnose(text, program.release);
  const lines = text.split('\n');
  if (verdict.accepted) {
    const assumed = diagnose(text, undefined);
    const errors = [...found, ...assumed].filter(({ each }) => each.severity === 'error');
    report.accepted(
      name,
      errors.map((error) => {
        const { line, each } = error;
        const how = assumed.includes(error) ? ' (release assumed)' : '';
        return `${file}:${line}${how} ${each.rule} ${render(each.message)} | ${(lines[line - 1] ?? '').trim()}`;
      }),
    );
    return;
  }
  const errors: Complaint[] = verdict.complaints.filter((each) => each.level === 'error');
  const language = errors.filter((each) => !dependsOnMachine(each.text));
  const first = language[0];
  if (first === undefined || language.length < errors.length) return;
  const fresh = found.filter(({ each }) => !known.has(`${each.rule} ${render(each.message)}`));
  const detail = `${file}:${first.line ?? '-'} ${first.text} | ${first.line === undefined ? '' : (lines[first.line - 1] ?? '').trim()}`;
  const blamed = new Set(language.map((each) => each.line));
  if (fresh.length === 0) report.rejected(name, 'unseen', detail);
  else if (first.line === undefined || found.some(({ line }) => blamed.has(line)))
    report.rejected(name, 'on-line', detail);
  else report.rejected(name, 'elsewhere', `${detail} (${fresh.map(({ line }) => line).join(', ')})`);
}

export const haproxyPart: Part = {
  name: 'haproxy',
  missing: () => (haproxyProgram() === undefined ? 'haproxy is not installed' : undefined),
  run(report) {
    const program = haproxyProgram();
    if (program === undefined) return;
    console.log(`HAProxy ${program.number}`);
    const seed = Number(/^--seed=(\d+)$/.exec(process.argv.find((each) => each.startsWith('--seed=')) ?? '')?.[1] ?? 1);
    const perFile = Number(
      /^--each=(\d+)$/.exec(process.argv.find((each) => each.startsWith('--each=')) ?? '')?.[1] ?? 1,
    );
    const random = seeded(seed);
    const corpus = sharedFolder('corpus', 'haproxy');
    const files = [...filesBelow('examples', '.cfg'), ...(corpus === undefined ? [] : filesBelow(corpus, '.cfg'))];
    for (const path of files) {
      const file = path.split('/').pop() ?? path;
      const text = readFileSync(path, 'utf8');
      judge(report, program, 'as they are', file, text, new Set());
      if (!askHaproxy(program, text).accepted) continue;
      const known = new Set(diagnose(text, program.release).map(({ each }) => `${each.rule} ${render(each.message)}`));
      for (const mutant of mutantsOf(text, random, perFile))
        judge(report, program, mutant.name, file, mutant.text, known);
    }
  },
};
