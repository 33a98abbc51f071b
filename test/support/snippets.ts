import { readFileSync } from 'node:fs';

interface Snippet {
  readonly prefix: string;
  readonly description: string;
  readonly body: readonly string[];
}

/** The snippets of `snippets/<name>.json` as a user gets them who accepts every default. */
export function expandedSnippets(name: string): { readonly title: string; readonly text: string }[] {
  const snippets = JSON.parse(readFileSync(`snippets/${name}.json`, 'utf8')) as Record<string, Snippet>;
  return Object.entries(snippets).map(([title, { body }]) => ({ title, text: expand(body.join('\n')) }));
}

/** Puts in the defaults of tab stops, inner ones first; a choice gives its first word. */
function expand(body: string): string {
  const escaped = body.replaceAll('\\$', '\u0001').replaceAll('\\}', '\u0002');
  // A tab stop that comes again has the text of the first.
  const defaults = new Map(
    [...escaped.matchAll(/\$\{(\d+):([^${}]*)\}/g)].map(([, stop = '', usual = '']) => [stop, usual]),
  );
  let text = escaped;
  for (let before = ''; before !== text; ) {
    before = text;
    text = text.replace(/\$\{\d+\|([^,|]*)[^|]*\|\}/g, '$1').replace(/\$\{\d+:([^${}]*)\}/g, '$1');
  }
  return `${text
    .replace(/\$\{?(\d+)\}?/g, (_whole, stop: string) => defaults.get(stop) ?? '')
    .replaceAll('\u0001', '$')
    .replaceAll('\u0002', '}')
    .trimEnd()}\n`;
}
