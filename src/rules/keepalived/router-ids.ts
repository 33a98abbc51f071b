import { say } from '../../base/message';
import type { Item, Word } from '../../syntax/keepalived/tree';
import { conformance } from './conformance';
import type { Reporter } from './reporter';
import type { Settings } from './settings';

/** What tells the routers of one daemon apart: id, interface, address family, and whether they speak to peers alone. */
export function routerKeyOf(settings: Settings, family: 4 | 6): string | undefined {
  const id = settings.value('virtual_router_id');
  const own = settings.value('interface');
  if (id === undefined || own === undefined) return undefined;
  return `${own.text} ${family} ${Number(id.text)} ${settings.entries('unicast_peer').length > 0 ? 'unicast' : ''}`;
}

/** Looks for two instances that keepalived cannot run beside each other. */
export class RouterIds {
  private readonly first = new Map<string, Item>();
  /** No two have been found. */
  apart = true;

  /** Without `reporter` only `apart` tells of what was found. */
  add(item: Item, key: string | undefined, reporter?: Reporter): void {
    if (key === undefined) return;
    const other = this.first.get(key);
    if (other === undefined) {
      this.first.set(key, item);
      return;
    }
    this.apart = false;
    const id = wordBehind(item, 'virtual_router_id');
    const own = wordBehind(item, 'interface');
    const theirs = wordBehind(other, 'virtual_router_id');
    if (id === undefined || own === undefined || theirs === undefined) return;
    reporter?.add(conformance.duplicateName, {
      span: id.span,
      message: say('virtual_router_id {0} is used twice on interface {1}', id.text, own.text),
      related: [{ span: theirs.span, message: say('first used here') }],
    });
  }

  remove(item: Item | undefined, key: string | undefined): void {
    if (key !== undefined && this.first.get(key) === item) this.first.delete(key);
  }
}

function wordBehind(item: Item, keyword: string): Word | undefined {
  return item.statement.block?.statements.findLast((each) => each.keyword === keyword)?.words[1];
}
