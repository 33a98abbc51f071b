import type { Item, Statement, Tree, Word } from '../../syntax/keepalived/tree';

/** The blocks whose names are spoken of elsewhere. */
const definingBlocks: Readonly<Record<string, string>> = {
  vrrp_script: 'vrrp_script',
  vrrp_track_process: 'vrrp_track_process',
  track_file: 'track_file',
  vrrp_track_file: 'track_file',
  bfd_instance: 'bfd_instance',
  vrrp_instance: 'vrrp_instance',
  vrrp_sync_group: 'vrrp_sync_group',
  virtual_server_group: 'virtual_server_group',
  track_group: 'track_group',
};

export interface Named {
  readonly name: Word;
  readonly statement: Statement;
}

/** What one file, or the files of one daemon, define by name. */
export class Names {
  private readonly kinds = new Map<string, Map<string, Named>>();
  /** For each instance the sync group that lists it first. */
  private readonly groups = new Map<string, Statement>();
  /** Whether `enable_script_security` is set in one of the files. */
  scriptSecurity = false;
  /** As whom scripts run that do not say it themselves. */
  scriptUser: string | undefined;
  /** Whether all that is named stands in the file itself, so that its places need no path. */
  readonly inOneFile: boolean;
  readonly duplicates: (Named & { readonly kind: string; readonly first: Named })[] = [];

  /** `complete`: every file is known, so what is not here does not exist. */
  constructor(
    own: Tree,
    others: readonly Tree[],
    readonly complete: boolean,
  ) {
    this.inOneFile = others.length === 0;
    for (const tree of [own, ...others]) {
      for (const { statement } of tree.items) {
        const kind = definingBlocks[statement.keyword];
        if (kind === 'vrrp_sync_group') this.readMembers(statement);
        else if (statement.keyword === 'global_defs') this.readGlobals(statement);
        const name = statement.words[1];
        if (kind === undefined || name === undefined) continue;
        const named = { name, statement };
        const known = this.of(kind);
        const first = known.get(name.text);
        if (first === undefined) known.set(name.text, named);
        else if (tree === own) this.duplicates.push({ ...named, kind, first });
      }
    }
  }

  /** Puts an item of the same keyword and name in the place of an old one. */
  replace(old: Item | undefined, item: Item | undefined): void {
    if (old === undefined || item === undefined) return;
    const { statement } = item;
    const kind = definingBlocks[statement.keyword];
    const name = statement.words[1];
    if (kind === undefined || name === undefined) return;
    const known = this.of(kind);
    if (known.get(name.text)?.statement === old.statement) known.set(name.text, { name, statement });
  }

  of(kind: string): Map<string, Named> {
    let known = this.kinds.get(kind);
    if (known === undefined) {
      known = new Map();
      this.kinds.set(kind, known);
    }
    return known;
  }

  /** The sync group that an instance is in: the first one that lists it. */
  groupOf(instance: string): Statement | undefined {
    return this.groups.get(instance);
  }

  private readGlobals({ block }: Statement): void {
    for (const { keyword, words } of block?.statements ?? []) {
      if (keyword === 'enable_script_security') this.scriptSecurity = true;
      else if (keyword === 'script_user') this.scriptUser = words[1]?.text;
    }
  }

  private readMembers(group: Statement): void {
    const list = group.block?.statements.find((each) => each.keyword === 'group');
    for (const line of list?.block?.statements ?? [])
      for (const word of line.words) if (!this.groups.has(word.text)) this.groups.set(word.text, group);
  }
}
