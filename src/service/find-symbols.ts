import type { DocumentSymbol } from './language';
import type { Workspace } from './workspace';

/** A symbol of one of the files, and what it stands in. */
export interface FoundSymbol {
  readonly path: string;
  readonly symbol: DocumentSymbol;
  readonly container: string | undefined;
}

/** More than anybody looks through; whoever has more types on. */
const mostSymbols = 500;

/** The symbols of all files whose names have the letters of `query` in their order, whatever stands between them. */
export function findSymbols(workspace: Workspace, query: string): readonly FoundSymbol[] {
  const found: FoundSymbol[] = [];
  const letters = query.toLowerCase().replace(/\s/g, '');
  const visit = (path: string, symbols: readonly DocumentSymbol[], container: string | undefined): void => {
    for (const symbol of symbols) {
      if (found.length >= mostSymbols) return;
      if (hasLetters(symbol.name.toLowerCase(), letters)) found.push({ path, symbol, container });
      visit(path, symbol.children, symbol.name);
    }
  };
  for (const { path, language, analysis } of workspace.files())
    visit(path, language.symbols?.(analysis) ?? [], undefined);
  return found;
}

function hasLetters(name: string, letters: string): boolean {
  let at = 0;
  for (const letter of letters) {
    at = name.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}
