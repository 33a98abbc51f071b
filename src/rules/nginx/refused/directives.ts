import type { Finding } from '../../../base/finding';
import { say } from '../../../base/message';
import { nearest } from '../../../base/nearest';
import { type StreamDirective, streamDirectives } from '../../../catalog/nginx/stream';
import type { NginxDirective, NginxWord } from '../../../syntax/nginx/parse-nginx';
import { known, ofHttp, swallowed, words } from './names';
import { valueProblems } from './values';

/** Blocks that stand beside `stream`. */
const ofMain = words('events http mail stream');

const blocks = words('server upstream map geo split_clients');

/** Where a directive stands: the letter of the table and the name of the block. */
export type Place = readonly [letter: 'm' | 't' | 's' | 'u', name: string];
export const inStream: Place = ['t', 'stream'];

/** What nginx refuses of one line of `stream` by itself, and of where it stands. */
export function* directiveProblems(text: string, directive: NginxDirective, place: Place): Iterable<Finding> {
  const { name, args, block } = directive;
  const row = streamDirectives.get(name.text);
  const misnamed = nameProblem(directive, place);
  if (misnamed !== undefined) yield misnamed;
  if (misnamed !== undefined || row === undefined) return;
  const refused = endProblem(text, directive, place) ?? placeProblem(directive, row, place);
  if (refused !== undefined) {
    yield refused;
  } else if (name.text === 'server') {
    const extra = block === undefined ? undefined : args[0];
    if (extra !== undefined)
      yield { span: extra.span, message: say('"{0}" takes no word before its braces', name.text) };
  } else {
    const miscounted = countProblem(directive, row);
    if (miscounted !== undefined) yield miscounted;
    else if (block === undefined) yield* valueProblems(directive, row, place[0] === 'u');
  }
}

/** What is wrong with the name alone. */
function nameProblem({ name }: NginxDirective, place: Place): Finding | undefined {
  if (ofMain.has(name.text)) return { span: name.span, message: notHere(name, place) };
  if (ofHttp.has(name.text))
    return { span: name.span, message: say('"{0}" is a directive of http, and nginx refuses it in stream', name.text) };
  const strange = /[\u00a0\u200b\u3000\ufeff\v\f]/.exec(name.text);
  if (strange !== null) {
    const start = name.span.start + strange.index;
    const span = { start, end: start + 1 };
    return {
      span,
      message: say('this looks like a space, and nginx reads it as a letter of the directive'),
      fixes: [{ title: say('Put a space there'), edits: [{ span, newText: ' ' }], confidence: 'safe' }],
    };
  }
  const instead = known.has(name.text) ? undefined : directiveMeant(name.text);
  if (instead === undefined) return undefined;
  return {
    span: name.span,
    message: say('nginx has no directive "{0}"; did you mean "{1}"?', name.text, instead),
    fixes: [
      {
        title: say('Change to "{0}"', instead),
        edits: [{ span: name.span, newText: instead }],
        confidence: 'review',
      },
    ],
  };
}

/** The directive that somebody who wrote `text` meant; undefined where it may be one of a module. */
function directiveMeant(text: string): string | undefined {
  // A name with its capitals or a colon is one that `nearest` finds no other for.
  const bare = text.replace(/:$/, '');
  const same = bare.toLowerCase();
  if (known.has(same)) return same;
  const meant = /^\w+:?$/.test(text) ? nearest(bare, known) : undefined;
  // `ssl_` and `js_` have many names of their own, and names of modules may be near one of nginx.
  return meant === undefined || Math.abs(meant.length - text.length) > 1 ? undefined : meant;
}

/** The sign that ends a directive is missing, so that it takes the next one for a word of its own. */
function endProblem(text: string, directive: NginxDirective, place: Place): Finding | undefined {
  const { name, block } = directive;
  const lost = swallowed(text, directive);
  if (lost === undefined) return undefined;
  const [before, next] = lost;
  const behind = { start: before.span.end, end: before.span.end };
  if (place === inStream && block === undefined && (name.text === 'server' || name.text === 'upstream'))
    return {
      span: before.span,
      message: say('a "{" is missing behind this'),
      fixes: [{ title: say('Insert "{"'), edits: [{ span: behind, newText: ' {' }], confidence: 'safe' }],
    };
  return {
    span: next.span,
    message: say('a ";" is missing before "{0}": nginx reads it as a word of "{1}"', next.text, name.text),
    fixes: [{ title: say('Insert ";"'), edits: [{ span: behind, newText: ';' }], confidence: 'safe' }],
  };
}

/** It may not stand there, or not with or without a block. */
function placeProblem({ name, args, block }: NginxDirective, row: StreamDirective, place: Place): Finding | undefined {
  if (!row.places.includes(place[0])) return { span: name.span, message: notHere(name, place) };
  const needsBlock = blocks.has(name.text) && !(name.text === 'server' && place[0] === 'u');
  if (needsBlock === (block !== undefined)) return undefined;
  const message = needsBlock ? say('a "{" is missing behind this') : say('"{0}" takes no block', name.text);
  return { span: args.at(-1)?.span ?? name.span, message };
}

function countProblem({ name, args }: NginxDirective, row: StreamDirective): Finding | undefined {
  const isFilledIn = args.some((each) => /[<>{}%]/.test(each.text));
  if (isFilledIn || (args.length >= row.least && args.length <= row.most)) return undefined;
  return {
    span: args[row.most]?.span ?? name.span,
    message:
      row.least === 1 && row.most === 1
        ? say('"{0}" takes one word', name.text)
        : say('the number of words behind "{0}" is {1} and has to be {2}', name.text, args.length, range(row)),
  };
}

const notHere = (name: NginxWord, [, block]: Place) => say('"{0}" may not stand in {1}', name.text, block);

const range = ({ least, most }: StreamDirective) =>
  most === Infinity ? `${least}+` : least === most ? `${least}` : `${least}–${most}`;
