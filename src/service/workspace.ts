import type { FileKind } from '../base/file-kind';
import type { Diagnostic } from '../base/finding';
import type { Speak } from '../base/message';
import { applyEdits, type Span, type TextEdit } from '../base/span';
import { finish, type Steps } from '../base/steps';
import { folderOf, type PlacedInventory } from '../model/cluster/build-model';
import type { ClusterModel } from '../model/cluster/cluster-model';
import type { FileFacts } from '../model/cluster/facts/file-facts';
import type { InventoryCluster } from '../model/inventory/inventory';
import type { InventoryAnalysis } from '../model/inventory/parse-inventory';
import type { Unpack } from '../syntax/runbook/encoded-text';
import { type ClusterCheck, checkClusters } from './cluster-check';
import { definitionsInCluster, referencesInCluster } from './cluster-places';
import { deployedSiblings, siblingsInOrder } from './instances';
import { completeInventory } from './inventory/complete';
import { namedConfigs } from './inventory/named-configs';
import { quorumHints } from './inventory/quorum';
import { kindOf, kindOfNamed } from './kind';
import type { Completion, FileSpan, InlayHint, PlacedFile, Sibling, SourceText, Versions } from './language';
import { languageOf } from './registry';
import { expandStartList, isInStartList } from './start-list';
import { applySettings, type Severities } from './suppress';
import { type Entry, makeEntry, type WorkspaceFile } from './workspace-file';

/**
 * The files that are looked at together: what an editor has open or a command line was given. Adapters tell it what
 * changed and ask the functions of this folder about one of its files. It reads nothing itself.
 */
export class Workspace {
  private readonly entries = new Map<string, Entry>();
  /** Files whose own name and text do not say what they are; an inventory may. */
  private readonly unknown = new Map<string, string>();
  /** For each file the others of its instance, until any file changes. */
  private readonly instances = new Map<string, readonly Sibling<unknown>[]>();
  /** For each file of an instance that somebody named the files of: all of them, in load order. */
  private readonly stated = new Map<string, readonly string[]>();
  /** What the files say together; made when asked for after a change. */
  private clusters: ClusterCheck | undefined;
  /** The files that inventories named when they were looked at last. */
  private named: ReadonlySet<string> = new Set();
  /** What was found in each file by the last check of the clusters that was made. */
  private found: ClusterCheck['findings'] = new Map();
  /** See `takeOutdated`. */
  private readonly outdated = new Set<string>();
  /** How often a file came, went or changed. */
  private changes = 0;

  /**
   * `severities` may be replaced at any time; it counts from the next question on. `startLists` are the `-f` arguments of
   * every haproxy that somebody named the files of; those files are then not told apart by their names.
   */
  constructor(
    private readonly versions: Versions = {},
    public severities: Severities = {},
    private readonly startLists: readonly (readonly string[])[] = [],
    private readonly unpack?: Unpack,
  ) {}

  /**
   * Adds or replaces a file. `kind` is given when something better than name and text decides: the editor's language
   * mode or the inventory. Undefined is returned for a file that Haven leaves alone.
   */
  open(path: string, text: string, kind: FileKind | undefined = kindOf(path, text)): WorkspaceFile | undefined {
    this.close(path);
    const settled = kind ?? (this.namedFiles().has(path) ? kindOfNamed(path, text) : this.kindOfStarted(path));
    const spoken = settled === undefined ? undefined : languageOf(settled);
    if (settled === undefined || spoken === undefined) {
      this.unknown.set(path, text);
      this.forgetTogether();
      return undefined;
    }
    const source = (): SourceText => this.sourceOf(path, settled, text);
    const file = this.keep(
      path,
      settled,
      spoken,
      text,
      () => spoken.analyse(source()),
      () => spoken.analyseInSteps?.(source()),
    );
    if (settled === 'inventory') this.openNamed();
    return file;
  }

