import { occurrences } from './occurrences';
import type { Offer, Question } from './offer';

/** More than these nobody reads through; the letters that are typed next choose among them. */
const most = 200;

/** The files that other lines name behind the word `before`: one that is there already is often meant again. */
export function* filesNamed(before: string, { analysis, siblings }: Question): Iterable<Offer> {
  const found = new Set<string>();
  for (const { document } of [analysis, ...siblings.map((sibling) => sibling.analysis)]) {
    const { text } = document;
    for (let at = text.indexOf(` ${before} `); at >= 0 && found.size < most; at = text.indexOf(` ${before} `, at + 1)) {
      const path = /^\s+([^\s"'#]+)/.exec(text.slice(at + before.length + 1, at + before.length + 300))?.[1] ?? '';
      if (/[/.]/.test(path)) found.add(path);
    }
  }
  for (const label of found) yield { label, kind: 'file', order: 5 };
}

/** The maps that expressions look up. */
export const mapsNamed = (question: Question): Iterable<Offer> =>
  filesOfForm('map', /(?<!\w)map(?:_\w+)?\(([^,()\s]+)/y, question);

/** The lists of patterns that ACLs load. */
export const patternsNamed = (question: Question): Iterable<Offer> => filesOfForm('-f', /(?<=\s)-f\s+(\S+)/y, question);

function* filesOfForm(beginning: string, form: RegExp, { analysis, siblings }: Question): Iterable<Offer> {
  const found = new Set<string>();
  for (const each of [analysis, ...siblings.map((sibling) => sibling.analysis)])
    for (const [, label = ''] of occurrences(each.document.text, beginning, form)) found.add(label);
  for (const label of found) yield { label, kind: 'file', order: 5 };
}
