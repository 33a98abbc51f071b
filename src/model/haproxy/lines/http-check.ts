import { say } from '../../../base/message';
import { nearest } from '../../../base/nearest';
import { type Release, releaseText } from '../../../catalog/haproxy/catalog';
import type { Word } from '../../../syntax/haproxy/line';
import { argumentNode } from '../grammar';
import type { Reader } from '../reader';
import { regexFault } from '../values';
import { type Expected, expected } from '../visit';

/** From here on the host of the request may stand behind the version. */
const hostTaken: Release = 301;

const checkMethod: Expected = {
  kind: 'words',
  words: ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'DELETE', 'CONNECT', 'TRACE', 'PATCH'],
};
const checkUri = argumentNode('uri', 'url');
const checkVersion: Expected = { kind: 'words', words: ['HTTP/1.0', 'HTTP/1.1'] };

/** `[[<method>] <uri> [<version> [<host>]]]`: a single word is the URI. */
export function readHttpchk(reader: Reader, args: readonly Word[]): void {
  const [first, uri, version, host] = args;
  reader.expectNode(uri ?? first, checkUri);
  if (uri !== undefined || first?.text.startsWith('/') !== true) reader.expect(first, checkMethod);
  reader.expect(version, checkVersion);
  if (reader.release < hostTaken && host !== undefined && !host.open)
    reader.report(
      'surplus-argument',
      host,
      say('"{0}" is possible here from {1} on; use "http-check send hdr host {0}"', host.text, releaseText(hostTaken)),
    );
}

const expectOptions: ReadonlySet<string> = new Set([
  'min-recv',
  'comment',
  'ok-status',
  'error-status',
  'tout-status',
  'on-success',
  'on-error',
  'status-code',
]);
const expectMatches: ReadonlySet<string> = new Set([
  'status',
  'rstatus',
  'hdr',
  'fhdr',
  'string',
  'rstring',
  'string-lf',
]);

export function readHttpExpect(reader: Reader, args: readonly Word[], line: Word): void {
  let at = 0;
  const words = [...expectMatches, ...expectOptions, '!'];
  reader.expect(args[at], { kind: 'words', words });
  while (expectOptions.has(args[at]?.text ?? '')) {
    at += 2;
    reader.expect(args[at], { kind: 'words', words });
  }
  if (args[at]?.text === '!') at++;
  const match = args[at];
  const pattern = args[at + 1];
  reader.expect(match, { kind: 'words', words });
  reader.expect(pattern, expected.pattern);
  if (match === undefined) {
    reader.report(
      'missing-argument',
      args.at(-1) ?? line,
      say('a match is missing: {0}', [...expectMatches].join(', ')),
    );
    return;
  }
  if (match.open) return;
  if (!expectMatches.has(match.text)) {
    reader.report(
      'bad-value',
      match,
      say('"{0}" is not possible here; expected: {1}', match.text, [...expectMatches].join(', ')),
      {
        suggestion: nearest(match.text, expectMatches),
      },
    );
  } else if (pattern === undefined)
    reader.report('missing-argument', match, say('a value is missing behind "{0}"', match.text));
  else if (
    args[at + 2] !== undefined &&
    args[at + 2]?.open === false &&
    !match.text.includes('hdr') &&
    !expectOptions.has(args[at + 2]?.text ?? '')
  )
    reader.report(
      'surplus-argument',
      args[at + 2] ?? line,
      say('"{0}" is not expected here: {1}', args[at + 2]?.text ?? '', `${match.text} <pattern>`),
    );
  else if (match.text === 'status' && !pattern.open && !/^-?\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*$/.test(pattern.text))
    reader.report('bad-value', pattern, say('"{0}" is not a list of status codes such as 200,300-399', pattern.text));
  else if (match.text.startsWith('r') && !pattern.open) {
    const fault = regexFault(pattern.text);
    if (fault !== undefined) reader.report('bad-value', pattern, fault);
  }
}