  /** Opens the files that an inventory names and that nothing else could tell apart. */
  private openNamed(): void {
    const named = this.namedFiles();
    // What was read for other releases than the inventory now says is read again when next asked for, and so is what it
    // names no longer.
    const concerned = new Set([...this.named, ...named.keys()]);
    this.named = new Set(named.keys());
    for (const path of concerned) {
      const entry = this.entries.get(path);
      if (entry === undefined || entry.kind === 'inventory') continue;
      this.open(path, entry.text, entry.kind);
      this.outdated.add(path);
    }
    for (const [path, text] of this.unknown) {
      const kind = named.has(path) ? kindOfNamed(path, text) : undefined;
      if (kind !== undefined) this.open(path, text, kind);
    }
  }

  /** The files that inventories name, each with its cluster. */
  private namedFiles(): ReadonlyMap<string, InventoryCluster> {
    return new Map([...namedConfigs(this.entries.values())].map(({ path, cluster }) => [path, cluster]));
  }

  private sourceOf(path: string, kind: FileKind, text: string): SourceText {
    return {
      path,
      text,
      versions: this.versionsFor(path, kind),
      role: this.roleFor(path, kind),
      unpack: this.unpack,
    };
  }

  /** What the user set counts before what the inventory says the nodes run. */
  private versionsFor(path: string, kind: FileKind): Versions {
    // An inventory is read before anybody can know what it says.
    if (kind === 'inventory') return this.versions;
    const inventory = this.namedFiles().get(path)?.versions;
    if (inventory === undefined) return this.versions;
    const chosen = Object.entries(this.versions).filter(([, version]) => version !== undefined);
    return { ...inventory, ...Object.fromEntries(chosen) };
  }

  /** What the nodes do that an inventory puts the file on; undefined when it names none, or some of each. */
  private roleFor(path: string, kind: FileKind): 'server' | 'agent' | undefined {
    if (kind !== 'k3s') return undefined;
    const found = new Set<'server' | 'agent' | undefined>();
    for (const { path: named, config, cluster } of namedConfigs(this.entries.values()))
      for (const { name, roles } of named === path ? cluster.nodes : [])
        if (config.on.includes(name)) found.add(roles.find((role) => role === 'server' || role === 'agent'));
    return found.size === 1 ? [...found][0] : undefined;
  }

  /** Changes a file by edits whose offsets are those of its text before; keeps the work on lines they do not touch. */
  edit(path: string, edits: readonly TextEdit[]): WorkspaceFile | undefined {
    const before = this.entries.get(path);
    if (before === undefined) return undefined;
    const text = applyEdits(before.text, edits);
    const file = this.keep(path, before.kind, before.language, text, () =>
      before.language.analyse(this.sourceOf(path, before.kind, text), { analysis: before.analysis, edits }),
    );
    if (file.kind === 'inventory') this.openNamed();
    return file;
  }

  close(path: string): void {
    const wasInventory = this.entries.get(path)?.kind === 'inventory';
    const isGone = [this.unknown.delete(path), this.entries.delete(path)].includes(true);
    if (isGone) this.forgetTogether();
    if (wasInventory) this.openNamed();
  }

  file(path: string): WorkspaceFile | undefined {
    return this.entries.get(path);
  }

  files(): readonly WorkspaceFile[] {
    return [...this.entries.values()];
  }

  /** Reads one file, with stops; what is asked of it next is answered at once. */
  *read(path: string): Steps<void> {
    yield* this.entries.get(path)?.read() ?? [];
  }

  /** The same, and what the file says of its cluster, so that `compare` finds it there. */
  *prepare(path: string): Steps<void> {
    yield* this.read(path);
    void this.entries.get(path)?.facts;
  }

  /** Looks at the files of each cluster together, with stops. A change meanwhile makes that in vain. */
  *compare(): Steps<void> {
    if (this.clusters !== undefined) return;
    const { changes } = this;
    const check = yield* this.checkInSteps();
    if (this.changes === changes) this.settle(check);
  }

