import { catalogText, render, type Speak } from '../../base/message';
import { type InventoryKey, inventoryKeys } from '../../catalog/inventory/keys';
import type { InventoryAnalysis } from '../../model/inventory/parse-inventory';
import { scalarAt } from '../../syntax/located-yaml';
import type { Completion } from '../language';
import { asItems, inComment, keyText, spaced, type YamlCursor, yamlCursor } from '../yaml/cursor';
import { innerPlace, keyOf, keysOf, type Place } from './keys-at';

/**
 * Keys that the mapping around the cursor still lacks, or the values of the key before it. `files` are the paths that a
 * config can name, as they are written in it.
 */
export function completeInventory(
  analysis: InventoryAnalysis,
  offset: number,
  speak: Speak = render,
  files: readonly string[] = [],
): readonly Completion[] {
  const { text } = analysis;
  if (inComment(text, offset)) return [];
  const cursor = yamlCursor(text, offset, { start: 0, end: text.length });
  if (cursor.isOff) return [];
  const { path, key, span } = cursor;
  const names = path.filter((part) => part !== '[]');
  // An item of a list of plain values belongs to the key above it.
  const list = names.at(-1);
  const isUnbegun = key === undefined && path.at(-1) !== '[]' && !cursor.isFlow && lists.has(list ?? '');
  if (key === undefined && (path.at(-1) === '[]' || isUnbegun) && list !== undefined && placeOf(names) === undefined) {
    const around = placeOf(names.slice(0, -1));
    const words = around === undefined ? [] : values(analysis, offset, around, list, cursor);
    return isUnbegun ? asItems(words) : words;
  }
  const place = placeOf(names);
  if (place === undefined) return [];
  if (place === 'config' && key === 'file') return spaced(cursor, fileOffers(files, cursor));
  if (key !== undefined) return spaced(cursor, values(analysis, offset, place, key, cursor));
  const keys = keysOf(place)
    .filter((each) => !cursor.siblings.has(each.key) || each.key === cursor.word)
    .map(
      (each, order): Completion => ({
        label: each.key,
        kind: 'keyword',
        span,
        ...keyOffer(cursor, each, isUnbegun),
        detail: each.example,
        documentation: speak(catalogText(each.text)),
        order,
      }),
    );
  return isUnbegun ? asItems(keys) : keys;
}

/** Keys whose value is a list. */
const lists: ReadonlySet<string> = new Set(
  inventoryKeys.flatMap(({ key, holds }) => (holds === undefined || holds === 'keys' ? [] : [key])),
);

/** A key with the beginning of what it holds; `isUnbegun` says that the dash of its item is put in with it. */
function keyOffer(cursor: YamlCursor, { key, holds }: InventoryKey, isUnbegun: boolean) {
  const indent = ' '.repeat(cursor.shift + (isUnbegun ? 4 : 2));
  const below = { words: ' [$0]', mappings: `\n${indent}- $0`, keys: ' { $0 }' };
  const behind = holds === undefined ? ' ' : cursor.isFlow && holds === 'mappings' ? ' [{ $0 }]' : below[holds];
  const newText = keyText(cursor, key, `:${behind}`);
  return newText.includes('$0') ? { newText, isSnippet: true } : { newText };
}

/** The mapping that a path of keys leads to; undefined where none is known. */
function placeOf(names: readonly string[]): Place | undefined {
  return names.reduce<Place | undefined>((place, name) => place && innerPlace(place, name), 'root');
}

function values(
  analysis: InventoryAnalysis,
  offset: number,
  place: Place,
  key: string,
  { span }: YamlCursor,
): readonly Completion[] {
  const names = place === 'config' && key === 'on' ? nodeNames(analysis, offset) : (keyOf(place, key)?.values ?? []);
  return names.map((name) => ({ label: name, kind: 'value', span, newText: name }));
}

/** Names that YAML would read as something else stand in quotes, unless the cursor is in some. */
function fileOffers(files: readonly string[], { span, quote }: YamlCursor): readonly Completion[] {
  return files.map((file) => {
    const isPlain = quote !== undefined || /^[\w./][\w./@+-]*$/.test(file);
    return { label: file, kind: 'file', span, newText: isPlain ? file : `'${file.replaceAll("'", "''")}'` };
  });
}

function nodeNames({ clusters }: InventoryAnalysis, offset: number): readonly string[] {
  const around = clusters.find(({ map }) => map.span.start <= offset && offset <= map.span.end) ?? clusters.at(-1);
  return (around?.nodes ?? []).flatMap((node) => scalarAt(node.map, 'name')?.text ?? []);
}
