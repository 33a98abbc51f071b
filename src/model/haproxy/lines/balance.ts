import { say } from '../../../base/message';
import { nearest } from '../../../base/nearest';
import type { Word } from '../../../syntax/haproxy/line';
import { readByGrammar } from '../arguments';
import { grammarOf } from '../grammar';
import type { Reader } from '../reader';
import { readSample } from '../sample';

const uriWords: readonly string[] = ['len', 'depth', 'path-only', 'whole'];

function readUriWords(reader: Reader, args: readonly Word[]): void {
  for (let at = 1; at < args.length; at++) {
    const word = args[at];
    if (word === undefined || word.open) return;
    if (!uriWords.includes(word.text)) {
      reader.report(
        'bad-value',
        word,
        say('"{0}" is not possible here; expected: {1}', word.text, uriWords.join(', ')),
        { suggestion: nearest(word.text, uriWords) },
      );
      return;
    }
    if (word.text !== 'len' && word.text !== 'depth') continue;
    const value = args[++at];
    if (value === undefined) reader.report('missing-argument', word, say('a value is missing behind "{0}"', word.text));
    else if (!value.open && !(Number.parseInt(value.text, 10) > 0)) {
      reader.report('bad-value', value, say('"{0}" wants a whole number from 1 on, not "{1}"', word.text, value.text));
      return;
    }
  }
}

export function readBalance(reader: Reader, args: readonly Word[]): void {
  const [name, second] = args;
  if (name === undefined) return;
  if (name.text === 'uri') for (const each of args.slice(1)) reader.expect(each, { kind: 'words', words: uriWords });
  if (name.text === 'url_param') reader.expect(args[2], { kind: 'words', words: ['check_post'] });
  readByGrammar(reader, grammarOf('<algorithm:balancealg>'), args, 0);
  if (name.text === 'hash' && second !== undefined && !second.open) readSample(reader, second, 0, 'sample');
  if (name.text === 'uri') readUriWords(reader, args);
  const third = args[2];
  if (name.text === 'url_param' && third !== undefined && !third.open && third.text !== 'check_post')
    reader.report('bad-value', third, say('"{0}" is not possible here; expected: {1}', third.text, 'check_post'));
  if (name.text === 'url_param' && second === undefined)
    reader.report('missing-argument', name, say('the name of a parameter is missing behind "{0}"', name.text));
  if (reader.problems.length === 0) checkEnclosed(reader, name, second);
}

/** What stands in the parentheses of a way to balance (backend_parse_balance in the program's backend.c). */
function checkEnclosed(reader: Reader, name: Word, second: Word | undefined): void {
  if (name.open) return;
  const [, algorithm = '', inside] = /^([\w-]+)(?:\((.*))?$/s.exec(name.text) ?? [];
  const needs = (usage: string): void =>
    reader.report('bad-value', name, say('"{0}" needs its argument in parentheses: {1}', algorithm, usage));
  if (algorithm === 'hdr') {
    if (inside === undefined || inside.startsWith(')')) needs('hdr(<name>)');
    else if (second !== undefined && !second.open && second.text !== 'use_domain_only')
      reader.report(
        'bad-value',
        second,
        say('"{0}" is not possible here; expected: {1}', second.text, 'use_domain_only'),
      );
  } else if (algorithm === 'rdp-cookie' && inside !== undefined) {
    if (!/^[^)]+\)/.test(inside)) needs('rdp-cookie(<name>)');
  } else if (algorithm === 'random' && inside !== undefined) {
    if (!/^\s*\+?\d+\)/.test(inside) || Number.parseInt(inside, 10) < 1) needs('random(<draws>)');
  } else if (algorithm === 'log-hash' && second === undefined)
    reader.report('missing-argument', name, say('"{0}" needs more: {1}', algorithm, 'log-hash <converters>'));
}
