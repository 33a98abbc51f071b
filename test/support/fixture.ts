import assert from 'node:assert/strict';
import { LineIndex } from '../../src/base/line-index';
import { render } from '../../src/base/message';
import { Workspace } from '../../src/service';
import { splitFiles } from './files';

const mark = /^#( *)(\^+) (error|warning|info|hint) (\S+?)(?:: (.*))?$/;

/**
 * Checks a fixture against the marks it carries. A mark is a comment under the line it speaks of:
 * `#   ^^^ warning keepalived/some-rule: message` (the message may be left out; the `#` stands in column 0, so a
 * finding that begins there is marked `#^` and reaches from column 0). Missing and surplus findings both fail.
 */
export function checkFixture(text: string, first: string): void {
  const files = splitFiles(text, first);
  const workspace = new Workspace();
  for (const file of files) workspace.open(file.path, file.text);
  for (const file of files) {
    const lines = new LineIndex(file.text);
    const unmarked = file.text.split('\n').filter((line) => !mark.test(line));
    const found = new Map<number, string[]>();
    for (const each of workspace.diagnose(file.path)) {
      const start = lines.positionAt(each.span.start);
      const end = lines.positionAt(each.span.end);
      const width = end.line === start.line ? Math.max(1, end.column - start.column) : 1;
      const lead =
        start.column === 0 ? `#${'^'.repeat(width)}` : `#${' '.repeat(start.column - 1)}${'^'.repeat(width)}`;
      const list = found.get(start.line) ?? [];
      list.push(`${lead} ${each.severity} ${each.rule}: ${render(each.message)}`);
      found.set(start.line, list);
    }
    assert.ok(unmarked.length > 0);
    const wanted = file.text.split('\n');
    const actual: string[] = [];
    wanted.forEach((line, index) => {
      if (mark.test(line)) return;
      actual.push(line);
      for (const each of found.get(index) ?? []) actual.push(matching(each, wanted, index) ?? each);
    });
    assert.equal(actual.join('\n'), file.text, `findings of ${file.path}`);
  }
}

/** A mark without a message stands for a finding with any: the wanted line if it is the same but for the message. */
function matching(found: string, wanted: readonly string[], line: number): string | undefined {
  for (let i = line + 1; i < wanted.length && mark.test(wanted[i] ?? ''); i++) {
    const each = wanted[i] ?? '';
    if (each === found || found.startsWith(`${each}: `)) return each;
  }
  return undefined;
}

/** The text without its `<|>` and where that stood. */
export function withCursor(text: string): { readonly text: string; readonly offset: number } {
  const offset = text.indexOf('<|>');
  assert.ok(offset >= 0, 'the text has no <|>');
  return { text: text.slice(0, offset) + text.slice(offset + 3), offset };
}
