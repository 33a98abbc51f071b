import assert from 'node:assert/strict';
import { applyEdits } from '../../src/base/span';
import type { Language, Versions } from '../../src/service/language';

/** A text in which every name has been changed, and what each new name was before. */
interface Renamed {
  readonly text: string;
  readonly before: ReadonlyMap<string, string>;
}

/** Gives every name of a file a new one (`zz000`, `zz001`, …), one after the other, as a user would. */
export function renameAll<Analysis>(
  language: Language<Analysis>,
  path: string,
  original: string,
  versions: Versions,
): Renamed {
  const before = new Map<string, string>();
  let text = original;
  let from = 0;
  for (;;) {
    const analysis = language.analyse({ path, text, versions });
    const next = nextName(language, analysis, text, from);
    if (next === undefined) return { text, before };
    from = next.offset + 1;
    // A variable of HAProxy keeps its scope: `txn.name`.
    const scope = /^(?:proc|sess|txn|req|res|check)\.(?=\w)/.exec(next.name)?.[0] ?? '';
    const fresh = `zz${String(before.size).padStart(3, '0')}`;
    const isScoped = scope !== '' && language.checkName?.(analysis, next.offset, fresh) !== undefined;
    const newName = isScoped ? scope + fresh : fresh;
    assert.equal(language.checkName?.(analysis, next.offset, newName), undefined, newName);
    before.set(fresh, isScoped ? next.name.slice(scope.length) : next.name);
    const places = language.references?.(analysis, next.offset, []) ?? [];
    assert.ok(places.length > 0, next.name);
    text = applyEdits(
      text,
      places.map(({ span }) => ({ span, newText: newName })),
    );
  }
}

/** What a program says of a text with changed names, in the words it has for the text before. */
export function inOldWords(said: string, { before }: Renamed): string {
  return said.replace(/zz\d{3}/g, (name) => before.get(name) ?? name);
}

function nextName<Analysis>(language: Language<Analysis>, analysis: Analysis, text: string, from: number) {
  for (const { index } of text.slice(from).matchAll(/[\w.:-]+/g)) {
    const offset = from + index;
    const found = language.renameable?.(analysis, offset);
    if (found !== undefined && !/^(?:\w+\.)?zz\d{3}$/.test(found.name)) return { offset, name: found.name };
  }
  return undefined;
}
