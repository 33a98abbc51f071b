import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';

type Texts = Readonly<Record<string, string>>;

const read = new Map<string, Texts>();

/**
 * Finds the text of a template in a language of VS Code, such as `ko`; undefined where Haven has none. `vscode.l10n` has
 * only those that adapters ask for: with the thousands of messages and catalogs VS Code would read them all at each start,
 * and here they are read when the first one is shown.
 */
export function textIn(language: string): (template: string) => string | undefined {
  let texts = read.get(language);
  if (texts === undefined) {
    texts = textsOf(language);
    read.set(language, texts);
  }
  return (template) => texts[template];
}

/** The build puts them beside the bundles. */
function textsOf(language: string): Texts {
  const path = join(__dirname, `texts-${language}.json.br`);
  return existsSync(path) ? (JSON.parse(brotliDecompressSync(readFileSync(path)).toString()) as Texts) : {};
}
