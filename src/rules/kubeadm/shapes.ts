import type { Fix } from '../../base/finding';
import { type Message, say } from '../../base/message';
import { trailing } from '../../base/trailing';
import { elementOf } from '../../catalog/kubeadm/fields';
import type { KubeadmAnalysis } from '../../model/kubeadm/analysis';
import { isNull, type Mismatch, rangeOf } from '../../model/kubeadm/content';
import { readsComponents } from '../../model/kubeadm/lookup';
import { goScalar } from '../../syntax/go-scalar';
import type { YamlScalar, YamlValue } from '../../syntax/located-yaml';
import { rule } from '../rule';
import { columnOf } from './move-field';

/** Arguments, which v1beta3 writes as a map and v1beta4 as a list of names and values. */
function isArguments({ field, value }: Mismatch): boolean {
  return (
    (field.type === 'Arg[]' && value.kind === 'map') ||
    (/xtraArgs$/.test(field.field) && field.type === 'map<string,string>' && value.kind === 'list')
  );
}

/** The first line of a value, which may be long. */
function firstLine(text: string, { span }: YamlValue) {
  const newline = text.indexOf('\n', span.start);
  return { start: span.start, end: newline < 0 ? span.end : Math.min(span.end, newline) };
}

export const argumentsShape = rule<KubeadmAnalysis>({
  id: 'kubeadm/arguments-shape',
  severity: 'error',
  summary: 'v1beta4 wants arguments as a list of name and value, v1beta3 as a map.',

  *check({ documents, text }) {
    for (const { content } of documents)
      for (const mismatch of content.mismatches) {
        if (!isArguments(mismatch)) continue;
        const { field, value, entry } = mismatch;
        const newText =
          value.kind === 'map' ? asList(text, value) : asMap(text, value, columnOf(text, entry.keySpan.start));
        yield {
          span: entry.keySpan,
          message:
            value.kind === 'map'
              ? say('in v1beta4 "{0}" is a list of name and value', field.field)
              : say('in v1beta3 "{0}" is a map: each name with its value', field.field),
          fixes:
            newText === undefined
              ? []
              : [
                  {
                    title: value.kind === 'map' ? say('Write it as a list') : say('Write it as a map'),
                    edits: [{ span: value.span, newText }],
                    confidence: 'review',
                  },
                ],
        };
      }
  },
});

const quoted = (text: string) => JSON.stringify(text);

/** Arguments of v1beta3 in the form of v1beta4; undefined where they are not laid out in plain lines. */
export function asList(text: string, value: YamlValue): string | undefined {
  if (value.kind !== 'map' || value.flow || value.entries.length === 0)
    return value.kind === 'map' && value.entries.length === 0 ? '[]' : undefined;
  const indent = ' '.repeat(columnOf(text, value.span.start));
  const items = value.entries.map((entry) =>
    entry.value.kind === 'scalar'
      ? `- name: ${entry.key}\n${indent}  value: ${quoted(isNull(entry.value) ? '' : entry.value.text)}`
      : undefined,
  );
  return items.includes(undefined) || hasComment(text, value)
    ? undefined
    : `${items.join(`\n${indent}`)}${endOf(text, value)}`;
}

/** Arguments of v1beta4 in the form of v1beta3. A list may stand as far left as its key; a map has to be further in. */
function asMap(text: string, value: YamlValue, keyColumn: number): string | undefined {
  if (value.kind !== 'list' || value.flow || value.items.length === 0)
    return value.kind === 'list' && value.items.length === 0 ? '{}' : undefined;
  const column = columnOf(text, value.span.start);
  const further = column <= keyColumn ? '  ' : '';
  const lines = value.items.map((item) => {
    if (item.kind !== 'map') return undefined;
    const part = (key: string) => item.entries.find((entry) => entry.key === key)?.value;
    const name = part('name');
    const content = part('value');
    if (
      name?.kind !== 'scalar' ||
      !/^[A-Za-z][\w.-]+$|^v$/.test(name.text) ||
      (content !== undefined && content.kind !== 'scalar')
    )
      return undefined;
    return `${name.text}: ${quoted(content?.text ?? '')}`;
  });
  return lines.includes(undefined) ||
    new Set(lines.map((each) => each?.split(':')[0])).size < lines.length ||
    hasComment(text, value)
    ? undefined
    : `${further}${lines.join(`\n${' '.repeat(column)}${further}`)}${endOf(text, value)}`;
}

