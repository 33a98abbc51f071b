import { cronDescriptors } from '../../base/cron';
import { render, type Speak } from '../../base/message';
import { touches } from '../../base/span';
import { type K3sKey, k3sKey, k3sKeys } from '../../catalog/k3s/catalog';
import { componentArguments } from '../../catalog/kubernetes/arguments';
import { isDropIn, type K3sAnalysis, plainKey } from '../../model/k3s/analysis';
import { argumentKeys } from '../../rules/k3s/arguments';
import type { Completion, Sibling } from '../language';
import { completeArgumentValue } from '../yaml/argument-values';
import { asItems, inComment, keyText, spaced, type YamlCursor, yamlCursor } from '../yaml/cursor';
import { briefly, describeKey } from './describe';
import { completeEndpoint } from './endpoint';

/** Keys at the start of a line, and the values of those of which something is known. */
export function complete(
  { path, text, entries, role }: K3sAnalysis,
  offset: number,
  _siblings: readonly Sibling<K3sAnalysis>[] = [],
  speak: Speak = render,
): readonly Completion[] {
  if (inComment(text, offset)) return [];
  // k3s reads the first document only.
  const end = endOfFirstDocument(text);
  if (offset > end) return [];
  const read = yamlCursor(text, offset, { start: 0, end });
  // `- a=b:` is a text of the list, and no key of a mapping in it.
  const cursor = read.isTight && read.path.length > 0 ? { ...read, key: undefined, isTight: false } : read;
  const name = cursor.key ?? (cursor.path.length > 0 ? cursor.path[0] : undefined);
  if (name !== undefined) {
    const key = k3sKey(name.replace(/\+$/, ''));
    if (key === undefined || cursor.path.length > 2) return [];
    const component = argumentKeys[key.key];
    const inArgument =
      component === undefined ? undefined : completeArgumentValue(component, text, offset, cursor.isFlow);
    if (inArgument !== undefined) return inArgument;
    const values = spaced(cursor, valuesOf(key, cursor, text, offset));
    const isBelow = cursor.key === undefined && cursor.path.length === 1 && !cursor.isFlow;
    if (!isBelow) return values;
    // A line below a key that has no dash yet.
    return key.type === 'string-slice' && !cursor.isOff ? asItems(values) : [];
  }
  if (cursor.isOff) return [];
  const given = new Set(entries.filter(({ keySpan }) => !touches(keySpan, offset)).map(plainKey));
  return k3sKeys.flatMap((key): Completion[] => {
    if (given.has(key.key) || key.deprecated !== undefined) return [];
    if ((role === 'agent' && key.role === 'server') || (role === 'server' && key.role === 'agent')) return [];
    const offer = offerOf(key, key.key, cursor, speak);
    // A drop-in that should not throw the list of the main file away adds to it.
    return key.type === 'string-slice' && isDropIn(path)
      ? [offer, offerOf(key, `${key.key}+`, cursor, speak)]
      : [offer];
  });
}

