import { groupsOf } from './accounts';
import { methods } from './known-values';
import type { Offer, Question } from './offer';
import type { UnfinishedLine } from './place';
import type { Visited } from './visits';

/** What some fetches can only answer, or most often do. */
const answers: Readonly<Record<string, readonly string[]>> = {
  method: methods,
  'req.ssl_alpn': ['h2', 'http/1.1'],
  'req.ssl_ver': ['3.1', '3.2', '3.3', '3.4'],
  'req.ver': ['1.0', '1.1', '2.0', '3.0'],
  'res.ver': ['1.0', '1.1', '2.0', '3.0'],
  req_ver: ['1.0', '1.1', '2.0', '3.0'],
  resp_ver: ['1.0', '1.1', '2.0', '3.0'],
  'req.ssl_hello_type': ['1'],
  'res.ssl_hello_type': ['2'],
  'req.proto_http': ['true'],
  ssl_fc_alpn: ['h2', 'http/1.1'],
  ssl_fc_npn: ['h2', 'http/1.1'],
  ssl_fc_protocol: ['TLSv1.3', 'TLSv1.2', 'TLSv1.1', 'TLSv1'],
  ssl_bc_protocol: ['TLSv1.3', 'TLSv1.2', 'TLSv1.1', 'TLSv1'],
};

/** Patterns that the fetch in front of them can be compared with, where `visit` is a place for patterns. */
export function* patternOffers(visit: Visited, place: UnfinishedLine, question: Question): Iterable<Offer> {
  const { kind } = visit.expected;
  if (kind !== 'pattern' && kind !== 'flag') return;
  const { raw } = place.statement.line;
  const fetch = place.visits.findLast((each) => each.expected.kind === 'fetch' && each.start < visit.start);
  if (fetch === undefined) return;
  const name = raw.slice(fetch.start, fetch.end);
  for (const label of answers[name] ?? []) yield { label, kind: 'value', order: 4 };
  const list = /^http_auth_group\(([^()]*)\)/.exec(raw.slice(fetch.start))?.[1];
  if (list !== undefined) for (const label of groupsOf(question, list)) yield { label, kind: 'reference' };
}
