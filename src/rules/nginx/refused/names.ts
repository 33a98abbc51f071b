import { streamDirectives } from '../../../catalog/nginx/stream';
import type { NginxDirective, NginxWord } from '../../../syntax/nginx/parse-nginx';

/** The words of a table that is written as one text. */
export const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

/** The directives of stream. */
export const known: ReadonlySet<string> = new Set(streamDirectives.keys());

/** Directives that only http has: in stream every release of nginx refuses them. */
export const ofHttp = words(
  'location if proxy_set_header proxy_read_timeout proxy_send_timeout proxy_http_version proxy_redirect proxy_buffering add_header root index try_files rewrite keepalive keepalive_timeout ip_hash client_max_body_size gzip sendfile tcp_nopush default_type',
);

/** Whether a line brings nothing in that stands elsewhere. */
export function isPlain({ name }: NginxDirective): boolean {
  return known.has(name.text) && !/^(?:include|state|zone)$/.test(name.text);
}

/** What a script or a reader fills in, or nginx itself when it runs. */
export const isOpen = (text: string): boolean => /[$<>{}%]/.test(text);

/** The first word of a directive that begins a line and is the name of another one: a semicolon is missing before it. */
export function swallowed(text: string, { name, args }: NginxDirective): readonly [NginxWord, NginxWord] | undefined {
  for (const [index, arg] of args.entries()) {
    const before = args[index - 1] ?? name;
    const between = text.slice(before.span.end, arg.span.start);
    if (between.includes('\n') && (known.has(arg.text) || ofHttp.has(arg.text))) return [before, arg];
  }
  return undefined;
}
