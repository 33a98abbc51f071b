import type { Place } from '../../base/finding';

/** A value and the place in the workspace where it is written. */
export interface Located<T> extends Place {
  readonly value: T;
  /** A definition puts the value there, so an edit of the span is no edit of the value. */
  readonly replaced?: true;
}

/** A host and a port as one text names them. An absent port is the reader's default, never a guess made here. */
export interface HostPort {
  readonly host: string;
  readonly port: number | undefined;
}

/** Longer than any name of a host (RFC 1035: 253 characters) with its port and a path. */
const longestAddress = 1_000;

/** Reads `host:port`, `[v6]:port`, a bare host, or an URL of which host and port count; undefined for anything else. */
export function parseHostPort(text: string): HostPort | undefined {
  // What tells an address from another text takes time by the square of its length.
  if (text.length > longestAddress) return undefined;
  const bare = text
    .trim()
    .replace(/^[a-z][a-z0-9+.-]*:\/\//i, '')
    .replace(/[/?].*$/s, '');
  const found = /^\[([0-9a-fA-F:.]+)\](?::(\d{1,5}))?$/.exec(bare) ?? /^([^\s:[\]@{}$<>]+)(?::(\d{1,5}))?$/.exec(bare);
  if (found?.[1] === undefined)
    return /^[0-9a-fA-F:]+:[0-9a-fA-F:]*$/.test(bare) ? { host: bare, port: undefined } : undefined;
  return { host: found[1], port: found[2] === undefined ? undefined : Number(found[2]) };
}

/**
 * Whether a text still has a place to be filled in: `$VAR`, `{{ jinja }}`, `<placeholder>`, `%s`, `%%NAME%%`, or what only
 * the machine knows. Nothing is said of these.
 */
export function isPlaceholder(text: string): boolean {
  return (
    /[$<>{}\uE000]|%s|%%|__\w+__|@[A-Z_]+@|^(?:x+|change-?me|your[-_ ].*|(?:\w+_)?ip_addr(?:ess)?(?:_\w+)?(?::\w+)?)$/i.test(
      text,
    ) || text.trim() === ''
  );
}
