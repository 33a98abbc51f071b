import type { FileKind } from '../base/file-kind';

/** What only a template engine reads: Jinja, Helm and Go, ERB, Terraform, the marks of sed. No configuration of ours has these signs. */
const signs = [
  /\{%[-+]?\s*(?:for|if|set|endfor|endif|else|elif|include|import|block|macro|raw)\b/,
  /\{\{-?\s*[^{}\s][^{}\n]*\}\}/,
  /<%[=-]?\s.*%>/,
  /%\{\s*~?\s*(?:for|if|endfor|endif|else)\b/,
  /<--[A-Z_]+-->|@@[A-Z_]+@@|%%[A-Z_]+%%|__[A-Z][A-Z_]+__/,
];

/** One of these stands in every text that has one of the signs; looking for them first keeps large files quick. */
const beginnings = ['{{', '{%', '<%', '%{', '<--', '@@', '%%', '__'];

/** Whether a text is what a program makes a configuration from. What will stand in it nobody knows, so nothing is said of it. */
export function isTemplate(text: string): boolean {
  if (!beginnings.some((each) => text.includes(each))) return false;
  // A comment may tell of the template that a file was made from: the file itself is none then.
  const read = text.replace(/^[ \t]*[#!].*$/gm, '');
  return signs.some((each) => each.test(read));
}

/**
 * Whether a file has names such as `%ROLE%`, which keepalived has nothing like, or `$ROLE` that it gives no value, as envsubst and sed fill them in. keepalived has variables of
 * this form, so one name may be a mistake; several, or one below a folder of templates, are not.
 */
export function leavesNames(kind: FileKind, text: string, path: string): boolean {
  if (kind !== 'keepalived') return false;
  const read = text.replace(/[#!].*$/gm, '').replace(/"[^"\n]*"|'[^'\n]*'/g, '');
  if (/(?:^|\s)%[A-Z][A-Z_]+%\S*\s/.test(read)) return true;
  if (!text.includes('$') || /^[ \t]*(?:\$\w+=|include\b)/m.test(text)) return false;
  const names = new Set([...read.matchAll(/^[ \t]*(?:\w+[ \t]+)?\$\{?([A-Za-z]\w*)/gm)].map((found) => found[1]));
  return names.size > 1 || (names.size === 1 && /(^|\/)templates?\//.test(path));
}
