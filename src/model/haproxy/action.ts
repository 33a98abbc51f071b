import { say } from '../../base/message';
import { nearest } from '../../base/nearest';
import {
  type Action,
  actionOf,
  actionsOf,
  existsIn,
  fetchOf,
  type Release,
  releaseText,
  valuesOf,
} from '../../catalog/haproxy/catalog';
import type { Word } from '../../syntax/haproxy/line';
import { fetchIn, isActionRefused } from './action-checks';
import { startsCondition } from './condition';
import { grammarOf, type Node } from './grammar';
import { partOf, type Reader, reportExperimental } from './reader';
import { readRedirect } from './redirect';
import { readSample } from './sample';
import { variableFault } from './variables';
import { expected } from './visit';

/** How many numbers stand in the parentheses behind actions on counters. */
const gluedNumbers: Readonly<Record<string, number>> = {
  'sc-add-gpc': 2,
  'sc-inc-gpc': 2,
  'sc-set-gpt': 2,
  'sc-inc-gpc0': 1,
  'sc-inc-gpc1': 1,
  'sc-set-gpt0': 1,
};

/** Actions that the program takes without what they need, and that do nothing then. */
const uselessWithout = /^(?:add-acl|del-acl|del-map|set-map|sc-add-gpc|sc-inc-gpc[01]|sc-set-gpt0?|set-var-fmt)$/;

/** Whether the program reads the beginning of `name` alone, as an action without its file, and starts all the same. */
function isReadAsPrefix(name: string, ruleSet: string, release: Release): boolean {
  // Without a number it is the first counter.
  if (name === 'track-sc') return actionOf('track-sc0')?.ruleSets[ruleSet] !== undefined;
  const beginning = /^(?:add-acl|del-acl|del-map|set-map)/.exec(name)?.[0] ?? '';
  const life = actionOf(beginning)?.ruleSets[ruleSet];
  return life !== undefined && existsIn({ since: life[0], removed: life[1] }, release);
}

/** Reads words by a grammar from an index on; answers the index behind the last one it took, or -1 after a problem. */
type GrammarReader = (reader: Reader, nodes: readonly Node[], words: readonly Word[], from: number) => number;

/** An action of a rule and the word that names it. */
interface Named {
  readonly action: Action;
  readonly name: string;
  readonly word: Word;
  /** Where the parenthesis opens in the word, or -1. */
  readonly paren: number;
}

/**
 * Reads the action of a rule and its own arguments, the latter by `readArguments`; answers the index behind them, or -1
 * after a problem.
 */
export function readAction(
  reader: Reader,
  ruleSet: string,
  words: readonly Word[],
  from: number,
  readArguments: GrammarReader,
): number {
  const word = words[from];
  if (word === undefined) return from;
  reader.expect(word, { kind: 'action', ruleSet });
  if (word.open) return words.length;
  if (word.text.startsWith('lua.')) return skipToCondition(words, from + 1);
  const named = actionIn(reader, ruleSet, word);
  if (named === undefined || isParenthesisRefused(reader, named)) return -1;
  const { action, name } = named;
  if (action.experimental) reportExperimental(reader, word, name);
  referToResolvers(reader, named);
  if (name === 'redirect') return readRedirect(reader, words, from + 1, ruleSet);
  const own = upToCondition(words, from + 1);
  const args = own.slice(from + 1);
  // Whoever is still writing wants to know what comes next.
  if (isActionRefused(name, { reader, ruleSet, action: word, args }) && !reader.isWatched) return -1;
  // A number or an expression: the program takes whichever it can read.
  const grammar = /^\{ <\w+:(?:int|time)/.test(action.grammar) ? undefined : grammarOf(action.grammar);
  if (grammar === undefined) {
    const isRead = readNumberOrSample(reader, named, words[from + 1]);
    return isRead ? conditionBehind(reader, words, from + 2) : -1;
  }
  const end = readArguments(reader, grammar, own, from + 1);
  if (end < 0) {
    if (words[from + 1] === undefined && uselessWithout.test(name)) reader.soften('missing-argument');
    return -1;
  }
  return conditionBehind(reader, words, end) < 0 ? -1 : end;
}

/** The action that a word names, where rules of this set have it in this release; what is wrong is said. */
function actionIn(reader: Reader, ruleSet: string, word: Word): Named | undefined {
  const paren = word.text.indexOf('(');
  const name = paren < 0 ? word.text : word.text.slice(0, paren);
  const action = actionOf(tracks.test(name) ? 'track-sc0' : name);
  const life = action?.ruleSets[ruleSet];
  if (action === undefined || life === undefined) {
    const names = actionsOf(ruleSet, reader.release).map((each) => each.name);
    const suggestion = nearest(name, names);
    reader.report(
      'unknown-keyword',
      partOf(word, 0, name.length),
      suggestion === undefined
        ? say('"{0}" is not an action of {1}', name, ruleSet)
        : say('"{0}" is not an action of {1}; "{2}" is', name, ruleSet, suggestion),
      { suggestion, ...(isReadAsPrefix(name, ruleSet, reader.release) ? { severity: 'warning' } : {}) },
    );
    return undefined;
  }
  if (!existsIn({ since: life[0], removed: life[1] }, reader.release)) {
    reader.report('too-new-keyword', word, say('"{0}" exists from {1} on', name, releaseText(life[0])));
    return undefined;
  }
  if (action.glued && paren < 0) {
    const message = say('"{0}" needs its argument in parentheses: {1}', name, action.usage);
    reader.report('missing-argument', word, message, uselessWithout.test(name) ? { severity: 'warning' } : {});
    return undefined;
  }
  return { action, name, word, paren };
}

const tracks = /^track-sc\d+$/;

/** Judges what stands in parentheses behind the name of an action: a variable, or the numbers of counters. */
function isParenthesisRefused(reader: Reader, named: Named): boolean {
  const { action, name, word, paren } = named;
  if (paren >= 0 && /^(un)?set-var/.test(name) && isVariableRefused(reader, named)) return true;
  const numbers = paren >= 0 ? gluedNumbers[name] : undefined;
  if (numbers === undefined) {
    if (tracks.test(name)) checkCounter(reader, word, /\d+$/.exec(name)?.[0]);
    return false;
  }
  const given = word.text
    .slice(paren + 1)
    .replace(/\)$/, '')
    .split(',');
  if (
    !word.text.endsWith(')') ||
    given.length !== numbers ||
    given.some((each) => !/^\d+$/.test(each) && !(numbers === 1 && each === ''))
  ) {
    const message = say('"{0}" needs its argument in parentheses: {1}', name, action.usage);
    reader.report('bad-value', partOf(word, paren, word.text.length), message);
    return true;
  }
  // With two numbers the second one is that of the counter.
  checkCounter(reader, word, word.text.slice(paren).match(/\d+/g)?.[numbers - 1]);
  return false;
}

