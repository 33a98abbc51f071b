import { say } from '../../base/message';
import { nearest } from '../../base/nearest';
import {
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
import { readByGrammar, startsCondition } from './arguments';
import { grammarOf } from './grammar';
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

/** Reads the action of a rule and its own arguments; answers the index behind them, or -1 after a problem. */
export function readAction(reader: Reader, ruleSet: string, words: readonly Word[], from: number): number {
  const word = words[from];
  if (word === undefined) return from;
  reader.expect(word, { kind: 'action', ruleSet });
  if (word.open) return words.length;
  const paren = word.text.indexOf('(');
  const name = paren < 0 ? word.text : word.text.slice(0, paren);
  const tracked = /^track-sc\d+$/.test(name);
  const action = actionOf(tracked ? 'track-sc0' : name);
  if (name.startsWith('lua.')) {
    let at = from + 1;
    while (at < words.length && !startsCondition(words[at])) at++;
    return at;
  }
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
    return -1;
  }
  if (!existsIn({ since: life[0], removed: life[1] }, reader.release)) {
    reader.report('too-new-keyword', word, say('"{0}" exists from {1} on', name, releaseText(life[0])));
    return -1;
  }
  if (action.glued && paren < 0) {
    const message = say('"{0}" needs its argument in parentheses: {1}', name, action.usage);
    reader.report('missing-argument', word, message, uselessWithout.test(name) ? { severity: 'warning' } : {});
    return -1;
  }
  if (paren >= 0 && /^(un)?set-var/.test(name)) {
    const close = word.text.lastIndexOf(')');
    if (close !== word.text.length - 1) {
      reader.report('bad-value', word, say('")" is missing'));
      return -1;
    }
    const [variable = '', ...conditions] = word.text.slice(paren + 1, close).split(',');
    const unknown = conditions.find((each) => !valuesOf('set-var.condition').has(each.trim()));
    if (unknown !== undefined) {
      reader.report(
        'bad-value',
        word,
        say('"{0}" is not possible here; expected: {1}', unknown, [...valuesOf('set-var.condition').keys()].join(', ')),
      );
      return -1;
    }
    const fault = variableFault(variable);
    if (fault !== undefined) {
      reader.report('bad-value', partOf(word, paren + 1, paren + 1 + variable.length), fault);
      return -1;
    }
  }
  const numbers = paren >= 0 ? gluedNumbers[name] : undefined;
  if (numbers !== undefined) {
    const given = word.text
      .slice(paren + 1)
      .replace(/\)$/, '')
      .split(',');
    if (
      !word.text.endsWith(')') ||
      given.length !== numbers ||
      given.some((each) => !/^\d+$/.test(each) && !(numbers === 1 && each === ''))
    ) {
      reader.report(
        'bad-value',
        partOf(word, paren, word.text.length),
        say('"{0}" needs its argument in parentheses: {1}', name, action.usage),
      );
      return -1;
    }
  }
  // With two numbers the second one is that of the counter.
  if (numbers !== undefined) checkCounter(reader, word, word.text.slice(paren).match(/\d+/g)?.[numbers - 1]);
  else if (tracked) checkCounter(reader, word, /\d+$/.exec(name)?.[0]);
  if (action.experimental) reportExperimental(reader, word, name);
  if (paren >= 0 && name === 'do-resolve') {
    const [variable = '', resolvers = ''] = word.text.slice(paren + 1).split(/[,)]/);
    const start = paren + 2 + variable.length;
    if (resolvers !== '') reader.refer('resolvers', resolvers, partOf(word, start, start + resolvers.length));
  }
  if (name === 'redirect') return readRedirect(reader, words, from + 1, ruleSet);
  const args = upToCondition(words, from + 1).slice(from + 1);
  // Whoever is still writing wants to know what comes next.
  if (isActionRefused(name, { reader, ruleSet, action: word, args }) && !reader.isWatched) return -1;
  // A number or an expression: the program takes whichever it can read.
  const grammar = /^\{ <\w+:(?:int|time)/.test(action.grammar) ? undefined : grammarOf(action.grammar);
  if (grammar === undefined) {
    const second = words[from + 1];
    const first = second?.text ?? '';
    if (second === undefined || startsCondition(second)) {
      const message = say('"{0}" needs an argument: {1}', name, action.usage);
      reader.report('missing-argument', word, message, uselessWithout.test(name) ? { severity: 'warning' } : {});
      return -1;
    }
    reader.expect(fetchIn(second), expected.sampleFetch);
    if (
      !/^[-+\d]/.test(first) &&
      fetchOf(/^[\w.-]*/.exec(first)?.[0] ?? '') === undefined &&
      !second.open &&
      !first.startsWith('lua.')
    ) {
      reader.report('bad-value', second, say('"{0}" is neither a number nor a sample expression', first));
      return -1;
    }
    if (!second.open) {
      if (/^[-+\d]/.test(first)) {
        if (!/^[-+]?(?:\d+|0x[\da-fA-F]+)$/.test(first) && /^(?:sc-|set-)/.test(name)) {
          reader.report('bad-value', second, say('"{0}" is not a whole number', first));
          return -1;
        }
      } else if (readSample(reader, second, 0, 'sample') === undefined && reader.problems.length > 0) return -1;
    }
    return conditionBehind(reader, words, from + 2);
  }
  const end = readByGrammar(reader, grammar, upToCondition(words, from + 1), from + 1);
  if (end < 0) {
    if (words[from + 1] === undefined && uselessWithout.test(name)) reader.soften('missing-argument');
    return -1;
  }
  const next = words[end];
  reader.expect(next, expected.conditionWord);
  if (next !== undefined && !startsCondition(next) && !next.open) {
    reader.report(
      'surplus-argument',
      next,
      say('"if" or "unless" is expected behind the action, not "{0}"', next.text),
      {
        suggestion: nearest(next.text, ['if', 'unless']),
      },
    );
    return -1;
  }
  return end;
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