/** The break that the span of a block mapping may hold behind its last line. */
function endOf(text: string, { span }: YamlValue): string {
  return trailing(text.slice(span.start, span.end), /\s/);
}

function hasComment(text: string, { span }: YamlValue): boolean {
  return /(?:^|\s)#/.test(text.slice(span.start, span.end));
}

export const wrongType = rule<KubeadmAnalysis>({
  id: 'kubeadm/wrong-type',
  severity: 'error',
  summary: 'The value has another form than the field takes, and no command of kubeadm reads the file.',

  *check(analysis) {
    const { documents, text } = analysis;
    const isRead = readsComponents(analysis);
    for (const { content, api } of documents)
      for (const mismatch of content.mismatches) {
        if (isArguments(mismatch) || /\{\{|\$\{/.test(text.slice(mismatch.value.span.start, mismatch.value.span.end)))
          continue;
        yield {
          span: mismatch.value.kind === 'scalar' ? mismatch.value.span : firstLine(text, mismatch.value),
          ...(api === undefined && !isRead ? { severity: 'warning' as const } : {}),
          message: typeMessage(mismatch),
          fixes: typeFixes(mismatch),
        };
      }
  },
});

function typeMessage({ wanted, field, value }: Mismatch): Message {
  const name = field.field;
  switch (wanted) {
    case 'string':
    case 'duration':
    case 'delay':
      return value.kind === 'scalar' && (wanted === 'string' || (wanted === 'duration' && !isNull(value)))
        ? notText(name, value)
        : wanted === 'string'
          ? say('"{0}" takes text here', name)
          : say('"{0}" takes a duration such as 5m or 1h30m', name);
    case 'bool':
      return say('"{0}" takes true or false without quotes', name);
    case 'int': {
      const [smallest, largest] = rangeOf(name);
      if (value.kind === 'scalar' && ['int', 'float'].includes(goScalar(value).type) && /^[-+]?\d+$/.test(value.text))
        return say('"{0}" takes a whole number from {1} to {2}', name, String(smallest), String(largest));
      return say('"{0}" takes a whole number without quotes', name);
    }
    case 'float':
      return say('"{0}" takes a number without quotes', name);
    case 'quantity':
      return say('"{0}" takes an amount such as 1, 500m or 1Mi', name);
    case 'list':
      return say('"{0}" takes a list: each value on a line of its own with "- " in front', name);
    case 'map':
      return say('"{0}" takes names with values below it', name);
    default:
      return say('"{0}" takes fields below it', name);
  }
}

/** What YAML makes of a value without quotes where the field wants text. */
function notText(name: string, value: YamlScalar): Message {
  const { type } = goScalar(value);
  if (type === 'bool') return say('"{0}" takes text, and without quotes this is true or false', name);
  if (type === 'int' || type === 'float') return say('"{0}" takes text, and without quotes this is a number', name);
  return say('"{0}" takes text here', name);
}

function typeFixes({ wanted, field, value }: Mismatch): readonly Fix[] {
  if (value.kind !== 'scalar') return [];
  const change = (title: Message, newText: string): readonly Fix[] => [
    { title, edits: [{ span: value.span, newText }], confidence: 'review' },
  ];
  // A number says no whole release: "1.34" is refused too.
  if (wanted === 'string' && field.field === 'kubernetesVersion') return [];
  if (wanted === 'string' && !value.quoted) return change(say('Put the value in quotes'), quoted(value.text));
  if (wanted === 'bool' && /^(?:true|false)$/.test(value.text)) return change(say('Take the quotes away'), value.text);
  if (wanted === 'int' && /^\d+$/.test(value.text)) return change(say('Take the quotes away'), value.text);
  if (wanted === 'list' && elementOf(field.type).base === 'string' && value.text.trim() !== '') {
    const items = value.text.split(/[,\s]+/).filter((each) => each !== '');
    return change(say('Write it as a list'), `[${items.map(quoted).join(', ')}]`);
  }
  return [];
}