  /** Everything to say about one file: by itself, and as a part of its cluster; suppressions and settings applied. */
  diagnose(path: string): readonly Diagnostic[] {
    const entry = this.entries.get(path);
    if (entry === undefined || entry.isTemplate) return [];
    const own = entry.language.diagnose(entry.analysis, this.siblingsOf(path));
    // What a file says of its own cluster by itself is said of the whole one too.
    const isSaid = (each: Diagnostic) =>
      own.some((one) => one.rule === each.rule && one.span.start === each.span.start);
    const together = this.check().findings.get(path) ?? [];
    const shared = entry.language.inner === undefined ? together : together.filter((each) => !isSaid(each));
    const all = shared.length === 0 ? own : withPlaces(own, shared);
    return all.length === 0 ? all : applySettings(all, entry.text, entry.lines, this.severities);
  }

  /** What each file says about its cluster: what a first inventory is written from. */
  facts(): readonly FileFacts[] {
    return [...this.entries.values()].flatMap((entry) => entry.facts);
  }

  /** The clusters that the open files describe. */
  clusterModels(): readonly ClusterModel[] {
    return this.check().models;
  }

  /** The files whose findings may change when `path` does: those of its clusters, itself included. */
  related(path: string): readonly string[] {
    const found = new Set([path]);
    for (const model of this.check().models) if (model.paths.has(path)) for (const each of model.paths) found.add(each);
    for (const each of [...this.together(path), ...this.siblingsOf(path)]) found.add(each.path);
    return [...found];
  }

  /**
   * Files of which something else is said than when this was asked last, although only another file changed: one may have
   * left its cluster, and is not related to it any more.
   */
  takeOutdated(): readonly string[] {
    this.check();
    const taken = [...this.outdated];
    this.outdated.clear();
    return taken;
  }

  /** The other files that the same running program reads, in load order. */
  siblingsOf(path: string): readonly Sibling<unknown>[] {
    const entry = this.entries.get(path);
    const instance = entry?.language.instance;
    if (entry === undefined || instance === undefined) return [];
    let siblings = this.instances.get(path);
    if (siblings === undefined) {
      siblings =
        siblingsInOrder(entry, this.statedOrder(path), this.entries) ??
        deployedSiblings(entry, this.entries) ??
        instance(
          path,
          this.files().filter((each) => each.language === entry.language),
        );
      this.instances.set(path, siblings);
    }
    return siblings;
  }

  /** States which files one program is started with, in load order; files are then no longer told apart by their names. */
  stateInstance(paths: readonly string[]): void {
    for (const path of paths) this.stated.set(path, paths);
    this.forgetTogether();
  }

  private kindOfStarted(path: string): FileKind | undefined {
    return this.startLists.some((names) => isInStartList(names, path)) ? 'haproxy' : undefined;
  }

  private statedOrder(path: string): readonly string[] | undefined {
    const names = this.startLists.find((each) => isInStartList(each, path));
    return this.stated.get(path) ?? (names && expandStartList(names, this.entries.keys()));
  }

  /** The files that are looked at together with `path` because their programs speak to each other; empty where there are none. */
  together(path: string): readonly PlacedFile<unknown>[] {
    return this.check().groups.get(path) ?? [];
  }

  /** What may stand at a place of a file; an inventory names the others below its folder that a node can have. */
  completionsAt(path: string, offset: number, speak?: Speak): readonly Completion[] {
    const entry = this.entries.get(path);
    if (entry === undefined) return [];
    if (entry.kind !== 'inventory')
      return entry.language.complete?.(entry.analysis, offset, this.siblingsOf(path), speak) ?? [];
    const folder = folderOf(path);
    const files = [...this.entries.values()].flatMap((each) =>
      each.path.startsWith(folder) && each.kind !== 'inventory' && each.kind !== 'runbook'
        ? each.path.slice(folder.length)
        : [],
    );
    return completeInventory(entry.analysis as InventoryAnalysis, offset, speak, files.sort());
  }

