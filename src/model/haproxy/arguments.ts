import { say } from '../../base/message';
import { nearest } from '../../base/nearest';
import type { Word } from '../../syntax/haproxy/line';
import { readAction } from './action';
import { checkValue } from './check-value';
import { readCondition, startsCondition } from './condition';
import type { ArgumentNode, ChoiceNode, Node } from './grammar';
import { readBindParams, readServerParams } from './parameters';
import type { Reader } from './reader';
import { readSample } from './sample';
import { portFault } from './values';

/**
 * Reads words by a grammar from `from` on and answers the index behind the last one it took, or -1 after a problem.
 * `least` is the number of arguments the program insists on, where it takes fewer than the grammar says.
 */
export function readByGrammar(
  reader: Reader,
  nodes: readonly Node[],
  words: readonly Word[],
  from: number,
  least?: number,
): number {
  let at = from;
  for (const node of nodes) {
    const word = words[at];
    reader.expectNode(word, node);
    if (node.kind === 'argument' && node.type === 'condition' && word === undefined) return at;
    if (node.kind === 'literal') {
      if (word === undefined) return missing(reader, words, from, least, node.text) ? -1 : at;
      if (word.text !== node.text) {
        if (word.open) return words.length;
        reader.report('bad-value', word, say('"{0}" is expected here, not "{1}"', node.text, word.text), {
          suggestion: nearest(word.text, [node.text]),
        });
        return -1;
      }
      at++;
    } else if (node.kind === 'argument') {
      if (word === undefined)
        return node.name !== 'groups' && node.name !== 'users' && missing(reader, words, from, least, `<${node.name}>`)
          ? -1
          : at;
      at = readArgument(reader, node, words, at);
      if (at < 0) return -1;
      while (node.repeated && at < words.length && !startsCondition(words[at])) {
        reader.expectNode(words[at], node);
        at = readArgument(reader, node, words, at);
        if (at < 0) return -1;
      }
    } else {
      const next = readChoice(reader, node, words, at, from, least);
      if (next < 0) return -1;
      at = next;
    }
  }
  return at;
}

function missing(
  reader: Reader,
  words: readonly Word[],
  from: number,
  least: number | undefined,
  what: string,
): boolean {
  if (least !== undefined && words.length - from >= least) return false;
  const last = words.at(-1) ?? reader.words.at(-1);
  if (last !== undefined) reader.report('missing-argument', last, say('{0} is missing behind "{1}"', what, last.text));
  return true;
}

function readChoice(
  reader: Reader,
  node: ChoiceNode,
  words: readonly Word[],
  from: number,
  lineFrom: number,
  least: number | undefined,
): number {
  let at = from;
  for (;;) {
    const word = words[at];
    if (word === undefined) {
      if (node.optional || at > from) return at;
      return missing(reader, words, lineFrom, least, literalsOf(node).join(' | ') || '<value>') ? -1 : at;
    }
    // What a variable holds may be the word that stands for a whole line, such as "global" behind "log".
    if (word.open && literalsOf(node).length > 0) return words.length;
    const alternative = choose(node, word);
    if (alternative === undefined) {
      if (node.optional || at > from) return at;
      if (node.lenient || word.open) at++;
      else {
        const literals = literalsOf(node);
        reader.report(
          'bad-value',
          word,
          say('"{0}" is not possible here; expected: {1}', word.text, literals.join(', ')),
          {
            suggestion: nearest(word.text, literals),
          },
        );
        return -1;
      }
    } else {
      const next = readByGrammar(reader, alternative, words, at);
      if (next < 0) return -1;
      if (next === at) return at;
      at = next;
    }
    if (!node.repeated) return at;
    reader.expectNode(words[at], node);
  }
}

function choose(node: ChoiceNode, word: Word): readonly Node[] | undefined {
  let open: readonly Node[] | undefined;
  for (const each of node.alternatives) {
    const first = each[0];
    if (first === undefined) continue;
    if (first.kind === 'literal') {
      if (first.text === word.text) return each;
    } else if (first.kind === 'choice') {
      if (choose(first, word) !== undefined) return each;
    } else if (first.kind === 'argument' && first.type === 'sample' && /^\d/.test(word.text)) {
      // No name begins with a digit: this is the number that may stand there instead.
    } else if (!startsCondition(word)) open ??= each;
  }
  return open;
}

/** The words with which the alternatives begin. */
function literalsOf(node: ChoiceNode): string[] {
  return node.alternatives.flatMap((each) => {
    const first = each[0];
    return first?.kind === 'literal' ? [first.text] : first?.kind === 'choice' ? literalsOf(first) : [];
  });
}

function readArgument(reader: Reader, node: ArgumentNode, words: readonly Word[], at: number): number {
  const word = words[at];
  if (word === undefined) return at;
  switch (node.type) {
    case 'condition':
      readCondition(reader, words, at);
      return words.length;
    case 'action':
      return readAction(reader, node.parameter.replace('+', ' '), words, at, readByGrammar);
    case 'bindparam':
      readBindParams(reader, words, at);
      return words.length;
    case 'serverparam':
      readServerParams(reader, words, at, 'server');
      return words.length;
    case 'sample':
      if (word.open) return at + 1;
      if (/^\d+$/.test(word.text) && (node.name === 'port' || words[at - 1]?.text.startsWith('port') === true)) {
        const fault = portFault(
          word.text,
          { required: true, range: false, offset: false, nonZero: true },
          reader.release,
        );
        if (fault !== undefined) reader.report('bad-value', word, fault);
        return fault === undefined ? at + 1 : -1;
      }
      return readSample(reader, word, 0, 'sample') === undefined ? -1 : at + 1;
    default:
      if (!word.open) checkValue(reader, node, word);
      return at + 1;
  }
}
