import type { RuleInfo } from '../rule';

/** The mistakes that `haproxy -c` itself speaks of. One pass over the file finds them all; see `diagnose.ts`. */
export const conformance: readonly RuleInfo[] = [
  {
    id: 'haproxy/unreadable-line',
    severity: 'error',
    summary:
      'A line cannot be read: a quote or variable is left open, there are too many words, or the last line does not end.',
  },
  { id: 'haproxy/bad-value', severity: 'error', summary: 'A value is not one that this setting takes.' },
  { id: 'haproxy/bad-condition', severity: 'error', summary: 'A condition or an ACL cannot be read.' },
  {
    id: 'haproxy/bad-expression',
    severity: 'error',
    summary: 'A sample expression or log format names something that does not exist, or gives it wrong arguments.',
  },
  {
    id: 'haproxy/bad-section',
    severity: 'error',
    summary: 'A section header has no name, or a name with characters that are not allowed.',
  },
  { id: 'haproxy/conflicting-settings', severity: 'error', summary: 'Two settings cannot be used together.' },
  { id: 'haproxy/duplicate-name', severity: 'error', summary: 'A name that has to be unique is given twice.' },
  { id: 'haproxy/ignored-setting', severity: 'warning', summary: 'A setting has no effect in this section or mode.' },
  { id: 'haproxy/missing-argument', severity: 'error', summary: 'A setting lacks a word that it needs.' },
  {
    id: 'haproxy/missing-setting',
    severity: 'error',
    summary: 'A section lacks a setting without which it cannot work.',
    absence: true,
  },
  { id: 'haproxy/misordered-rule', severity: 'warning', summary: 'A rule stands below rules that run after it.' },
  {
    id: 'haproxy/removed-keyword',
    severity: 'error',
    summary: 'A keyword was removed from the release this file is for, or is deprecated.',
  },
  { id: 'haproxy/surplus-argument', severity: 'error', summary: 'There is a word too many on the line.' },
  {
    id: 'haproxy/too-new-keyword',
    severity: 'error',
    summary: 'A keyword does not exist yet in the release this file is for.',
  },
  { id: 'haproxy/unknown-keyword', severity: 'error', summary: 'A word that the program does not know.' },
  {
    id: 'haproxy/unknown-reference',
    severity: 'error',
    summary: 'A name refers to something that is written nowhere.',
    absence: true,
  },
  {
    id: 'haproxy/unreachable-rule',
    severity: 'warning',
    summary: 'A rule stands behind one that always ends the list.',
  },
  { id: 'haproxy/wrong-section', severity: 'error', summary: 'A setting stands in a section that cannot have it.' },
];
