/** What stands at `at`, by the rules of YAML 1.1; the end of the text counts as the end of a line. */

export const isBreak = (text: string, at: number): boolean => /[\n\r\u0085\u2028\u2029]/.test(text[at] ?? '');
export const isBlank = (text: string, at: number): boolean => text[at] === ' ' || text[at] === '\t';
export const isLineEnd = (text: string, at: number): boolean => at >= text.length || isBreak(text, at);
export const isWordEnd = (text: string, at: number): boolean => isBlank(text, at) || isLineEnd(text, at);

/** Letters of anchors, handles and directives. */
export const isNameCharacter = (text: string, at: number): boolean => /[0-9A-Za-z_-]/.test(text[at] ?? '');

/** The length of the line break at `at`; `\r\n` is one. */
export const breakLength = (text: string, at: number): number => (text[at] === '\r' && text[at + 1] === '\n' ? 2 : 1);

/** A line break as it comes into a value. */
export const breakText = (text: string, at: number): string =>
  /[\u2028\u2029]/.test(text[at] ?? '') ? (text[at] ?? '') : '\n';

/** `---` or `...` with nothing behind. */
export function isMarker(text: string, at: number): boolean {
  return (text.startsWith('---', at) || text.startsWith('...', at)) && isWordEnd(text, at + 3);
}
