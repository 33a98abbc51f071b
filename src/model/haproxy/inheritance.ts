import { type Message, say } from '../../base/message';
import type { Release } from '../../catalog/haproxy/catalog';
import type { Section } from './analysis';

/** What inherits from one `defaults` section so far. */
interface Heirs {
  frontend: boolean;
  backend: boolean;
}

/**
 * Rules in a `defaults` section are resolved for the side that inherits them, so both sides cannot have the same ones
 * (parse_new_proxy in the program's cfgparse-listen.c).
 */
export class Inheritance {
  private readonly heirs = new Map<Section, Heirs>();

  /** Before 2.5 a `defaults` section has no rules at all. */
  constructor(private readonly release: Release) {}

  /** Why `section` cannot start from its `defaults`, given the sections above it. */
  fault(section: Section): Message | undefined {
    const { defaults, type } = section;
    if (defaults === undefined || this.release < 205) return undefined;
    const has = (rule: string): boolean => defaults.facts.settings.own.has(rule);
    if (!ruleSets.some(has)) return undefined;
    const name = defaults.name?.text ?? '';
    const heirs = this.heirs.get(defaults) ?? { frontend: false, backend: false };
    this.heirs.set(defaults, heirs);
    if (type === 'listen' || type === 'defaults')
      return say('a {0} section cannot start from "{1}", because rules stand there', type, name);
    const refused =
      type === 'backend'
        ? ['tcp-request connection', 'tcp-request session'].find(has)
        : ['tcp-response content'].find(has);
    if (refused !== undefined)
      return say('a {0} section cannot start from "{1}", because a "{2}" rule stands there', type, name, refused);
    heirs[type === 'backend' ? 'backend' : 'frontend'] = true;
    return heirs.frontend && heirs.backend
      ? say('frontends and backends cannot both start from "{0}", because rules stand there', name)
      : undefined;
  }
}

const ruleSets: readonly string[] = [
  'http-request',
  'http-response',
  'http-after-response',
  'tcp-request connection',
  'tcp-request session',
  'tcp-request content',
  'tcp-response content',
];
