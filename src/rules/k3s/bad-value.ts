import type { Finding } from '../../base/finding';
import { say } from '../../base/message';
import { type K3sKey, k3sKey } from '../../catalog/k3s/catalog';
import { type K3sAnalysis, plainKey } from '../../model/k3s/analysis';
import type { YamlValue } from '../../syntax/located-yaml';
import { rule } from '../rule';

/** What Go's flag package reads as a boolean, and what YAML 1.1 makes of unquoted words before. */
const truths = /^(?:1|t|T|true|TRUE|True|0|f|F|false|FALSE|False)$/;
const yamlTruths = /^(?:y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF)$/;
const duration = /^[+-]?(?:0|(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h))+$/;

export const badValue = rule<K3sAnalysis>({
  id: 'k3s/bad-value',
  severity: 'error',
  summary: 'k3s cannot read the value and does not start.',

  *check({ entries }) {
    for (const entry of entries) {
      const key = k3sKey(plainKey(entry));
      const finding = key === undefined ? undefined : wrongValue(key, entry.value);
      if (finding !== undefined) yield finding;
    }
  },
});

function wrongValue(key: K3sKey, value: YamlValue): Finding | undefined {
  if (value.kind !== 'scalar') return undefined;
  const { text, quoted, span } = value;
  if (key.type === 'bool') {
    if (truths.test(text) || (!quoted && yamlTruths.test(text))) return undefined;
    return { span, message: say('"{0}" is neither true nor false, which "{1}" wants', text, key.key) };
  }
  if (key.type === 'int') {
    if (!/^[+-]?(?:\d[\d_]*|0[xX][0-9a-fA-F_]+|0[oO]?[0-7_]+|0[bB][01_]+)$/.test(text)) {
      return { span, message: say('"{0}" is not a whole number, which "{1}" wants', text, key.key) };
    }
    return undefined;
  }
  if (key.type === 'duration' && !duration.test(text)) {
    return { span, message: say('"{0}" is not a duration such as 30s, 5m or 1h30m, which "{1}" wants', text, key.key) };
  }
  return undefined;
}
