import { say } from '../../../base/message';
import type { SectionState } from '../section-state';

/** The users and groups of a `userlist`, which may name each other in any order. */
export function checkUsers(state: SectionState): void {
  const groups = new Set<string>();
  const users = new Set<string>();
  const unread = new Set<number>();
  const sure = new Set<string>();
  state.statements.forEach((each, line) => {
    const [name] = each.args;
    if (name === undefined || each.directive === undefined) return;
    const taken = each.directive.name === 'group' ? groups : users;
    // A second line for a name is passed over (2.6.12, 3.0.11, 3.2.26, 3.4.7).
    const key = `${each.directive.name} ${name.text}`;
    if (taken.has(name.text)) unread.add(line);
    if (sure.has(key)) {
      const message = say('the name "{0}" is taken by another line of this section', name.text);
      state.report(line, name, 'duplicate-name', message, { severity: 'warning' });
    }
    taken.add(name.text);
    if (!each.uncertain) sure.add(key);
  });
  state.statements.forEach((each, line) => {
    if (each.directive === undefined || each.uncertain || unread.has(line)) return;
    const { args } = each;
    const wanted = each.directive.name === 'group' ? 'users' : 'groups';
    const index = args.findIndex((word) => word.text === wanted);
    const list = index < 0 ? undefined : args[index + 1];
    if (list === undefined || list.open) return;
    for (const member of list.text.split(',')) {
      if (wanted === 'users' ? users.has(member) : groups.has(member)) continue;
      state.report(line, list, 'unknown-reference', say('"{0}" is not declared in this userlist', member));
    }
  });
}
