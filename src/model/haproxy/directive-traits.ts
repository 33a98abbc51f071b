import type { Directive } from '../../catalog/haproxy/catalog';
import { stepOf } from './check-steps';

/** Families of rules in the order in which the program runs them, whatever the order of the file. */
export const requestFamilies: readonly string[] = [
  'quic-initial',
  'tcp-request connection',
  'tcp-request session',
  'tcp-request content',
  'monitor fail',
  'http-request',
  'redirect',
  'use_backend',
  'use-server',
];
export const responseFamilies: readonly string[] = ['tcp-response content', 'http-response'];

/** What of a directive matters to its section, so that a line costs no comparison of names that cannot be its own. */
export interface Traits {
  readonly name: string;
  /** The name, or `timeout` for all of them. */
  readonly kind: string;
  readonly isRule: boolean;
  /** Where its family stands among those that the program runs in their own order, or -1. */
  readonly requestOrder: number;
  readonly responseOrder: number;
  readonly needsHttp: boolean;
  readonly hasConflicts: boolean;
  /** It stores or matches entries of a stick-table. */
  readonly sticks: boolean;
  readonly loadsCode: boolean;
  readonly namesBackend: boolean;
  /** It names one of the servers of the section, or what stands for them outside a proxy. */
  readonly namesServer: boolean;
  /** What it adds to a health check. */
  readonly step: ReturnType<typeof stepOf>;
}

const knownTraits = new Map<Directive, Traits>();

export function traitsOf(directive: Directive): Traits {
  let traits = knownTraits.get(directive);
  if (traits === undefined) {
    traits = readTraits(directive);
    knownTraits.set(directive, traits);
  }
  return traits;
}

function readTraits({ name, ignoredInTcp }: Directive): Traits {
  const isHttpRule = name === 'http-request' || name === 'http-response' || name === 'http-after-response';
  return {
    name,
    kind: name.startsWith('timeout ') ? 'timeout' : name,
    isRule: isHttpRule || name.startsWith('tcp-re'),
    requestOrder: requestFamilies.indexOf(name),
    responseOrder: responseFamilies.indexOf(name),
    needsHttp: ignoredInTcp || name.startsWith('http-re') || name === 'http-after-response' || name === 'redirect',
    hasConflicts: withConflicts.has(name),
    sticks: name.startsWith('stick '),
    loadsCode: name.startsWith('lua-load'),
    namesBackend: name.endsWith('_backend'),
    namesServer: name === 'server' || name === 'peer' || name === 'nameserver' || name === 'mailer',
    step: stepOf(name),
  };
}

/** The directives that `checkConflicts` compares with others. */
const withConflicts: ReadonlySet<string> = new Set([
  'bind',
  'cookie',
  'filter',
  'hash-balance-factor',
  'mode',
  'stats auth',
  'stats http-request',
  'stats realm',
]);
