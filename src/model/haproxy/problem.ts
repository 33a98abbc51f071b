import type { Severity } from '../../base/finding';
import type { Message } from '../../base/message';
import type { Release } from '../../catalog/haproxy/catalog';

/** The mistakes that reading one file can find; `haproxy/` and this is the id of the rule that is reported. */
export type Mistake =
  | 'unreadable-line'
  | 'bad-value'
  | 'bad-condition'
  | 'bad-expression'
  | 'bad-section'
  | 'conflicting-settings'
  | 'duplicate-name'
  | 'ignored-setting'
  | 'missing-argument'
  | 'missing-setting'
  | 'removed-keyword'
  | 'too-new-keyword'
  | 'surplus-argument'
  | 'unknown-keyword'
  | 'unknown-reference'
  | 'unreachable-rule'
  | 'misordered-rule'
  | 'wrong-section';

/** Lines of `global` that make something possible elsewhere. */
export type GlobalLine =
  | 'ssl-server-verify none'
  | 'expose-experimental-directives'
  | 'external-check'
  | 'tune.bufsize.large'
  | 'strict-sni'
  | 'ssl-default-bind-options'
  | 'tune.stick-counters';

/** A mistake on one line; offsets count from the start of that line, so equal lines share one value. */
export interface Problem {
  readonly mistake: Mistake;
  readonly start: number;
  readonly end: number;
  readonly message: Message;
  readonly severity?: Severity;
  /** What was most likely meant instead of the words of the span. */
  readonly suggestion?: string;
  /** What the suggestion is the name of, where a section has it. */
  readonly suggestedKind?: NameKind;
  /** Does not hold where a `global` section has this line. */
  readonly unless?: GlobalLine;
  /** The first release that refuses it, where older ones do not. */
  readonly refusedFrom?: Release;
  /** It is looked at in a proxy that is disabled, too. */
  readonly evenDisabled?: boolean;
}

/** What a name can stand for. */
export type NameKind =
  | 'backend'
  | 'frontend'
  | 'proxy'
  | 'server'
  | 'table'
  | 'userlist'
  | 'peers'
  | 'resolvers'
  | 'cache'
  | 'mailers'
  | 'http-errors'
  | 'fcgi-app'
  | 'ring'
  | 'log-profile'
  | 'acme'
  | 'healthcheck'
  | 'defaults'
  | 'acl';

/** A word (or a part of one) that names something written elsewhere. Offsets count from the start of the line. */
export interface Reference {
  readonly kind: NameKind;
  readonly name: string;
  readonly start: number;
  readonly end: number;
}
