/** A run of an expanded word; a quoted one stands for itself in patterns. */
export interface Piece {
  readonly text: string;
  readonly quoted: boolean;
}

const special = /[.*+?^${}()|[\]\\/-]/g;

/** The regular expression of a shell pattern, for a whole text; `*` and `?` match `/` only outside of file names. */
export function patternOf(pieces: readonly Piece[], options: { readonly path: boolean }): RegExp {
  return new RegExp(`^${sourceOf(pieces, options.path)}$`, 's');
}

function sourceOf(pieces: readonly Piece[], path: boolean): string {
  const text = textOf(pieces);
  let source = '';
  let at = 0;
  let pieceEnd = 0;
  for (const { text: own, quoted } of pieces) {
    pieceEnd += own.length;
    if (quoted) source += text.slice(at, pieceEnd).replace(special, '\\$&');
    while (!quoted && at < pieceEnd) {
      const char = text[at] ?? '';
      at++;
      if (char === '*') source += path ? '[^/]*' : '.*';
      else if (char === '?') source += path ? '[^/]' : '.';
      else if (char === '[') {
        const inside = /^[!^]?\]?(?:\[:[a-z]+:\]|[^\]])*(?=\])/.exec(text.slice(at))?.[0];
        if (inside === undefined || inside === '') source += '\\[';
        else {
          source += setOf(inside);
          at += inside.length + 1;
        }
      } else source += char.replace(special, '\\$&');
    }
    // A set may have begun here and ended in a piece behind.
    at = Math.max(at, pieceEnd);
  }
  return source;
}

/** What stands between `[` and `]`, as a set of a regular expression. */
function setOf(inside: string): string {
  const negated = /^[!^]/.test(inside);
  const body = (negated ? inside.slice(1) : inside)
    .replace(/\\/g, '\\\\')
    .replace(/\[:digit:\]/g, '0-9')
    .replace(/\[:alpha:\]/g, 'a-zA-Z')
    .replace(/\[:alnum:\]/g, 'a-zA-Z0-9')
    .replace(/\[:space:\]/g, '\\s');
  return `[${negated ? '^' : ''}${body}]`;
}

export function textOf(pieces: readonly Piece[]): string {
  return pieces.length === 1 ? (pieces[0]?.text ?? '') : pieces.map((each) => each.text).join('');
}

/** Whether a word has something unquoted that makes it a pattern of file names. */
export function isPattern(pieces: readonly Piece[]): boolean {
  return pieces.some(({ text, quoted }) => !quoted && /[*?[]/.test(text));
}
