import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createOnigScanner, createOnigString, loadWASM } from 'vscode-oniguruma';
import { INITIAL, parseRawGrammar, Registry } from 'vscode-textmate';

const wasm = join(dirname(require.resolve('vscode-oniguruma/package.json')), 'release', 'onig.wasm');
let engine: Promise<void> | undefined;

/** A word and its innermost scope. */
interface Scoped {
  readonly text: string;
  readonly scope: string;
}

/** Tokenizes `text` with the grammar of `syntaxes/<name>.tmLanguage.json`, as VS Code does; tokens without a scope of their own are left out. */
export async function scopesOf(name: string, text: string): Promise<Scoped[][]> {
  engine ??= loadWASM(readFileSync(wasm).buffer as ArrayBuffer);
  await engine;
  const path = `syntaxes/${name}.tmLanguage.json`;
  const registry = new Registry({
    onigLib: Promise.resolve({ createOnigScanner, createOnigString }),
    loadGrammar: async () => parseRawGrammar(readFileSync(path, 'utf8'), path),
  });
  const grammar = await registry.loadGrammar(`source.${name}`);
  if (grammar === null) throw new Error(`${path} has no scope source.${name}`);
  let state = INITIAL;
  return text.split('\n').map((line) => {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, state);
    state = ruleStack;
    return tokens.flatMap(({ startIndex, endIndex, scopes }) => {
      const words = line.slice(startIndex, endIndex);
      const scope = scopes.at(-1) ?? '';
      return scopes.length < 2 || scope.startsWith('meta.') || words.trim() === '' ? [] : [{ text: words, scope }];
    });
  });
}
