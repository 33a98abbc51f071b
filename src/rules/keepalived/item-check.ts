import type { Diagnostic } from '../../base/finding';
import type { Item, Statement, Word } from '../../syntax/keepalived/tree';

/** What the checks over all items want to know of one of them. */
export interface ItemNotes {
  /** The first command and the first password in it. */
  firstScript: Statement | undefined;
  firstPassword: Word | undefined;
  /** The forwarding method of a virtual server whose real servers have its address too. */
  directRouting: Word | undefined;
  /** The line by which an instance is strict or not, whatever the rest of the file says. */
  strictMode: Statement | undefined;
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

/** Settings of global_defs that the checks of instances and scripts depend on. */
const globalKeywords = new Set([
  'vrrp_version',
  'vrrp_strict',
  'default_interface',
  'enable_script_security',
  'script_user',
]);

/** Everything that the checks of other items depend on in this one: its name, weight, members, global settings. */
export function environmentOf({ statement }: Item): string {
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
}

function wordsIn(statement: Statement): string {
  const inner = statement.block?.statements.map(wordsIn).join(' ') ?? '';
  return `${statement.words.map((each) => each.text).join(' ')} {${inner}}`;
}
