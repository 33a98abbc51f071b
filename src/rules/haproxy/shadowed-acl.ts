import { say } from '../../base/message';
import { predefinedAcl } from '../../catalog/haproxy/catalog';
import { sectionRule } from './advice';

export const shadowedAcl = sectionRule({
  id: 'haproxy/shadowed-acl',
  severity: 'warning',
  summary: 'An ACL is declared again after it was used: both lines count everywhere, also in the rules above.',
  sections: ['frontend', 'backend', 'listen', 'defaults'],
  settings: ['acl'],

  check(view, report) {
    if (view.own('acl').length === 0) return;
    const declared = new Set<string>();
    const used = new Map<string, number>();
    for (let line = 0; line < view.length; line++) {
      const statement = view.line(line);
      if (statement === undefined || statement.uncertain) continue;
      if (statement.directive?.name !== 'acl') {
        for (const { kind, name } of statement.references)
          if (kind === 'acl' && declared.has(name) && !used.has(name)) used.set(name, line);
        continue;
      }
      const name = statement.arg(0);
      if (name === undefined || name.open) continue;
      if (predefinedAcl(name.text) !== undefined && !declared.has(name.text)) {
        report(
          line,
          name,
          say('"{0}" is an ACL that haproxy brings along: from here on the name means this one', name.text),
        );
      } else if (used.has(name.text)) {
        report(
          line,
          name,
          say(
            'ACL "{0}" was declared and used above: this line does not replace it, both are joined by "or", in the rules above too; choose another name',
            name.text,
          ),
        );
      }
      declared.add(name.text);
    }
  },
});