  /** What is written between the words of a file: of its own language, and of the cluster where it is an inventory. */
  hintsIn(path: string, range: Span): readonly InlayHint[] {
    const entry = this.entries.get(path);
    if (entry === undefined) return [];
    if (entry.kind !== 'inventory') return entry.language.hints?.(entry.analysis, range, this.siblingsOf(path)) ?? [];
    const models = this.check().models.filter((model) => model.inventory === path);
    const all = quorumHints(entry.analysis as InventoryAnalysis, models);
    return all.filter(({ offset }) => range.start <= offset && offset <= range.end);
  }

  /** Where the name under the cursor is written down: in its own language, else in the cluster of the file. */
  definitionsAt(path: string, offset: number): readonly FileSpan[] {
    const entry = this.entries.get(path);
    const own = entry?.language.definition?.(entry.analysis, offset, this.siblingsOf(path)) ?? [];
    return own.length > 0 ? own : this.inClusters(path, (model) => definitionsInCluster(model, path, offset));
  }

  /** Every place that names what is under the cursor, in the other files of its cluster too. */
  referencesAt(path: string, offset: number): readonly FileSpan[] {
    const entry = this.entries.get(path);
    const own = entry?.language.references?.(entry.analysis, offset, this.siblingsOf(path)) ?? [];
    const places = new Set(own.map((each) => `${each.path ?? path} ${each.span.start}`));
    const others = this.inClusters(path, (model) => referencesInCluster(model, path, offset));
    return [...own, ...others.filter((each) => !places.has(`${each.path} ${each.span.start}`))];
  }

  private inClusters(path: string, ask: (model: ClusterModel) => readonly FileSpan[]): readonly FileSpan[] {
    return this.check().models.flatMap((model) => (model.paths.has(path) ? ask(model) : []));
  }

  private check(): ClusterCheck {
    return this.clusters ?? this.settle(finish(this.checkInSteps()));
  }

  /** Takes the place of the check before it, and notes of which files it says something else. */
  private settle(check: ClusterCheck): ClusterCheck {
    const before = this.found;
    for (const path of new Set([...before.keys(), ...check.findings.keys()]))
      if (JSON.stringify(before.get(path)) !== JSON.stringify(check.findings.get(path))) this.outdated.add(path);
    this.found = check.findings;
    this.clusters = check;
    return check;
  }

  private checkInSteps(): Steps<ClusterCheck> {
    const facts: FileFacts[] = [];
    const inventories: PlacedInventory[] = [];
    for (const entry of this.entries.values()) {
      if (entry.kind === 'inventory') {
        const analysis = entry.analysis as InventoryAnalysis;
        inventories.push({ path: entry.path, analysis });
      } else facts.push(...entry.facts);
    }
    const paths = new Set([...this.entries.keys(), ...this.unknown.keys()]);
    return checkClusters(
      facts,
      inventories,
      (path) => this.entries.get(path),
      (path) => this.siblingsOf(path),
      paths,
    );
  }

  private forgetTogether(): void {
    this.changes++;
    this.clusters = undefined;
    this.instances.clear();
  }

  private keep(...made: Parameters<typeof makeEntry>): Entry {
    const entry = makeEntry(...made);
    this.entries.set(entry.path, entry);
    this.forgetTogether();
    return entry;
  }
}

/** What a file says by itself and as a part of its cluster; where both say the same, once, with the places of the cluster. */
function withPlaces(own: readonly Diagnostic[], shared: readonly Diagnostic[]): readonly Diagnostic[] {
  const completing = shared.filter((each) => each.completes !== undefined);
  if (completing.length === 0) return [...own, ...shared];
  const told = own.map((each): Diagnostic => {
    const more = completing.find(
      ({ completes, span }) => completes === each.rule && span.start === each.span.start && span.end === each.span.end,
    );
    return more?.related === undefined ? each : { ...each, related: [...(each.related ?? []), ...more.related] };
  });
  return [...told, ...shared.filter((each) => each.completes === undefined)];
}
