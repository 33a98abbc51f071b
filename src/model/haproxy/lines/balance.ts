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
}
