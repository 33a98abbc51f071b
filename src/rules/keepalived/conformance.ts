import type { RuleInfo } from '../rule';

const error = (name: string, summary: string): RuleInfo => ({ id: `keepalived/${name}`, severity: 'error', summary });
const warning = (name: string, summary: string): RuleInfo => ({
  id: `keepalived/${name}`,
  severity: 'warning',
  summary,
});

/** What keepalived itself refuses or remarks when it reads a file. All of it is found in one pass over the tree. */
export const conformance = {
  unknownKeyword: error('unknown-keyword', 'A keyword that keepalived does not know.'),
  wrongBlock: error('wrong-block', 'A keyword stands in a block that does not have it.'),
  unbalancedBrace: error('unbalanced-brace', 'A brace is missing or closes nothing.'),
  unterminatedQuote: error('unterminated-quote', 'A quotation mark is opened and not closed on its line.'),
  longLine: error('long-line', 'A line has more than the 1023 bytes that keepalived reads at once.'),
  badSequence: error('bad-sequence', 'A `~SEQ` or `~LST` cannot be read.'),
  missingArgument: error('missing-argument', 'A keyword lacks the value it needs.'),
  badValue: error('bad-value', 'A value has the wrong form or is out of range.'),
  badAddress: error('bad-address', 'An address, prefix or one of the words behind it cannot be used.'),
  unknownReference: {
    ...error('unknown-reference', 'A script, process, file, instance or group is named that is not defined.'),
    absence: true,
  },
  definedAfterUse: error('defined-after-use', 'Something is tracked before its definition, so keepalived ignores it.'),
  duplicateName: error('duplicate-name', 'A name or router id is used twice where it must be unique.'),
  missingSetting: error('missing-setting', 'A block lacks a line without which it does not work.'),
  repeatedKeyword: warning('repeated-keyword', 'A setting stands twice in a block; only one of them counts.'),
  deprecatedKeyword: warning('deprecated-keyword', 'A keyword has been replaced by another.'),
  unsupportedKeyword: error(
    'unsupported-keyword',
    'A keyword is newer than the release the file is for, or was removed.',
  ),
} as const;
