import type { Diagnostic } from '../../base/finding';
import type { Version } from '../../base/version';
import type { KeepalivedAnalysis } from '../../model/keepalived/analysis';
import type { Item, Statement, Tree, Word } from '../../syntax/keepalived/tree';

/** What the checks over all items want to know of one of them. */
export interface ItemNotes {
  /** The first command and the first password in it. */
  firstScript: Statement | undefined;
  firstPassword: Word | undefined;
  /** What no other instance of the daemon may have in common; undefined for what is no instance. */
  routerKey: string | undefined;
  /** Its virtual addresses without prefix lengths, as they are written. */
  addresses: readonly Word[];
  /** Names of the scripts, processes and files that it tracks; undefined for what can track none. */
  tracked: string[] | undefined;
}

/** What the check of one item found. */
export interface ItemCheck extends Readonly<ItemNotes> {
  readonly start: number;
  readonly diagnostics: readonly Diagnostic[];
}

/** Checks of the items of one tree, which the next analysis of the same file may use again. */
class Memo {
  private before = new Map<Item, ItemCheck>();
  private checks = new Map<Item, ItemCheck>();
  private environment: readonly string[] = [];

  /** Begins the next round; in another environment nothing of the one before holds. */
  begin(environment: readonly string[]): void {
    const old = this.environment;
    this.environment = environment;
    const holds = environment.length === old.length && environment.every((each, index) => each === old[index]);
    this.before = holds ? this.checks : new Map();
    this.checks = new Map();
  }

  get(item: Item): ItemCheck | undefined {
    return this.before.get(item);
  }

  set(item: Item, check: ItemCheck): void {
    this.checks.set(item, check);
  }
}

const memos = new WeakMap<object, Memo>();

/** The memo of a file: analyses that were made from each other by edits share one. */
export function memoOf(analysis: KeepalivedAnalysis): Memo {
  let memo = memos.get(analysis.lineage);
  if (memo === undefined) {
    memo = new Memo();
    memos.set(analysis.lineage, memo);
  }
  return memo;
}

/** Settings of global_defs that the check of an instance depends on. */
const globalKeywords = new Set(['vrrp_version', 'vrrp_strict', 'default_interface']);

/** Everything that the check of one item depends on in the others, in their order: names, weights, members, global settings. */
export function environmentOf(tree: Tree, version: Version | undefined): readonly string[] {
  const environment = tree.items.map(({ statement }) => {
    const { keyword } = statement;
    const name = statement.words[1]?.text ?? '';
    switch (keyword) {
      case 'vrrp_instance':
        return name;
      case 'virtual_server':
        return '';
      case 'vrrp_sync_group':
        return `${keyword} ${name} ${wordsIn(statement)}`;
      case 'global_defs': {
        const settings = statement.block?.statements.filter((each) => globalKeywords.has(each.keyword)) ?? [];
        return `${keyword} ${settings.map((each) => `${each.keyword} ${each.words[1]?.text}`).join()}`;
      }
      default: {
        const weight = statement.block?.statements.findLast((each) => each.keyword === 'weight');
        return `${keyword} ${name} ${weight?.words[1]?.text ?? ''}`;
      }
    }
  });
  environment.push(version?.join('.') ?? '');
  return environment;
}

function wordsIn(statement: Statement): string {
  const inner = statement.block?.statements.map(wordsIn).join(' ') ?? '';
  return `${statement.words.map((each) => each.text).join(' ')} {${inner}}`;
}
