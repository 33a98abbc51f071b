import type { FileKind } from '../base/file-kind';
import type { Diagnostic, FileEdit, Fix } from '../base/finding';
import { say } from '../base/message';
import type { Span, TextEdit } from '../base/span';
import type { Steps } from '../base/steps';
import { buildClusters, type PlacedInventory } from '../model/cluster/build-model';
import type { ClusterModel, Placed } from '../model/cluster/cluster-model';
import type { FileFacts } from '../model/cluster/facts/file-facts';
import { shortPath } from '../model/cluster/node-name';
import { clusterRules } from '../rules/cluster';
import { workspaceRules } from '../rules/cluster/across-clusters';
import { fileNotFound } from '../rules/inventory/file-not-found';
import { runRules, runRulesInSteps } from '../rules/rule';
import type { AnyLanguage, InnerFile, PlacedFile, Sibling } from './language';

/** A file as the check of its cluster sees it. */
interface ClusterFile {
  readonly path: string;
  readonly language: AnyLanguage;
  readonly analysis: unknown;
  /** Its shape is broken, so nobody can rely on what it lacks. */
  readonly isDamaged: boolean;
}

/** The clusters of a workspace and, by path, what the rules over them found. */
export interface ClusterCheck {
  readonly models: readonly ClusterModel[];
  readonly findings: ReadonlyMap<string, readonly Diagnostic[]>;
  /** For each file that is looked at together with others of its language, all of these. */
  readonly groups: ReadonlyMap<string, readonly PlacedFile<unknown>[]>;
}

/**
 * Builds the clusters and runs every rule over each, with stops. `siblingsOf` gives the other files of one running program.
 * `paths` are all files of the workspace, also those nobody knows. A finding without a path belongs to no file and is
 * dropped.
 */
export function* checkClusters(
  facts: readonly FileFacts[],
  inventories: readonly PlacedInventory[],
  fileOf: (path: string) => ClusterFile | undefined,
  siblingsOf: (path: string) => readonly Sibling<unknown>[],
  paths: ReadonlySet<string>,
): Steps<ClusterCheck> {
  const models = buildClusters(facts, inventories, (path) => siblingsOf(path).map((each) => each.path));
  yield;
  const findings = new Map<string, Diagnostic[]>();
  const isBroken = (path: string | undefined) => path !== undefined && fileOf(path)?.isDamaged === true;
  const keep = (diagnostic: Diagnostic) => {
    if (diagnostic.path === undefined) return;
    // What a broken file seems to say is told in that file alone: the others may be right.
    if (!isBroken(diagnostic.path) && diagnostic.related?.some(({ path }) => isBroken(path)) === true) return;
    const list = findings.get(diagnostic.path);
    if (list === undefined) findings.set(diagnostic.path, [diagnostic]);
    else list.push(diagnostic);
  };
  const groups = new Map<string, readonly PlacedFile<unknown>[]>();
  for (const model of models) {
    for (const each of inEveryFile(once(yield* runRulesInSteps(clusterRules, model))))
      keep(withIndentedFixes(each, fileOf));
    for (const [spoken, list] of together(model.keepalived, fileOf, siblingsOf)) {
      for (const each of list) groups.set(each.path, list);
      const inner = (path: string | undefined) => innerOf(path === undefined ? undefined : fileOf(path), spoken.kind);
      for (const each of spoken.diagnoseTogether?.(list) ?? []) keep(inOuterFiles(each, inner));
      yield;
    }
  }
  for (const each of runRules(workspaceRules, models)) keep(each);
  for (const inventory of inventories) for (const each of runRules([fileNotFound], { ...inventory, paths })) keep(each);
  return { models, findings, groups };
}

/** The findings, each once: a file may be that of two nodes which the inventory calls the same. */
function once(findings: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Set<string>();
  return findings.filter(({ rule, path, span, message }) => {
    const key = `${rule} ${path} ${span.start} ${message.template} ${message.args.join()}`;
    return !seen.has(key) && seen.add(key);
  });
}

/**
 * The findings, and for each that blames one file the same in the other files it speaks of: which of them is wrong only
 * their owner knows, and whoever opens one learns of it there.
 */
