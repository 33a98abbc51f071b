import type { Diagnostic, FileEdit } from '../../base/finding';
import type { Span } from '../../base/span';
import { buildClusters } from '../../model/cluster/build-model';
import { factsOf } from '../../model/cluster/facts/facts-of';
import { clusterRules } from '../../rules/cluster';
import { runRules } from '../../rules/rule';
import { type Embedded, outerSpan } from '../../syntax/runbook/parse-runbook';
import type { AnyLanguage } from '../language';

/** A configuration in a runbook and what it is. */
export interface RunbookPart {
  readonly embedded: Embedded;
  readonly language: AnyLanguage;
  readonly analysis: unknown;
}

/**
 * What the configurations of one runbook say together: a guide that sets up a load balancer, a virtual address and
 * servers describes one cluster. Nothing outside the runbook takes part. Every place is one of the runbook itself.
 */
export function diagnoseRunbookCluster(parts: readonly RunbookPart[]): readonly Diagnostic[] {
  const byPath = new Map(parts.map((part, index) => [`part-${index}`, part]));
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
    .flatMap((model) => runRules(clusterRules, model))
    .filter(({ path, span }) => !isLeftOpen(byPath.get(path ?? ''), span))
    .map((each): Diagnostic => {
      const edit = (one: FileEdit): FileEdit => ({ span: outer(one.path, one.span), newText: one.newText });
      const { path, related, fixes, ...rest } = each;
      return {
        ...rest,
        span: outer(path, each.span),
        ...(related === undefined
          ? {}
          : { related: related.map((one) => ({ span: outer(one.path, one.span), message: one.message })) }),
        ...(fixes === undefined ? {} : { fixes: fixes.map((fix) => ({ ...fix, edits: fix.edits.map(edit) })) }),
      };
    });
}

/** A part that the shell still fills in says nothing certain about the others. */
function isLeftOpen(part: RunbookPart | undefined, span: Span): boolean {
  return part?.embedded.expands === true && part.embedded.text.slice(span.start, span.end).includes('$');
}
