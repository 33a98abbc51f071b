import { existsIn, valuesOf } from '../../catalog/haproxy/catalog';
import type { Offer, Question } from './offer';

const internet: readonly string[] = ['ipv4@', 'ipv6@', 'tcp@', 'tcp4@', 'tcp6@'];
const datagrams: readonly string[] = ['ipv4@', 'ipv6@', 'udp@', 'udp4@', 'udp6@'];
const sockets: readonly string[] = ['unix@', 'abns@', 'abnsz@'];
const multipath: readonly string[] = ['mptcp@', 'mptcp4@', 'mptcp6@'];
const quic: readonly string[] = ['quic4@', 'quic6@'];
const streams: readonly string[] = [...internet, ...sockets, 'uxst@', ...multipath];

/** What the addresses of a line may begin with, as far as the program takes it there (`str2sa_range` in its tools.c). */
const prefixes: ReadonlyMap<string, readonly string[]> = new Map([
  ['bind', [...streams, ...quic, 'fd@', 'sockpair@', 'rhttp@']],
  ['stats socket', [...streams, 'fd@', 'sockpair@']],
  ['dgram-bind', [...datagrams, ...sockets, 'uxdg@', 'fd@']],
  ['server', [...streams, ...quic, 'sockpair@', 'rhttp@']],
  ['log', [...datagrams, ...internet.slice(2), ...sockets, 'uxdg@', 'fd@']],
  ['nameserver', [...datagrams, ...internet.slice(2)]],
  ['peer', streams],
  ['mailer', internet],
]);

/** Addresses that lines of their kind often have. */
const usual: Readonly<Record<string, readonly string[]>> = {
  bind: ['*:', ':::'],
  'stats socket': ['/run/haproxy/admin.sock'],
  source: ['0.0.0.0'],
};

/** What an address may begin with, where the directive of the line is known. */
export function* addressOffers({ directive = '', release }: Question): Iterable<Offer> {
  for (const label of usual[directive] ?? []) yield { label, kind: 'value', order: 4 };
  const known = valuesOf('address.prefix');
  for (const label of prefixes.get(directive) ?? internet.slice(0, 2)) {
    const prefix = known.get(label);
    if (prefix !== undefined && existsIn(prefix, release))
      yield { label, kind: 'value', documentation: prefix.summary, order: 5 };
  }
}
