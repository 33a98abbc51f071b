import type { Diagnostic, FileEdit } from '../../base/finding';
import type { Span } from '../../base/span';
import { buildClusters } from '../../model/cluster/build-model';
import { factsOf } from '../../model/cluster/facts/facts-of';
import { clusterRules } from '../../rules/cluster';
import { runRules } from '../../rules/rule';
import { type Embedded, outerEdit, outerSpan } from '../../syntax/runbook/runbook-tree';
import type { AnyLanguage } from '../language';
import { isLeftOpen } from './left-open';

const founding = ['cluster-init', 'datastore-endpoint'];

/** A configuration in a runbook and what it is. */
export interface RunbookPart {
  readonly embedded: Embedded;
  readonly language: AnyLanguage;
  readonly analysis: unknown;
  /** How the configuration is called: the name of the file it is for, or what it is. */
  readonly name: string;
  /** The line of the runbook it begins at. */
  readonly line: number;
}

/**
 * What the configurations of one runbook say together: a guide that sets up a load balancer, a virtual address and
 * servers describes one cluster. Nothing outside the runbook takes part. Every place is one of the runbook itself.
 */
export function diagnoseRunbookCluster(parts: readonly RunbookPart[], whole: string): readonly Diagnostic[] {
  const byPath = new Map(parts.map((part) => [`${part.name}:${part.line}`, part]));
  const facts = [...byPath].flatMap(
    ([path, { embedded, language, analysis }]) =>
      factsOf({ path, kind: language.kind, text: embedded.text, analysis }) ?? [],
  );
  if (facts.length < 2) return [];
  const outer = (path: string | undefined, span: Span): Span => {
    const part = path === undefined ? undefined : byPath.get(path);
    return part === undefined ? span : outerSpan(part.embedded, span);
  };
  return buildClusters(facts, [])
    .flatMap((model) => {
      const found = runRules(clusterRules, model);
      // Where no server makes a cluster that others join, several of them are variants of a guide for one machine.
      const isFounded = model.k3s.some(({ facts }) => founding.some((key) => facts.settings.has(key)));
      return isFounded ? found : found.filter((each) => each.rule !== 'cluster/separate-server');
    })
    .filter((each) => {
      const part = byPath.get(each.path ?? '');
      return part === undefined || !isLeftOpen(part.embedded, each);
    })
    .map((each): Diagnostic => {
      const edit = (one: FileEdit): FileEdit => {
        const part = byPath.get(one.path ?? path ?? '');
        return part === undefined ? one : outerEdit(part.embedded, whole, one);
      };
      const isEncoded = (one: FileEdit) => byPath.get(one.path ?? path ?? '')?.embedded.opaque !== undefined;
      const { path, related, fixes, ...rest } = each;
      return {
        ...rest,
        span: outer(path, each.span),
        ...(related === undefined
          ? {}
          : { related: related.map((one) => ({ span: outer(one.path, one.span), message: one.message })) }),
        ...(fixes === undefined
          ? {}
          : {
              fixes: fixes
                .filter((fix) => !fix.edits.some(isEncoded))
                .map((fix) => ({ ...fix, edits: fix.edits.map(edit) })),
            }),
      };
    });
}
