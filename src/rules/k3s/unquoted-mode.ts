import { say } from '../../base/message';
import { k3sKey } from '../../catalog/k3s/catalog';
import { type K3sAnalysis, plainKey } from '../../model/k3s/analysis';
import { rule } from '../rule';

export const unquotedMode = rule<K3sAnalysis>({
  id: 'k3s/unquoted-mode',
  severity: 'warning',
  summary: 'A file mode without quotes is an octal number to YAML, and k3s gets other digits than those written.',

  *check({ entries }) {
    for (const entry of entries) {
      const { value } = entry;
      if (k3sKey(plainKey(entry))?.format !== 'octal-mode' || value.kind !== 'scalar' || value.quoted) continue;
      if (!/^0o?[0-7]+$/.test(value.text)) continue;
      const digits = value.text.replace('o', '');
      const read = Number.parseInt(digits, 8);
      if (String(read) === digits) continue;
      yield {
        span: value.span,
        message: /[89]/.test(String(read))
          ? say('without quotes {0} is the number {1}, which is no mode: k3s keeps 0600', value.text, read)
          : say('without quotes {0} is the number {1}, and k3s sets the mode {1}', value.text, read),
        fixes: [
          // Quotes alone would give the key to whom these modes let read.
          /00$/.test(digits)
            ? {
                title: say('Put the mode in quotes'),
                edits: [{ span: value.span, newText: `"${digits}"` }],
                confidence: 'review',
              }
            : {
                title: say('Change to {0}', '"0600"'),
                edits: [{ span: value.span, newText: '"0600"' }],
                confidence: 'review',
              },
        ],
      };
    }
  },
});
