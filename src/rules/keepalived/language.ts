import type { RuleInfo } from '../rule';

/** What `keepalived -t` itself reports about the language, one rule for each kind of mistake. */
export const languageRules = {
  unknownKeyword: {
    id: 'keepalived/unknown-keyword',
    severity: 'error',
    summary: 'The word is not a keyword of keepalived; the line is ignored.',
  },
  wrongBlock: {
    id: 'keepalived/wrong-block',
    severity: 'error',
    summary: 'The keyword exists, but not in this block; the line is ignored.',
  },
  missingArgument: {
    id: 'keepalived/missing-argument',
    severity: 'error',
    summary: 'The keyword or block needs a value that is not there.',
  },
  badValue: {
    id: 'keepalived/bad-value',
    severity: 'error',
    summary: 'The value is not one that the keyword takes; keepalived reports it and goes on with another.',
  },
  unknownReference: {
    id: 'keepalived/unknown-reference',
    severity: 'error',
    summary: 'The line names a script, process, file or instance that is not defined, or not yet.',
  },
  unbalancedBrace: {
    id: 'keepalived/unbalanced-brace',
    severity: 'error',
    summary: 'A brace is missing or belongs to nothing.',
  },
  unterminatedQuote: {
    id: 'keepalived/unterminated-quote',
    severity: 'error',
    summary: 'A double quote is opened and not closed on the same line.',
  },
  unknownYet: {
    id: 'keepalived/too-new-keyword',
    severity: 'error',
    summary: 'The keyword came with a later release than the one the file is for.',
  },
  removed: {
    id: 'keepalived/removed-keyword',
    severity: 'error',
    summary: 'The keyword is gone in the release the file is for.',
  },
  deprecated: {
    id: 'keepalived/deprecated-keyword',
    severity: 'warning',
    summary: 'The keyword still works, but another one has taken its place.',
  },
  duplicateName: {
    id: 'keepalived/duplicate-name',
    severity: 'error',
    summary: 'A second block of the same name, or a second entry of a list, is reported and ignored.',
  },
  missingSetting: {
    id: 'keepalived/missing-setting',
    severity: 'error',
    summary: 'A block lacks a setting without which keepalived does not use it.',
  },
  conflictingSettings: {
    id: 'keepalived/conflicting-settings',
    severity: 'error',
    summary: 'Two settings exclude each other; keepalived clears one of them.',
  },
} as const satisfies Readonly<Record<string, RuleInfo>>;
