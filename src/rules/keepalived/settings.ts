import type { Statement, Word } from '../../syntax/keepalived/tree';

const none: readonly Statement[] = [];

/**
 * The lines of one block by their keyword, looked through once. Of a keyword that stands there several times keepalived
 * keeps the last in most cases; lists of the same name are joined.
 */
export class Settings {
  private readonly last = new Map<string, Statement>();
  /** Most blocks have none. */
  private lists: Map<string, Statement[]> | undefined;

  constructor(readonly statement: Statement) {
    for (const each of statement.block?.statements ?? none) {
      const { keyword } = each;
      this.last.set(keyword, each);
      if (each.block === undefined) continue;
      this.lists ??= new Map();
      const known = this.lists.get(keyword);
      if (known === undefined) this.lists.set(keyword, each.block.statements);
      else this.lists.set(keyword, [...known, ...each.block.statements]);
    }
  }

  get(keyword: string): Statement | undefined {
    return this.last.get(keyword);
  }

  /** The first word behind the keyword. */
  value(keyword: string): Word | undefined {
    return this.last.get(keyword)?.words[1];
  }

  /** The lines of every block `name`. */
  entries(name: string): readonly Statement[] {
    return this.lists?.get(name) ?? none;
  }
}

/** Whether a line switches something on: flags have no word behind them. */
export function isOn(statement: Statement | undefined): boolean {
  const word = statement?.words[1]?.text;
  return statement !== undefined && word !== 'off' && word !== 'no' && word !== 'false';
}

/** What the whole file says for every instance. */
export interface Globals {
  readonly version: string | undefined;
  readonly strict: boolean;
  readonly hasDefaultInterface: boolean;
}

/** Of several `global_defs` the last one that says something counts. */
export function globalsOf(blocks: readonly Settings[]): Globals {
  const last = (keyword: string) => blocks.findLast((each) => each.get(keyword) !== undefined)?.get(keyword);
  return {
    version: last('vrrp_version')?.words[1]?.text,
    strict: isOn(last('vrrp_strict')),
    hasDefaultInterface: last('default_interface') !== undefined,
  };
}
