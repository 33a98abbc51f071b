import type { TextEdit } from '../../base/span';
import type { Version } from '../../base/version';
import { parseKeepalived, reparseKeepalived } from '../../syntax/keepalived/parse';
import type { Condition, Statement, Tree } from '../../syntax/keepalived/tree';

/** A file as one host reads it: lines for other hosts are left out. `id` is undefined for a host that no line names. */
interface View {
  readonly id: string | undefined;
  readonly tree: Tree;
}

/** One keepalived.conf, read for one release. It is good until the next one is made from it by an edit. */
export interface KeepalivedAnalysis {
  readonly path: string;
  readonly text: string;
  /** What the first host reads that the file's lines name, or any host where they name none. */
  readonly tree: Tree;
  /** One for each host that the file's lines name (`@lb1 …`), at least one. */
  readonly views: readonly View[];
  /** The same object in all analyses that edits have made of each other: what may be kept from one to the next hangs on it. */
  readonly lineage: object;
  /** Undefined: the newest that Haven knows. */
  readonly version: Version | undefined;
}

interface KeepalivedSource {
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
  const other = again ?? parseKeepalived(text);
  const views = other.conditions.length === 0 ? [{ id: undefined, tree: other }] : viewsOf(text, other);
  const lineage = again === undefined || previous === undefined ? {} : previous.analysis.lineage;
  return { path, text, version, tree: views[0]?.tree ?? other, views, lineage };
}

/** Hosts whose view of one file is looked at; a file with more is a generated one. */
const maxViews = 12;

/** Where every line for a host names it, there is no host beside those named: nobody's file is looked at. */
function viewsOf(text: string, other: Tree): View[] {
  const conditions: readonly Condition[] = other.conditions;
  const ids = [...new Set(conditions.map((each) => each.id))].slice(0, maxViews);
  const views: View[] = ids.map((id) => ({ id, tree: parseKeepalived(text, { id }) }));
  return conditions.every((each) => each.negated) ? [...views, { id: undefined, tree: other }] : views;
}

/** The tree that `host` reads; that of a host which no line names where there is none of that name. */
export function treeFor(analysis: KeepalivedAnalysis, host: string): Tree {
  return (analysis.views.find((each) => each.id === host) ?? analysis.views.at(-1))?.tree ?? analysis.tree;
}

/** The statements in a block that begin with `keyword`. */
export function within(statement: Statement, keyword: string): readonly Statement[] {
  return statement.block?.statements.filter((each) => each.keyword === keyword) ?? [];
}

/** The last statement in a block with `keyword`: where one counts, it is the last. */
export function lastWithin(statement: Statement, keyword: string): Statement | undefined {
  return statement.block?.statements.findLast((each) => each.keyword === keyword);
}