function inEveryFile(findings: readonly Diagnostic[]): readonly Diagnostic[] {
  const told = new Set(findings.map(({ rule, path }) => `${rule} ${path}`));
  const more: Diagnostic[] = [];
  for (const each of findings) {
    const { path: from, rule, span, message, fixes } = each;
    if (from === undefined || (each.severity !== 'error' && each.severity !== 'warning')) continue;
    for (const { path, span: place } of each.related ?? []) {
      const key = `${rule} ${path} ${place.start}`;
      if (path === undefined || path === from || told.has(`${rule} ${path}`) || told.has(key)) continue;
      told.add(key);
      more.push({
        rule,
        severity: 'hint',
        path,
        span: place,
        message: say('this and {0} do not go together', shortPath(from)),
        related: [{ path: from, span, message }],
        ...(fixes === undefined
          ? {}
          : {
              fixes: fixes.map((fix) => ({ ...fix, edits: fix.edits.map((edit) => ({ path: from, ...edit })) })),
            }),
      });
    }
  }
  return [...findings, ...more];
}

/** The finding with fixes that keep the indentation of configurations inside other files; their places are right already. */
function withIndentedFixes(found: Diagnostic, fileOf: (path: string) => ClusterFile | undefined): Diagnostic {
  const { fixes } = found;
  if (fixes === undefined) return found;
  const indented = (edit: FileEdit): FileEdit | undefined => {
    const file = fileOf(edit.path ?? found.path ?? '');
    let moved: TextEdit | undefined = edit;
    for (const each of file?.language.inner?.(file.analysis) ?? [])
      moved = moved === undefined ? undefined : each.indented(moved);
    return moved === undefined ? undefined : { ...edit, ...moved };
  };
  return {
    ...found,
    fixes: fixes.flatMap((fix): Fix[] => {
      const edits = fix.edits.flatMap((edit) => indented(edit) ?? []);
      return edits.length === fix.edits.length ? [{ ...fix, edits }] : [];
    }),
  };
}

/** The configuration of a language that a file of another kind holds; undefined where it holds none, or several. */
function innerOf(file: ClusterFile | undefined, kind: FileKind): InnerFile | undefined {
  const [only, ...more] = (file?.language.inner?.(file.analysis) ?? []).filter((each) => each.language.kind === kind);
  return more.length === 0 ? only : undefined;
}

/** A finding of configurations that may lie inside other files, with the places of those. */
function inOuterFiles(found: Diagnostic, inner: (path: string | undefined) => InnerFile | undefined): Diagnostic {
  const at = ({ path, span }: { readonly path?: string; readonly span: Span }) => inner(path)?.outerSpan(span) ?? span;
  const { fixes, related } = found;
  return {
    ...found,
    span: at(found),
    ...(related === undefined ? {} : { related: related.map((each) => ({ ...each, span: at(each) })) }),
    ...(fixes === undefined
      ? {}
      : {
          fixes: fixes.flatMap((fix): Fix[] => {
            const edits = fix.edits.flatMap((edit): FileEdit[] => {
              const file = inner(edit.path ?? found.path);
              const moved = file === undefined ? edit : file.outerEdit(edit);
              return moved === undefined ? [] : [{ ...edit, ...moved }];
            });
            return edits.length === fix.edits.length ? [{ ...fix, edits }] : [];
          }),
        }),
  };
}

/** The files of each language that has something to say of several at once. */
function together(
  files: readonly Placed<FileFacts>[],
  fileOf: (path: string) => ClusterFile | undefined,
  siblingsOf: (path: string) => readonly Sibling<unknown>[],
): ReadonlyMap<AnyLanguage, readonly PlacedFile<unknown>[]> {
  const byLanguage = new Map<AnyLanguage, PlacedFile<unknown>[]>();
  for (const path of new Set(files.map(({ facts }) => facts.path))) {
    const outer = fileOf(path);
    const file = outer?.language.inner === undefined ? outer : innerOf(outer, 'keepalived');
    if (outer?.isDamaged === true || file?.language.diagnoseTogether === undefined) continue;
    const machines = files.flatMap(({ facts, nodes }) =>
      facts.path === path ? nodes.map((node) => ({ name: node.name.value, address: node.address.value })) : [],
    );
    const list = byLanguage.get(file.language) ?? [];
    const siblings = siblingsOf(path);
    list.push({ path, analysis: file.analysis, machines, siblings });
    byLanguage.set(file.language, list);
  }
  return byLanguage;
}