/** Judges the variable that an action sets, and the conditions behind it. */
function isVariableRefused(reader: Reader, { word, paren }: Named): boolean {
  const close = word.text.lastIndexOf(')');
  if (close !== word.text.length - 1) {
    reader.report('bad-value', word, say('")" is missing'));
    return true;
  }
  const [variable = '', ...conditions] = word.text.slice(paren + 1, close).split(',');
  const known = valuesOf('set-var.condition');
  const unknown = conditions.find((each) => !known.has(each.trim()));
  if (unknown !== undefined) {
    const message = say('"{0}" is not possible here; expected: {1}', unknown, [...known.keys()].join(', '));
    reader.report('bad-value', word, message);
    return true;
  }
  const fault = variableFault(variable);
  if (fault !== undefined) reader.report('bad-value', partOf(word, paren + 1, paren + 1 + variable.length), fault);
  return fault !== undefined;
}

function referToResolvers(reader: Reader, { name, word, paren }: Named): void {
  if (paren < 0 || name !== 'do-resolve') return;
  const [variable = '', resolvers = ''] = word.text.slice(paren + 1).split(/[,)]/);
  const start = paren + 2 + variable.length;
  if (resolvers !== '') reader.refer('resolvers', resolvers, partOf(word, start, start + resolvers.length));
}

/** Reads the one argument of an action that takes a number as well as an expression; whether it is right. */
function readNumberOrSample(reader: Reader, { action, name, word }: Named, argument: Word | undefined): boolean {
  const text = argument?.text ?? '';
  if (argument === undefined || startsCondition(argument)) {
    const message = say('"{0}" needs an argument: {1}', name, action.usage);
    reader.report('missing-argument', word, message, uselessWithout.test(name) ? { severity: 'warning' } : {});
    return false;
  }
  reader.expect(fetchIn(argument), expected.sampleFetch);
  if (argument.open) return true;
  if (/^[-+\d]/.test(text)) {
    if (/^[-+]?(?:\d+|0x[\da-fA-F]+)$/.test(text) || !/^(?:sc-|set-)/.test(name)) return true;
    reader.report('bad-value', argument, say('"{0}" is not a whole number', text));
    return false;
  }
  if (fetchOf(/^[\w.-]*/.exec(text)?.[0] ?? '') === undefined && !text.startsWith('lua.')) {
    reader.report('bad-value', argument, say('"{0}" is neither a number nor a sample expression', text));
    return false;
  }
  return readSample(reader, argument, 0, 'sample') !== undefined || reader.problems.length === 0;
}

/** How many counters a connection can have where "tune.stick-counters" is not given. */
const usualCounters = 3;

function checkCounter(reader: Reader, word: Word, number: string | undefined): void {
  if (number === undefined || Number(number) < usualCounters) return;
  reader.report(
    'bad-value',
    word,
    say('there are counters 0 to {0} only, unless "{1}" says otherwise', usualCounters - 1, 'tune.stick-counters'),
    { severity: 'warning', unless: 'tune.stick-counters' },
  );
}

/** The place of the condition behind an action that ends before `from`. */
function conditionBehind(reader: Reader, words: readonly Word[], from: number): number {
  const next = words[from];
  reader.expect(next, expected.conditionWord);
  if (next === undefined || startsCondition(next) || next.open) return skipToCondition(words, from);
  reader.report('surplus-argument', next, say('"if" or "unless" is expected behind the action, not "{0}"', next.text), {
    suggestion: nearest(next.text, ['if', 'unless']),
  });
  return -1;
}

function skipToCondition(words: readonly Word[], from: number): number {
  let at = from;
  while (at < words.length && !startsCondition(words[at])) at++;
  return at;
}

function upToCondition(words: readonly Word[], from: number): readonly Word[] {
  const end = skipToCondition(words, from);
  return end === words.length ? words : words.slice(0, end);
}
