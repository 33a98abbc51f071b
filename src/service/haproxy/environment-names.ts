import type { Statement } from '../../model/haproxy/statement';
import type { Word } from '../../syntax/haproxy/line';

/** The name of an environment variable in a line, counted from its start. */
interface EnvironmentName {
  readonly at: { readonly start: number; readonly end: number };
  readonly name: string;
  /** The line gives the variable its value. */
  readonly sets: boolean;
}

const mayName = /[$]|env|defined/;

/**
 * The environment variables that a line sets, forgets, asks for or is filled in with. Only between double quotes the
 * program puts in what a variable holds (manual, section 2.3).
 */
export function* environmentNames(statement: Statement): Iterable<EnvironmentName> {
  const { raw, words } = statement.line;
  if (!mayName.test(raw)) return;
  const directive = statement.directive?.name ?? '';
  if (/^(?:pre)?setenv$/.test(directive)) yield* given(statement.args.slice(0, 1), true);
  else if (/^(?:un|re)setenv$/.test(directive)) yield* given(statement.args, false);
  for (const word of words) if (word.open) yield* filledIn(raw, word);
  // A word with a variable in it is not read, so its letters are looked at.
  const asks = /^\s*\.(?:el)?if\s/.test(raw) ? /\bdefined\(\s*(\w+)/g : /\benv\((\w+)/g;
  for (const { index, 1: name = '', 0: whole } of raw.matchAll(asks))
    yield at(index + whole.length - name.length, name, false);
}

const at = (start: number, name: string, sets: boolean): EnvironmentName => ({
  at: { start, end: start + name.length },
  name,
  sets,
});

function* given(words: readonly Word[], sets: boolean): Iterable<EnvironmentName> {
  for (const word of words)
    if (!word.open && word.raw === undefined && /^[A-Za-z_]\w*$/.test(word.text)) yield at(word.start, word.text, sets);
}

function* filledIn(raw: string, { start, end }: Word): Iterable<EnvironmentName> {
  let quote = '';
  for (let i = start; i < end; i++) {
    const sign = raw[i] ?? '';
    if (quote === "'") {
      if (sign === quote) quote = '';
    } else if (sign === '\\') i++;
    else if (sign === '"') quote = quote === '' ? sign : '';
    else if (sign === "'" && quote === '') quote = sign;
    else if (sign === '$' && quote === '"') {
      const [whole = '', name = ''] = /^\{?([A-Za-z_]\w*)/.exec(raw.slice(i + 1, end)) ?? [];
      if (name !== '') yield at(i + 1 + whole.length - name.length, name, false);
      i += whole.length;
    }
  }
}