/** Where the line begins that ends the first document: a second `---`, one behind more than comments, or `...`. */
function endOfFirstDocument(text: string): number {
  const [first, second] = [...text.matchAll(/^(?:---|\.\.\.)(?=\s|$)/gm)];
  if (first === undefined) return text.length;
  const isOpening = text.startsWith('-', first.index) && !/^(?!\s*(?:[#%].*)?$)/m.test(text.slice(0, first.index));
  return (isOpening ? second?.index : first.index) ?? text.length;
}

function offerOf(key: K3sKey, label: string, cursor: YamlCursor, speak: Speak): Completion {
  const { span, isFlow } = cursor;
  const behind = key.type === 'string-slice' ? `:${isFlow ? ' [$0]' : '\n  - $0'}` : ': ';
  const newText = keyText(cursor, label, behind);
  return {
    label,
    kind: 'keyword',
    span,
    newText,
    ...(newText.includes('$0') ? { isSnippet: true } : {}),
    detail: briefly(key, speak),
    documentation: describeKey(key, speak),
  };
}

const taintEffects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/** Values that are forms to fill in. */
const forms: Readonly<Record<string, readonly string[]>> = {
  'datastore-endpoint': [
    'mysql://${1:user}:${2:password}@tcp(${3:host}:3306)/${4:k3s}',
    'postgres://${1:user}:${2:password}@${3:host}:5432/${4:k3s}?sslmode=verify-full',
    'https://${1:host}:2379,https://${2:host}:2379,https://${3:host}:2379',
    'nats://${1:host}:4222',
    'sqlite:///${1:path}',
  ],
  server: ['https://${1:address}:6443'],
  'service-node-port-range': ['30000-32767'],
  'node-taint': taintEffects.map((effect) => `\${1:key}=\${2:value}:${effect}`),
};

function valuesOf(key: K3sKey, cursor: YamlCursor, text: string, offset: number): readonly Completion[] {
  const { word, isTight } = cursor;
  const before = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
  const effect = /[^\s"':,[][^\s,[]*:([A-Za-z]*)$/.exec(before.replace(/^\s*[\w-]+\+?:\s/, ''))?.[1];
  if (key.key === 'node-taint' && !isTight && effect !== undefined)
    return taintEffects.map((label) => ({
      label,
      kind: 'value',
      span: { start: offset - effect.length, end: cursor.span.end },
      newText: label,
    }));
  // Behind a blank, as in a schedule, no value begins that would be known.
  if (cursor.quote !== undefined && /["'][^"']*\s[^"'\s]*$/.test(before.slice(before.lastIndexOf(cursor.quote.mark))))
    return [];
  const { span } = cursor;
  const own = forms[key.key];
  const isForm = own !== undefined && /^[a-z]*$/.test(word);
  if (key.format === 'kine-dsn' && !isForm) return completeEndpoint(word, span.start + word.length);
  if (isForm)
    return own.map((newText, order) => ({
      label: newText.replace(/\$\{\d+:([^}]*)\}/g, '$1'),
      kind: 'snippet',
      span,
      newText,
      isSnippet: true,
      order,
    }));
  const component = argumentKeys[key.key];
  if (component !== undefined)
    return [...(componentArguments(component) ?? [])].map(([label, type]) => ({
      label,
      kind: 'value',
      span,
      newText: type === 'bool' ? `${label}=true` : `${label}=`,
      detail: component,
    }));
  // What stands in quotes already gets none of its own.
  const quote = cursor.quote === undefined ? '"' : '';
  const given = new Set(
    key.type === 'string-slice' ? [...itemsAround(text, offset)].flatMap((item) => item.split(',')) : [],
  );
  // A comma divides the texts of a list; inside brackets it divides the items.
  if (key.commaSplit === true && (!cursor.isFlow || cursor.quote !== undefined))
    for (const part of partsAround(text, offset)) given.add(part);
  return knownValues(key, quote)
    .filter((label) => !given.has(label))
    .map((label, order) => ({ label, kind: 'value', span, newText: label, order }));
}

function knownValues(key: K3sKey, quote: string): readonly string[] {
  if (key.type === 'bool') return ['true', 'false'];
  if (key.format === 'cron') return [...cronDescriptors, '0 */6 * * *'].map((each) => `${quote}${each}${quote}`);
  if (key.format === 'octal-mode') return ['0600', '0640'].map((each) => `${quote}${each}${quote}`);
  if (key.values !== undefined) return key.values;
  const usual = key.default ?? '';
  return key.secret !== true && /^[\w./:-]+$/.test(usual) ? [usual] : [];
}

/** The other parts of a text with commas, of which the one around a place is left out. */
function partsAround(text: string, offset: number): readonly string[] {
  const newline = text.indexOf('\n', offset);
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset);
  const before = line
    .replace(/^\s*(?:[\w-]+\+?\s*:\s|-\s)/, '')
    .split(',')
    .slice(0, -1);
  const behind = text
    .slice(offset, newline < 0 ? text.length : newline)
    .split(',')
    .slice(1);
  return [...before, ...behind].map((each) => each.replace(/\s#.*$|[\]}].*$/, '').replace(/["'\s]/g, ''));
}

/** The other items of the list around a place, in brackets or line by line. */
function itemsAround(text: string, offset: number): ReadonlySet<string> {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const open = text.lastIndexOf('[', offset - 1);
  const close = text.indexOf(']', offset);
  const inBrackets = open >= 0 && !text.slice(open, offset).includes(']') && close >= 0;
  if (inBrackets)
    return new Set(
      `${text.slice(open + 1, offset).replace(/[^,]*$/, '')}${text.slice(offset, close).replace(/^[^,]*/, '')}`
        .split(',')
        .map((each) => each.trim().replace(/["']/g, '')),
    );
  const item = /^[ \t]*-[ \t]+["']?([^\s"'#]+)/;
  const found = new Set<string>();
  for (const lines of [
    text.slice(0, lineStart).split('\n').slice(0, -1).reverse(),
    text.slice(offset).split('\n').slice(1),
  ])
    for (const line of lines) {
      const [, name] = item.exec(line) ?? [];
      if (name === undefined) break;
      found.add(name);
    }
  return found;
}
