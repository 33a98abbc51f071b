import { say } from '../../../base/message';
import { type Release, releaseText } from '../../../catalog/haproxy/catalog';
import type { Word } from '../../../syntax/haproxy/line';
import { argumentNode } from '../grammar';
import type { Reader } from '../reader';
import type { Expected } from '../visit';

/** From here on the host of the request may stand behind the version. */
const hostTaken: Release = 301;

/** From here on no headers can be hidden behind the version. */
const headersRefused: Release = 300;

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
  if (reader.release >= headersRefused && version !== undefined && /[\r\n]/.test(version.text))
    reader.report(
      'bad-value',
      version,
      say('headers behind the version are refused from {0} on; use "http-check send"', releaseText(headersRefused)),
    );
  if (reader.release < hostTaken && host !== undefined && !host.open)
    reader.report(
      'surplus-argument',
      host,
      say('"{0}" is possible here from {1} on; use "http-check send hdr host {0}"', host.text, releaseText(hostTaken)),
    );
}
