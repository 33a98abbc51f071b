import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Span } from '../../../src/base/span';
import { blocks, keywords } from '../../../src/catalog/keepalived';
import { keepalivedLanguage } from '../../../src/service/keepalived';
import type { DocumentSymbol } from '../../../src/service/language';
import fc from '../../support/fast-check';

const words = [
  ...[...blocks, ...keywords].map((each) => each.name),
  ...['{', '}', '"', '#', '!', '$X', '$X=1', '$Y= \\', '${X}', '~SEQ(i, 1, 2)', '~LST(i, a)', '@host', '@^host', '\\'],
  ...['include a.conf', 'includem *.conf', '10.0.0.1/24', 'weight', '-5', 'eth0', 'name', 'é', '\t', '\r'],
];
const text = fc
  .array(fc.tuple(fc.constantFrom(...words), fc.constantFrom(' ', '\n', '\n', ' {\n', '\n}\n', '')), { maxLength: 30 })
  .map((parts) => parts.flat().join(''));

function spansOf(symbols: readonly DocumentSymbol[]): Span[] {
  return symbols.flatMap(({ span, nameSpan, children }) => {
    assert.ok(span.start <= nameSpan.start && nameSpan.end <= span.end, 'a name stands outside of its symbol');
    return [span, nameSpan, ...spansOf(children)];
  });
}

test('every feature answers for every place of any text, and speaks of places that are in it', () => {
  const { analyse, hover, complete, signature, definition, references, renameable } = keepalivedLanguage;
  const { symbols, folds, selection, links, tokens, hints, lenses } = keepalivedLanguage;
  fc.assert(
    fc.property(text, fc.nat(), (source, somewhere) => {
      const analysis = analyse({ path: 'keepalived.conf', text: source, versions: {} });
      const offset = somewhere % (source.length + 1);
      const around = selection?.(analysis, offset) ?? [];
      const spans: (Span | undefined)[] = [
        hover?.(analysis, offset)?.span,
        renameable?.(analysis, offset)?.span,
        ...(complete?.(analysis, offset, []) ?? []).map((each) => each.span),
        ...(definition?.(analysis, offset, []) ?? []).map((each) => each.span),
        ...(references?.(analysis, offset, []) ?? []).map((each) => each.span),
        ...spansOf(symbols?.(analysis) ?? []),
        ...[...(folds?.(analysis) ?? []), ...(links?.(analysis) ?? []), ...(tokens?.(analysis) ?? [])].map(
          (each) => each.span,
        ),
        ...(lenses?.(analysis, []) ?? []).map((each) => each.span),
        ...(hints?.(analysis, { start: 0, end: source.length }) ?? []).map((each) => ({
          start: each.offset,
          end: each.offset,
        })),
        ...around,
      ];
      signature?.(analysis, offset);
      for (const each of spans)
        if (each !== undefined)
          assert.ok(0 <= each.start && each.start <= each.end && each.end <= source.length, JSON.stringify(each));
      around.forEach((each, index) => {
        const inner = around[index - 1];
        assert.ok(each.start <= offset && offset <= each.end);
        if (inner !== undefined) assert.ok(each.start <= inner.start && inner.end <= each.end);
      });
    }),
    { numRuns: 300, seed: 5 },
  );
});

test('every keyword has a hover of its own, and is offered in every block that has it', () => {
  const offered = new Map<string, Set<string>>();
  for (const row of keywords)
    for (const block of row.in) {
      const opens = inBlock(block);
      if (opens === undefined || row.removed !== undefined || row.since === '2.5.0') continue;
      const line = `${opens.before}${row.name}${row.block === true ? ' {\n}' : ' '}${opens.after}`;
      const analysis = keepalivedLanguage.analyse({ path: 'keepalived.conf', text: line, versions: {} });
      const found = keepalivedLanguage.hover?.(analysis, opens.before.length + 1);
      assert.ok(found?.markdown.includes(row.text) || row.block === true, `${row.name} in ${block}`);
      let labels = offered.get(block);
      if (labels === undefined) {
        const empty = keepalivedLanguage.analyse({
          path: 'keepalived.conf',
          text: opens.before + opens.after,
          versions: {},
        });
        labels = new Set(keepalivedLanguage.complete?.(empty, opens.before.length, []).map((each) => each.label) ?? []);
        offered.set(block, labels);
      }
      assert.ok(labels.has(row.name), `${row.name} is not offered in ${block}`);
    }
});

/** What stands before and behind a line of the block. */
function inBlock(name: string): { readonly before: string; readonly after: string } | undefined {
  if (name === '(root)') return { before: '', after: '\n' };
  const block = blocks.find((each) => each.name === name && each.lines !== true);
  const outer = block === undefined ? undefined : inBlock(block.in[0] ?? '(root)');
  if (block === undefined || outer === undefined) return undefined;
  return { before: `${outer.before}${name}${block.named ? ' x 1' : ''} {\n`, after: `\n}\n${outer.after}` };
}
