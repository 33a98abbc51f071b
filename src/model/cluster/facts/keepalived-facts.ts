import { parseIp } from '../../../base/address';
import type { Located } from '../located';
import type { KeepalivedFacts, RouterFacts, VirtualAddress } from './file-facts';

interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly firstOfLine: boolean;
}

/** The routers of a keepalived configuration: what the other files of the cluster depend on, and no more. */
export function keepalivedFacts(path: string, text: string): KeepalivedFacts {
  const tokens = tokensOf(text);
  const routers: RouterFacts[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const name = tokens[i + 1];
    if (tokens[i]?.text !== 'vrrp_instance' || name === undefined || !tokens[i]?.firstOfLine) continue;
    const open = tokens[i + 2]?.text === '{' ? i + 2 : undefined;
    if (open === undefined) continue;
    const close = closingOf(tokens, open);
    routers.push(routerOf(path, name, tokens.slice(open + 1, close)));
    i = close;
  }
  return { kind: 'keepalived', path, routers };
}

function routerOf(path: string, name: Token, body: readonly Token[]): RouterFacts {
  const top: Token[] = [];
  const blocks = new Map<string, Token[]>();
  for (let i = 0; i < body.length; i++) {
    const token = body[i];
    if (token === undefined) continue;
    if (token.text !== '{') {
      top.push(token);
      continue;
    }
    const close = closingOf(body, i);
    const label = top.findLast((each) => each.firstOfLine) ?? top.at(-1);
    if (label !== undefined) blocks.set(label.text, body.slice(i + 1, close));
    i = close;
  }
  const value = (keyword: string): Located<string> | undefined => {
    const at = top.findLastIndex((token) => token.firstOfLine && token.text === keyword);
    const found = at < 0 ? undefined : top[at + 1];
    return found === undefined || found.firstOfLine ? undefined : located(path, found);
  };
  const number = (keyword: string): Located<number> | undefined => {
    const found = value(keyword);
    return found === undefined || !/^\d+$/.test(found.value) ? undefined : { ...found, value: Number(found.value) };
  };
  const firsts = (block: string) => (blocks.get(block) ?? []).filter((token) => token.firstOfLine);
  return {
    name: located(path, name),
    virtualRouterId: number('virtual_router_id'),
    priority: number('priority'),
    state: value('state'),
    interface: value('interface'),
    unicastSource: value('unicast_src_ip'),
    unicastPeers: firsts('unicast_peer').map((token) => located(path, token)),
    virtualAddresses: firsts('virtual_ipaddress').flatMap((token): VirtualAddress[] => {
      const [address = '', prefix] = token.text.split('/');
      // Variables and damage are nobody's address.
      if (parseIp(address) === undefined) return [];
      const span = { start: token.start, end: token.start + address.length };
      return [
        { value: address, prefix: prefix === undefined || prefix === '' ? undefined : Number(prefix), path, span },
      ];
    }),
  };
}

function located(path: string, token: Token): Located<string> {
  return { value: token.text, path, span: { start: token.start, end: token.end } };
}

function closingOf(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let i = open; i < tokens.length; i++) {
    if (tokens[i]?.text === '{') depth++;
    else if (tokens[i]?.text === '}' && --depth === 0) return i;
  }
  return tokens.length;
}

/** Words and braces; `!` and `#` begin a comment wherever they are not quoted. A word after a brace begins a statement. */
function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const pattern = /[!#][^\n]*|"[^"\n]*"?|[{}]|[^\s{}!#"]+|\n/g;
  let firstOfLine = true;
  for (const found of text.matchAll(pattern)) {
    const word = found[0];
    if (word === '\n') firstOfLine = true;
    else if (!/^[!#]/.test(word)) {
      tokens.push({
        text: word.replace(/^"|"$/g, ''),
        start: found.index,
        end: found.index + word.length,
        firstOfLine,
      });
      firstOfLine = word === '{' || word === '}';
    }
  }
  return tokens;
}
