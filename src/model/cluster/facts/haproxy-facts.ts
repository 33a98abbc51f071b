import { parseHostPort } from '../located';
import type { Backend, BackendServer, Listener, LoadBalancerFacts } from './file-facts';

const sections =
  /^(global|defaults|frontend|backend|listen|peers|resolvers|userlist|mailers|program|http-errors|ring|cache|fcgi-app|log-forward|crt-store|traces|acme|log-profile)$/;

interface Word {
  readonly text: string;
  readonly start: number;
}

interface Section {
  readonly name: string;
  readonly span: { readonly start: number; readonly end: number };
  readonly servers: BackendServer[];
  readonly takesServers: boolean;
  insertAt: number;
  defaultPort: number | undefined;
}

/**
 * The listeners, backends and routes of a haproxy configuration. Only what the cluster needs to know is read, line by
 * line, so that a fault elsewhere in the file does not hide it.
 */
export function haproxyFacts(path: string, text: string): LoadBalancerFacts {
  const listeners: Listener[] = [];
  const found: Section[] = [];
  const routes = new Map<string, string[]>();
  let section: Section | undefined;
  let lineStart = 0;
  while (lineStart < text.length) {
    const newline = text.indexOf('\n', lineStart);
    const next = newline < 0 ? text.length : newline + 1;
    const lineEnd = newline < 0 ? text.length : newline > 0 && text[newline - 1] === '\r' ? newline - 1 : newline;
    const words = wordsOf(text, lineStart, lineEnd);
    const [keyword, first, second] = words;
    if (keyword !== undefined && sections.test(keyword.text)) {
      const takesServers = keyword.text === 'backend' || keyword.text === 'listen';
      const named = first ?? keyword;
      section = {
        name: first?.text ?? keyword.text,
        span: { start: named.start, end: named.start + named.text.length },
        servers: [],
        takesServers,
        insertAt: lineEnd,
        defaultPort: undefined,
      };
      if (takesServers || keyword.text === 'frontend') found.push(section);
      else section = undefined;
      if (keyword.text === 'listen') routes.set(section?.name ?? '', [section?.name ?? '']);
    } else if (keyword !== undefined && section !== undefined) {
      section.insertAt = lineEnd;
      if (keyword.text === 'bind' && first !== undefined) {
        listeners.push(
          ...bindsOf(
            section.name,
            first,
            path,
            words.some((word) => word.text === 'transparent'),
          ),
        );
      } else if ((keyword.text === 'default_backend' || keyword.text === 'use_backend') && first !== undefined)
        routes.set(section.name, [...(routes.get(section.name) ?? []), first.text]);
      else if (keyword.text === 'server' && first !== undefined && second !== undefined && section.takesServers) {
        const address = parseHostPort(second.text.replace(/^ipv[46]@/, ''));
        if (address !== undefined && !second.text.includes('/'))
          section.servers.push({
            name: first.text,
            host: address.host,
            port: address.port,
            path,
            span: { start: second.start, end: second.start + second.text.length },
            line: { start: lineStart, end: lineEnd },
          });
      }
    }
    lineStart = next;
  }
  const backends: Backend[] = found
    .filter((each) => each.takesServers)
    .map(({ name, span, servers, insertAt }) => ({ name, path, span, servers, insertAt }));
  return { kind: 'loadbalancer', program: 'haproxy', path, listeners, backends, routes };
}

/** A `bind` word is one address or several with commas; ranges, sockets and file descriptors are nobody's API port. */
function bindsOf(proxy: string, word: Word, path: string, transparent: boolean): Listener[] {
  let at = word.start;
  return word.text.split(',').flatMap((part): Listener[] => {
    const span = { start: at, end: at + part.length };
    at += part.length + 1;
    const address = /^(.*):(\d{1,5})$/.exec(part.replace(/^ipv[46]@/, ''));
    if (address === null || part.includes('/')) return [];
    const host = (address[1] ?? '').replace(/^\[|\]$/g, '');
    const any = host === '' || host === '*' || host === '0.0.0.0' || host === '::';
    return [{ proxy, host: any ? undefined : host, port: Number(address[2]), path, span, transparent }];
  });
}

/** The words of one line without its comment; quotes and backslashes keep what they protect in one word. */
function wordsOf(text: string, start: number, end: number): Word[] {
  const words: Word[] = [];
  let at = start;
  while (at < end) {
    const unit = text[at];
    if (unit === ' ' || unit === '\t') at++;
    else if (unit === '#') break;
    else {
      const from = at;
      let quote = '';
      for (; at < end; at++) {
        const each = text[at] ?? '';
        if (quote !== '') {
          if (each === quote) quote = '';
        } else if (each === '\\') at++;
        else if (each === '"' || each === "'") quote = each;
        else if (each === ' ' || each === '\t' || each === '#') break;
      }
      words.push({ text: text.slice(from, Math.min(at, end)).replace(/["']/g, ''), start: from });
    }
  }
  return words;
}
