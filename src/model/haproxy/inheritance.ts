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
  /** Those that a section named, and those that one fell under without naming them. */
  private readonly named = new Set<Section>();
  private readonly unnamed = new Set<Section>();

  /** Before 2.5 a `defaults` section has no rules at all. */
  constructor(private readonly release: Release) {}

  /** What is odd about where `section` starts from: another one names the same `defaults`, or takes it without a name. */
  mixed({ defaults, facts }: Section): Message | undefined {
    if (defaults === undefined || this.release < 205) return undefined;
    const isNamed = facts.references.some(({ line, value }) => line === 0 && value.kind === 'defaults');
    (isNamed ? this.named : this.unnamed).add(defaults);
    return this.named.has(defaults) && this.unnamed.has(defaults)
      ? say(
          'some sections name defaults "{0}" and others take it because it stands above them: name it everywhere',
          defaults.name?.text ?? '',
        )
      : undefined;
  }

  /** Why `section` cannot start from its `defaults`, given the sections above it. */
  fault(section: Section): Message | undefined {
    const { defaults, type } = section;
    if (defaults === undefined || this.release < 205) return undefined;
    const has = (rule: string): boolean => defaults.facts.settings.isSure(rule);
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
    if (type === 'backend' && (defaults.facts.captures ?? 0) > 0)
      return say('a {0} section cannot start from "{1}", because a "{2}" rule stands there', type, name, 'capture');
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
