/**
 * Where `form`, a sticky expression, holds in a text, of the places at which `beginning` stands. Letters are looked for many
 * times quicker than an expression is tried at each of them, and each key of a long file asks.
 */
export function* occurrences(text: string, beginning: string, form: RegExp): Iterable<RegExpExecArray> {
  for (let at = text.indexOf(beginning); at >= 0; ) {
    form.lastIndex = at;
    const found = form.exec(text);
    if (found !== null) yield found;
    at = text.indexOf(beginning, Math.max(at + 1, found === null ? 0 : at + found[0].length));
  }
}
