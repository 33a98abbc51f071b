import type { TextEdit } from '../../base/span';
import type { Version } from '../../base/version';
import { parseKeepalived, reparseKeepalived } from '../../syntax/keepalived/parse';
import type { Statement, Tree } from '../../syntax/keepalived/tree';

/** One keepalived.conf, read for one release. */
export interface KeepalivedAnalysis {
  readonly path: string;
  readonly text: string;
  readonly tree: Tree;
  /** Undefined: the newest that Haven knows. */
  readonly version: Version | undefined;
}

export interface KeepalivedSource {
  readonly path: string;
  readonly text: string;
  readonly version?: Version | undefined;
}

/** Reads any text; after an edit only the top-level blocks that it touches are read again. */
export function analyseKeepalived(
  { path, text, version }: KeepalivedSource,
  previous?: { readonly analysis: KeepalivedAnalysis; readonly edits: readonly TextEdit[] },
): KeepalivedAnalysis {
  const again = previous === undefined ? undefined : reparseKeepalived(text, previous.analysis.tree, previous.edits);
  return { path, text, version, tree: again ?? parseKeepalived(text) };
}

/** The top-level statements of a file. */
export function statementsOf(analysis: KeepalivedAnalysis): readonly Statement[] {
  return analysis.tree.items.map((each) => each.statement);
}

/** The statements in a block that begin with `keyword`. */
export function within(statement: Statement, keyword: string): readonly Statement[] {
  return statement.block?.statements.filter((each) => each.keyword === keyword) ?? [];
}

/** The last statement in a block with `keyword`: where one counts, it is the last. */
export function lastWithin(statement: Statement, keyword: string): Statement | undefined {
  return statement.block?.statements.findLast((each) => each.keyword === keyword);
}
