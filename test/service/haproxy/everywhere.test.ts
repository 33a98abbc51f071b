import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';
import { type HaproxyAnalysis, spanOf } from '../../../src/model/haproxy/analysis';
import { haproxyLanguage } from '../../../src/service/haproxy';
import { visitsOf } from '../../../src/service/haproxy/visits';
import { filesBelow } from '../../support/files';
import { sharedFolder } from '../../support/shared';
import { expandedSnippets } from '../../support/snippets';

const files = [
  ...expandedSnippets('haproxy'),
  ...[
    ...filesBelow('examples', '.cfg'),
    ...filesBelow('test/fixtures', '.cfg'),
    // The corpus holds hundreds; every tenth has words of all kinds.
    ...filesBelow(sharedFolder('corpus', 'haproxy') ?? '', '.cfg').filter((_, i) => i % 10 === 0),
  ].map((path) => ({ title: basename(path), text: readFileSync(path, 'utf8') })),
].map(({ title, text }) => ({
  title,
  text,
  analysis: haproxyLanguage.analyse({ path: 'haproxy.cfg', text, versions: {} }),
}));

/** A word, or a part of one, that is one of those that may stand there. */
interface Choice {
  readonly offset: number;
  readonly text: string;
  readonly kind: string;
}

/** Whether a section, server or ACL of the file has the name. */
const isGiven = ({ sections }: HaproxyAnalysis, name: string): boolean =>
  sections.some((each) => each.name?.text === name || each.facts.servers.has(name) || each.facts.acls.has(name));

/** What of each line could be chosen from a list; names that the line gives, numbers, paths and free text are not. */
function* choicesIn(analysis: HaproxyAnalysis): Iterable<Choice> {
  for (const [line, statement] of analysis.statements.entries()) {
    if (statement.problems.length > 0 || statement.uncertain || statement.line.spread) continue;
    const choice = (
      at: { start: number; end: number },
      kind: string,
      text = statement.line.raw.slice(at.start, at.end),
    ) => ({
      offset: spanOf(analysis, line, at).start,
      text,
      kind,
    });
    for (const each of statement.keyword) {
      const text = statement.line.raw.slice(each.start, each.end);
      // The variable belongs to the word.
      yield choice(each, 'keyword', text.split('(')[0]);
    }
    for (const each of statement.references)
      if (!each.name.includes('%') && isGiven(analysis, each.name))
        yield choice(each, `name of ${each.kind}`, each.name);
    for (const visit of visitsOf(analysis, statement)) {
      const { expected } = visit;
      const text = statement.line.raw.slice(visit.start, visit.end);
      if (text === '' || /^["'\\$]|\\/.test(text)) continue;
      if (expected.kind === 'parameter' && !text.includes('(')) yield choice(visit, 'parameter');
      else if (expected.kind === 'action' && !/^(?:lua\.|track-sc(?:[3-9]|\d\d))/.test(text))
        yield choice(visit, 'action', text.split('(')[0]);
      else if ((expected.kind === 'fetch' || expected.kind === 'converter') && /^[a-z](?!ua\.)/.test(text))
        yield choice(visit, expected.kind);
      else if (expected.kind === 'log-variable' && /^%\w+$/.test(text))
        yield choice({ ...visit, start: visit.start + 1 }, 'log variable', text);
      else if (expected.kind === 'node' && expected.node.kind === 'literal' && expected.node.text === text)
        yield choice(visit, 'word');
      else if (expected.kind === 'node' && expected.node.kind === 'argument' && expected.node.type === 'enum')
        yield choice(visit, 'value');
    }
  }
}

test('what stands somewhere is among what is offered there', () => {
  const missing: string[] = [];
  const counts = new Map<string, number>();
  for (const { title, analysis } of files)
    for (const { offset, text, kind } of choicesIn(analysis)) {
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
      const offers = haproxyLanguage.complete?.(analysis, offset, []) ?? [];
      if (!offers.some((each) => each.label === text || each.label.endsWith(`@${text}`)))
        missing.push(`${title}: ${kind} ${text}`);
    }
  assert.deepEqual(missing, []);
  for (const kind of ['keyword', 'parameter', 'action', 'fetch', 'name of backend', 'word', 'value'])
    assert.ok((counts.get(kind) ?? 0) > 0, kind);
});

test('every feature answers at every word, and its answers fit together', () => {
  const language = haproxyLanguage;
  for (const { title, text, analysis } of files) {
    const size = text.length;
    const inside = ({ start, end }: { start: number; end: number }) => start >= 0 && start <= end && end <= size;
    let last = 0;
    for (const { span } of language.tokens?.(analysis) ?? []) {
      assert.ok(span.start >= last && span.end > span.start && inside(span), `${title}: a token at ${span.start}`);
      last = span.end;
    }
    for (const each of language.folds?.(analysis) ?? []) assert.ok(inside(each.span), title);
    for (const each of language.links?.(analysis) ?? []) assert.ok(inside(each.span), title);
    for (const [line, statement] of analysis.statements.entries())
      for (const word of statement.line.words) {
        const { start, end } = spanOf(analysis, line, word);
        const where = `${title}:${line + 1} ${word.text}`;
        const around = language.selection?.(analysis, start + 1) ?? [];
        assert.ok(around.length > 1, where);
        around.reduce((inner, outer) => {
          assert.ok(outer.start <= inner.start && outer.end >= inner.end, where);
          return outer;
        });
        const hover = language.hover?.(analysis, start);
        if (hover !== undefined) assert.ok(hover.span.start <= start && hover.span.end <= end, where);
        language.signature?.(analysis, end);
        const name = language.renameable?.(analysis, start);
        if (name === undefined) continue;
        const places = language.references?.(analysis, start, []) ?? [];
        assert.ok(
          places.some((each) => each.span.start === name.span.start),
          where,
        );
        for (const place of places)
          assert.deepEqual(language.references?.(analysis, place.span.start, []), places, where);
      }
  }
});

test('the definition of each name that is written somewhere is found', () => {
  let found = 0;
  for (const { title, analysis } of files)
    for (const [line, statement] of analysis.statements.entries())
      for (const each of statement.references) {
        if (each.name.includes('%') || !isGiven(analysis, each.name)) continue;
        const { start } = spanOf(analysis, line, each);
        assert.ok(
          (haproxyLanguage.definition?.(analysis, start, []) ?? []).length > 0,
          `${title}:${line + 1} ${each.name}`,
        );
        found++;
      }
  assert.ok(found > 10);
});
