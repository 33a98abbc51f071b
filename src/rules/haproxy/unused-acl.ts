import { say } from '../../base/message';
import type { Statement } from '../../model/haproxy/statement';
import { sectionRule } from './advice';

/** Whether a variable of the environment may name any ACL in a condition; between braces it is a pattern. */
function hasOpenCondition({ line, directive }: Statement): boolean {
  if (directive?.name === 'acl' || !line.words.some((each) => each.open)) return false;
  const from = line.words.findIndex(({ text }) => text === 'if' || text === 'unless');
  let braces = 0;
  for (const { text, open } of from < 0 ? [] : line.words.slice(from + 1)) {
    if (/^!*\{$/.test(text)) braces++;
    else if (text === '}') braces--;
    else if (open && braces === 0) return true;
  }
  return false;
}

export const unusedAcl = sectionRule({
  id: 'haproxy/unused-acl',
  severity: 'hint',
  summary: 'An ACL is declared and no condition of its section names it.',
  // What a defaults section declares is for others.
  sections: ['frontend', 'backend', 'listen'],
  settings: ['acl'],

  check(view, report) {
    const declared = view.own('acl');
    if (declared.length === 0) return;
    const unused = new Set<string>();
    for (const { statement } of declared) {
      const name = statement.arg(0);
      if (name !== undefined && !name.open && statement.problems.length === 0) unused.add(name.text);
    }
    for (let line = 0; line < view.length; line++) {
      if (unused.size === 0) return;
      const statement = view.line(line);
      if (statement === undefined) continue;
      if (hasOpenCondition(statement)) return;
      for (const { kind, name } of statement.references) if (kind === 'acl') unused.delete(name);
      // Lines that could not be read to their end, or are not judged, may name it all the same.
      if (statement.problems.length > 0 || statement.uncertain || statement.line.spread)
        for (const { text } of statement.line.words) unused.delete(text.replace(/^!/, ''));
    }
    for (const { line, statement } of declared) {
      const name = statement.arg(0);
      if (name === undefined || !unused.has(name.text)) continue;
      report(line, name, say('no condition of this section names ACL "{0}"', name.text), {
        tag: 'unnecessary',
        fix: {
          title: say('Remove this line'),
          edits: [{ line, start: 0, end: statement.line.raw.length + 1, newText: '' }],
          confidence: 'review',
        },
      });
    }
  },
});
