/**
 * The words of a statement up to the cursor, the last one that which is being written (empty behind a blank).
 * Undefined in a comment, a quote or a definition.
 */
export function unfinishedWords(text: string, offset: number): readonly string[] | undefined {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  let line = text.slice(lineStart, offset).replace(/"[^"]*"/g, (quoted) => `"${'_'.repeat(quoted.length - 2)}"`);
  if (/[#!"]/.test(line.replace(/"_*"/g, ''))) return undefined;
  line = line.slice(Math.max(line.lastIndexOf('{'), line.lastIndexOf('}')) + 1).replace(/^\s*@\^?\S+\s/, '');
  if (/^\s*[$~]\w*[=(]/.test(line)) return undefined;
  return line.trimStart().split(/\s+/);
}
