import type { HaproxyAnalysis, Section } from '../../model/haproxy/analysis';
import { kindsOfSection } from '../../model/haproxy/instance-names';
import type { NameKind } from '../../model/haproxy/problem';

/** A file of the instance; the one that is asked about has no path of its own here. */
export interface InstanceFile {
  readonly path: string | undefined;
  readonly analysis: HaproxyAnalysis;
}

/** What a name stands for. Sections are told apart by identity: two kinds of them may have one name. */
export type Target =
  | { readonly kind: 'section'; readonly section: Section; readonly name: string }
  | { readonly kind: 'table'; readonly section: Section; readonly name: string }
  | { readonly kind: 'server'; readonly section: Section; readonly name: string }
  | { readonly kind: 'acl'; readonly section: Section; readonly name: string }
  /** What only a section itself knows: an account, a limit of bandwidth, a certificate of a store, an engine of SPOE. */
  | {
      readonly kind: 'user' | 'group' | 'limit' | 'certificate' | 'engine';
      readonly section: Section;
      readonly name: string;
    }
  /** One machine in all sections that name peers. */
  | { readonly kind: 'peer'; readonly name: string }
  | { readonly kind: 'variable'; readonly name: string }
  /** A variable of the environment that haproxy runs in. */
  | { readonly kind: 'environment'; readonly name: string };

/** The section that `name` stands for where `from` speaks of it. */
export function findSection(
  files: readonly InstanceFile[],
  kind: Exclude<NameKind, 'server' | 'acl'>,
  name: string,
  from: Section | undefined,
): Section | undefined {
  // A proxy takes over from the defaults above it, whatever stands below.
  if (kind === 'defaults' && from?.defaults?.name?.text === name) return from.defaults;
  let first: Section | undefined;
  for (const { analysis } of files) {
    for (const section of analysis.sections) {
      if (section.name?.text !== name || !kindsOfSection[section.type]?.includes(kind)) continue;
      if (kind !== 'table' || section.facts.hasTable) return section;
      first ??= section;
    }
  }
  return first;
}
