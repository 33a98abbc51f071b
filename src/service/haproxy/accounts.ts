import type { Question } from './offer';

/** The groups of the userlist `name`, wherever the files of the instance have it. */
export function* groupsOf(question: Question, name: string): Iterable<string> {
  yield* accountsOf(question, name, 'group');
}

/** The users or groups of a userlist. */
export function* accountsOf({ analysis, siblings }: Question, list: string, kind: 'user' | 'group'): Iterable<string> {
  for (const { sections, statements } of [analysis, ...siblings.map((sibling) => sibling.analysis)])
    for (const section of sections) {
      if (section.type !== 'userlist' || section.name?.text !== list) continue;
      for (const { directive, args } of statements.slice(section.header + 1, section.end))
        if (directive?.name === kind && args[0] !== undefined && !args[0].open) yield args[0].text;
    }
}
