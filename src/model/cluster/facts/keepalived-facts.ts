import { parseIp } from '../../../base/address';
import type { Statement, Word } from '../../../syntax/keepalived/tree';
import { type KeepalivedAnalysis, lastWithin, within } from '../../keepalived/analysis';
import type { Located } from '../located';
import type { CheckCommand, KeepalivedFacts, RouterFacts, VirtualAddress } from './file-facts';

/** The routers of a keepalived configuration, as each host reads it that its lines name. */
export function keepalivedFacts({ path, views }: KeepalivedAnalysis): KeepalivedFacts {
  const hosts = views.map(({ id, tree }) => {
    const routers = tree.items.flatMap(({ statement }) => routerOf(path, statement));
    return { id, routers };
  });
  return {
    kind: 'keepalived',
    path,
    paths: [path],
    routers: hosts[0]?.routers ?? [],
    hosts: hosts.length > 1 || hosts[0]?.id !== undefined ? hosts : [],
    commands: (views[0]?.tree.items ?? []).flatMap(({ statement }) => commandOf(path, statement)),
  };
}

/** What a `vrrp_script` runs: one word, or several that a quote holds together. */
function commandOf(path: string, statement: Statement): readonly CheckCommand[] {
  const name = statement.words[1];
  const command = statement.keyword === 'vrrp_script' ? lastWithin(statement, 'script')?.words[1] : undefined;
  return name === undefined || command === undefined ? [] : [{ name: name.text, ...located(path, command) }];
}

function routerOf(path: string, statement: Statement): readonly RouterFacts[] {
  const name = statement.words[1];
  if (statement.keyword !== 'vrrp_instance' || name === undefined || statement.block === undefined) return [];
  const value = (keyword: string): Located<string> | undefined => {
    const word = lastWithin(statement, keyword)?.words[1];
    return word === undefined ? undefined : located(path, word);
  };
  const number = (keyword: string): Located<number> | undefined => {
    const found = value(keyword);
    return found === undefined || !/^\d+$/.test(found.value) ? undefined : { ...found, value: Number(found.value) };
  };
  return [
    {
      name: located(path, name),
      virtualRouterId: number('virtual_router_id'),
      priority: number('priority'),
      state: value('state'),
      interface: value('interface'),
      unicastSource: value('unicast_src_ip'),
      unicastPeers: firstWords(statement, 'unicast_peer').map((word) => located(path, word)),
      virtualAddresses: addressesIn(path, statement, 'virtual_ipaddress'),
      excludedAddresses: addressesIn(path, statement, 'virtual_ipaddress_excluded'),
    },
  ];
}

function addressesIn(path: string, statement: Statement, keyword: string): readonly VirtualAddress[] {
  return firstWords(statement, keyword).flatMap((word): VirtualAddress[] => {
    const [address = '', prefix] = word.text.split('/');
    // A variable that nobody sets and damage are nobody's address.
    if (parseIp(address) === undefined) return [];
    const size = prefix === undefined || prefix === '' ? undefined : Number(prefix);
    const whole = located(path, word);
    if (word.replaced || word.quoted) return [{ ...whole, value: address, prefix: size }];
    return [{ value: address, prefix: size, path, span: { start: word.start, end: word.start + address.length } }];
  });
}

/** The first word of each line of a list. */
function firstWords(statement: Statement, keyword: string): readonly Word[] {
  return within(statement, keyword).flatMap(
    (each) => each.block?.statements.flatMap((line) => line.words[0] ?? []) ?? [],
  );
}

function located(path: string, word: Word): Located<string> {
  return { value: word.text, path, span: word.span, ...(word.replaced ? { replaced: true as const } : {}) };
}
