import { say } from '../../../base/message';
import { nearest } from '../../../base/nearest';
import type { Word } from '../../../syntax/haproxy/line';
import { readByGrammar } from '../arguments';
import { readCondition } from '../condition';
import { argumentNode, grammarOf } from '../grammar';
import type { Reader } from '../reader';
import { expected } from '../visit';

const backendName = argumentNode('backend', 'ref', 'backend');

export function readUseBackend(reader: Reader, args: readonly Word[]): void {
  const [target, word] = args;
  reader.expectNode(target, backendName);
  reader.expect(word, expected.conditionWord);
  if (target === undefined) return;
  if (target.text.includes('%')) {
    const grammar = grammarOf('<backend:logformat>');
    readByGrammar(reader, grammar, args, 0);
  } else if (!target.open) reader.refer('backend', target.text, target);
  if (word === undefined || word.open) return;
  if (word.text !== 'if' && word.text !== 'unless') {
    reader.report('bad-condition', word, say('"if" or "unless" is expected here, not "{0}"', word.text), {
      suggestion: nearest(word.text, ['if', 'unless']),
    });
    return;
  }
  readCondition(reader, args, 2);
}
