import type { Statement, Tree, Word } from '../../syntax/keepalived/tree';

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
  readonly duplicates: (Named & { readonly kind: string; readonly first: Named })[] = [];

  /** `complete`: every file is known, so what is not here does not exist. */
  constructor(
    readonly own: Tree,
    others: readonly Tree[],
    readonly complete: boolean,
  ) {
    for (const tree of [own, ...others]) {
      for (const { statement } of tree.items) {
        const kind = definingBlocks[statement.keyword];
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

  of(kind: string): Map<string, Named> {
    const known = this.kinds.get(kind) ?? new Map<string, Named>();
    this.kinds.set(kind, known);
    return known;
  }
}
