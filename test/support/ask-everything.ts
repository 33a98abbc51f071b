import assert from 'node:assert/strict';
import type { FileKind } from '../../src/base/file-kind';
import type { Diagnostic } from '../../src/base/finding';
import type { Span, TextEdit } from '../../src/base/span';
import type { AnyLanguage, DocumentSymbol } from '../../src/service/language';
import { languageOf } from '../../src/service/registry';

/** The spans of symbols and of those inside them; each name has to stand in its symbol. */
function spansOf(symbols: readonly DocumentSymbol[]): Span[] {
  return symbols.flatMap(({ span, nameSpan, children }) => {
    assert.ok(span.start <= nameSpan.start && nameSpan.end <= span.end, 'a name stands outside of its symbol');
    return [span, nameSpan, ...spansOf(children)];
  });
}

/** What a text is after edits, none of which may reach into another one. */
function applied(text: string, edits: readonly TextEdit[]): string {
  const sorted = [...edits].sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end);
  let made = '';
  let at = 0;
  for (const { span, newText } of sorted) {
    assert.ok(span.start >= at && span.end >= span.start && span.end <= text.length, `edits overlap or leave the text`);
    made += text.slice(at, span.start) + newText;
    at = span.end;
  }
  return made + text.slice(at);
}

function within(spans: readonly (Span | undefined)[], length: number, what: string): void {
  for (const each of spans)
    if (each !== undefined)
      assert.ok(
        0 <= each.start && each.start <= each.end && each.end <= length,
        `${what}: ${each.start}-${each.end} of ${length}`,
      );
}

/** Whether findings stand in the text, and each fix can be made. */
function checkFindings(text: string, path: string, found: readonly Diagnostic[]): void {
  for (const each of found) {
    if ((each.path ?? path) === path) within([each.span], text.length, each.rule);
    for (const related of each.related ?? [])
      if ((related.path ?? each.path ?? path) === path) within([related.span], text.length, `${each.rule}, related`);
    for (const { edits } of each.fixes ?? []) {
      const own = edits.filter((edit) => ((edit as { path?: string }).path ?? each.path ?? path) === path);
      within(
        own.map((edit) => edit.span),
        text.length,
        `${each.rule}, fix`,
      );
      applied(text, own);
    }
  }
}

/** The text without what a format may change: blanks, and where lines of nothing else stand. */
const bare = (text: string): string => text.replace(/\s+/g, '');

const options = [
  { tabSize: 2, insertSpaces: true },
  { tabSize: 4, insertSpaces: false, columns: 'align' },
  { tabSize: 4, insertSpaces: true, columns: 'single' },
] as const;

/**
 * Asks a language for all it can say of a text at some places: nothing may throw, every place has to be in the text, edits
 * may not overlap, what was formatted stays as it is, and an analysis that was led there by an edit says the same.
 */
export function askEverything(kind: FileKind, path: string, text: string, places: readonly number[]): void {
  const language = languageOf(kind);
  if (language === undefined) return;
  const read = (source: string) => language.analyse({ path, text: source, versions: {} });
  const analysis = read(text);
  const { length } = text;
  checkFindings(text, path, language.diagnose(analysis, []));
  language.inner?.(analysis);
  within(spansOf(language.symbols?.(analysis) ?? []), length, 'symbols');
  const all = {
    folds: language.folds?.(analysis),
    links: language.links?.(analysis),
    tokens: language.tokens?.(analysis),
    lenses: language.lenses?.(analysis, []),
  };
  for (const [what, each] of Object.entries(all))
    within(
      (each ?? []).map(({ span }) => span),
      length,
      what,
    );
  const tokens = all.tokens ?? [];
  tokens.forEach((each, index) => {
    assert.ok(index === 0 || (tokens[index - 1]?.span.end ?? 0) <= each.span.start, 'tokens overlap');
  });
  within(
    (language.hints?.(analysis, { start: 0, end: length }) ?? []).map(({ offset }) => ({ start: offset, end: offset })),
    length,
    'hints',
  );
  for (const each of places) askAt(language, analysis, text, each % (length + 1));
  const columns = options[(places[0] ?? 0) % options.length] ?? options[0];
  const formatted = applied(text, language.format?.(analysis, columns) ?? []);
  assert.equal(bare(formatted), bare(text), 'a format changes more than blanks');
  assert.equal(
    applied(formatted, language.format?.(read(formatted), columns) ?? []),
    formatted,
    'a second format changes something again',
  );
}

/** Holds what an analysis says that was led to each text by an edit against what one says that read it alone. */
export function askAfterEdits(kind: FileKind, path: string, texts: readonly string[]): void {
  const language = languageOf(kind);
  const [first, ...others] = texts;
  if (language === undefined || first === undefined) return;
  const versions = {};
  let before = first;
  let analysis = language.analyse({ path, text: first, versions });
  language.diagnose(analysis, []);
  for (const text of others) {
    analysis = language.analyse({ path, text, versions }, { analysis, edits: [editBetween(before, text)] });
    const fresh = language.analyse({ path, text, versions });
    assert.deepEqual(language.diagnose(analysis, []), language.diagnose(fresh, []), 'an edit changes what is found');
    assert.deepEqual(language.symbols?.(analysis), language.symbols?.(fresh));
    before = text;
  }
}

/** The edit that makes one text of the other: what lies between their equal ends. */
function editBetween(before: string, after: string): TextEdit {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let end = 0;
  while (end < shorter - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  return { span: { start, end: before.length - end }, newText: after.slice(start, after.length - end) };
}

function askAt(language: AnyLanguage, analysis: unknown, text: string, offset: number): void {
  const { length } = text;
  const around = language.selection?.(analysis, offset) ?? [];
  const references = language.references?.(analysis, offset, []) ?? [];
  const name = language.renameable?.(analysis, offset, []);
  language.whyFixed?.(analysis, offset, []);
  language.signature?.(analysis, offset);
  const at = {
    hover: [language.hover?.(analysis, offset)?.span],
    name: [name?.span],
    completion: (language.complete?.(analysis, offset, []) ?? []).map(({ span }) => span),
    definition: (language.definition?.(analysis, offset, []) ?? []).map(({ span }) => span),
    references: references.map(({ span }) => span),
    selection: around,
  };
  for (const [what, spans] of Object.entries(at)) within(spans, length, what);
  for (const each of at.completion)
    assert.ok(each.start <= offset && offset <= each.end, 'a word elsewhere is completed');
  around.forEach((each, index) => {
    const inner = around[index - 1];
    assert.ok(each.start <= offset && offset <= each.end, 'a selection is elsewhere');
    if (inner !== undefined) assert.ok(each.start <= inner.start && inner.end <= each.end, 'selections cross');
  });
  if (name === undefined || language.checkName?.(analysis, offset, 'other_name', []) !== undefined) return;
  applied(
    text,
    references.map(({ span }) => ({ span, newText: 'other_name' })),
  );
}
