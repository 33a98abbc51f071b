/** A character of an expanded word; a quoted one stands for itself in patterns. */
export interface Char {
  readonly char: string;
  readonly quoted: boolean;
}

const special = /[.*+?^${}()|[\]\\/-]/g;

/** The regular expression of a shell pattern, for a whole text; `*` and `?` match `/` only outside of file names. */
export function patternOf(chars: readonly Char[], options: { readonly path: boolean }): RegExp {
  return new RegExp(`^${sourceOf(chars, options.path)}$`, 's');
}

export function sourceOf(chars: readonly Char[], path: boolean): string {
  let source = '';
  for (let i = 0; i < chars.length; i++) {
    const { char, quoted } = chars[i] ?? { char: '', quoted: true };
    if (quoted) source += char.replace(special, '\\$&');
    else if (char === '*') source += path ? '[^/]*' : '.*';
    else if (char === '?') source += path ? '[^/]' : '.';
    else if (char === '[') {
      const rest = chars
        .slice(i + 1)
        .map((each) => each.char)
        .join('');
      const inside = /^[!^]?\]?(?:\[:[a-z]+:\]|[^\]])*(?=\])/.exec(rest)?.[0];
      if (inside === undefined || inside === '') source += '\\[';
      else {
        const negated = /^[!^]/.test(inside);
        const body = (negated ? inside.slice(1) : inside)
          .replace(/\\/g, '\\\\')
          .replace(/\[:digit:\]/g, '0-9')
          .replace(/\[:alpha:\]/g, 'a-zA-Z')
          .replace(/\[:alnum:\]/g, 'a-zA-Z0-9')
          .replace(/\[:space:\]/g, '\\s');
        source += `[${negated ? '^' : ''}${body}]`;
        i += inside.length + 1;
      }
    } else source += char.replace(special, '\\$&');
  }
  return source;
}

/** Whether a word has something unquoted that makes it a pattern of file names. */
export function isPattern(chars: readonly Char[]): boolean {
  return chars.some(({ char, quoted }) => !quoted && (char === '*' || char === '?' || char === '['));
}
