// Words of a file within markdown: a file must not be able to put a link, or a picture that the editor would fetch, into
// what is shown of it.

/** `text` as code within a line, whatever backticks and line ends it holds (CommonMark 6.1). */
export function codeSpan(text: string): string {
  const line = text.replace(/[\r\n]+/g, ' ');
  const fence = '`'.repeat(longestRun(line) + 1);
  const pad = /^`|`$/.test(line) ? ' ' : '';
  return `${fence}${pad}${line}${pad}${fence}`;
}

/** `text` as a block of code in `language`, whatever fences it holds (CommonMark 4.5). */
export function codeBlock(language: string, text: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}${language}\n${text}\n${fence}`;
}

/** `text` as itself, with nothing in it that markdown reads. */
export function plainText(text: string): string {
  return text.replace(/[\r\n]+/g, ' ').replace(/[\\`*_{}[\]()<>#+!|~&]/g, '\\$&');
}

/** How many backticks stand side by side in it, at most. */
function longestRun(text: string): number {
  return text.match(/`+/g)?.reduce((longest, run) => Math.max(longest, run.length), 0) ?? 0;
}
