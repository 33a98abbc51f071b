import { touches } from '../../base/span';
import { k3sKey, k3sKeys } from '../../catalog/k3s/catalog';
import { analyseK3s, type K3sAnalysis, plainKey } from '../../model/k3s/analysis';
import { k3sRules } from '../../rules/k3s';
import { runRules } from '../../rules/rule';
import { type Completion, type Hover, language } from '../language';

/** The configuration files of k3s servers and agents. */
export const k3s = language<K3sAnalysis>({
  kind: 'k3s',
  analyse: ({ path, text, versions, role }) => analyseK3s({ path, text, role, version: versions.k3s }),
  diagnose: (analysis) => runRules(k3sRules, analysis),
  complete,
  hover,
});

/** Keys at the start of a line, and the values of those that have a list of them. */
function complete({ text, entries }: K3sAnalysis, offset: number): readonly Completion[] {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const line = text.slice(lineStart, offset);
  const value = /^([a-z0-9-]+\+?):\s+(\S*)$/.exec(line);
  if (value?.[1] !== undefined) {
    const key = k3sKey(value[1].replace(/\+$/, ''));
    const span = { start: offset - (value[2]?.length ?? 0), end: offset };
    const values = key?.type === 'bool' ? ['true', 'false'] : (key?.values ?? []);
    return values.map((label) => ({ label, kind: 'value', span, newText: label }));
  }
  if (!/^[a-z0-9-]*$/.test(line)) return [];
  const span = { start: lineStart, end: offset };
  const given = new Set(entries.map(plainKey));
  return k3sKeys.flatMap((key): Completion[] => {
    if (given.has(key.key) && key.key !== line) return [];
    const detail = key.default === undefined ? key.type : `${key.type}, ${key.default}`;
    const newText = key.type === 'string-slice' ? `${key.key}:\n  - ` : `${key.key}: `;
    return [{ label: key.key, kind: 'keyword', span, newText, detail, documentation: key.text }];
  });
}

function hover({ entries }: K3sAnalysis, offset: number): Hover | undefined {
  const entry = entries.find((each) => touches(each.keySpan, offset));
  const key = entry === undefined ? undefined : k3sKey(plainKey(entry));
  if (entry === undefined || key === undefined) return undefined;
  const lines = [`**${key.key}** (${key.type})`, key.text];
  if (key.default !== undefined) lines.push(`Default: \`${key.default}\``);
  if (key.values !== undefined) lines.push(`Values: ${key.values.join(', ')}`);
  if (key.env !== undefined) lines.push(`Environment: \`${key.env}\``);
  if (key.since !== undefined && key.since !== '1.15') lines.push(`Since k3s v${key.since}`);
  lines.push('[k3s server](https://docs.k3s.io/cli/server) · [k3s agent](https://docs.k3s.io/cli/agent)');
  return { span: entry.keySpan, markdown: lines.join('\n\n') };
}
