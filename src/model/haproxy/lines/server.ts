import { say } from '../../../base/message';
import type { Release } from '../../../catalog/haproxy/catalog';
import type { Word } from '../../../syntax/haproxy/line';
import { checkServerAddress, readEndingParams, readServerParams } from '../parameters';
import type { Reader } from '../reader';
import { expected } from '../visit';

/** From here on the address of a peer needs its port. */
const peerPortRequired: Release = 300;

export function readServerLine(reader: Reader, args: readonly Word[]): void {
  const [name, address] = args;
  if (name === undefined) return;
  checkServerName(reader, name);
  if (reader.section === 'peers') {
    if (address !== undefined && (reader.release >= peerPortRequired || !/^[a-z-]+$/.test(address.text)))
      checkServerAddress(reader, address, reader.release >= peerPortRequired);
    readServerParams(reader, args, 2, 'server');
    return;
  }
  if (address === undefined) {
    reader.report('missing-argument', name, say('server "{0}" needs an address', name.text));
    return;
  }
  checkServerAddress(reader, address, false);
  const { ending } = reader.line;
  // With a prefix such as "no" the words are not where the ending has them.
  if (ending !== undefined && ending.words.length === args.length - 2) readEndingParams(reader, args, 2, ending);
  else readServerParams(reader, args, 2, 'server');
}

function checkServerName(reader: Reader, name: Word): void {
  reader.expect(name, expected.name);
  if (!name.open && /[^\w.:-]/.test(name.text))
    reader.report(
      'bad-value',
      name,
      say('the name "{0}" may hold only letters, digits, ".", ":", "_" and "-"', name.text),
    );
}

export function readServerTemplate(reader: Reader, args: readonly Word[]): void {
  const [prefix, count, address] = args;
  reader.expect(prefix, expected.name);
  reader.expect(count, expected.number);
  const range = /^(\d+)(?:-(\d+))?/.exec(count?.text ?? '');
  const [low, high] = [Number(range?.[1] ?? 0), Number(range?.[2] ?? Number.POSITIVE_INFINITY)];
  if (count !== undefined && !count.open && (low === 0 || low > high))
    reader.report('bad-value', count, say('"{0}" is not a number of servers', count.text));
  if (address !== undefined) checkServerAddress(reader, address, false);
  readServerParams(reader, args, 3, 'server');
}

export function readPeerLine(reader: Reader, args: readonly Word[]): void {
  const [name, address] = args;
  reader.expect(name, expected.name);
  if (address === undefined) return;
  checkServerAddress(reader, address, reader.release >= peerPortRequired);
  readServerParams(reader, args, 2, 'server');
}
