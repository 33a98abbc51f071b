import { cronDescriptors } from '../../base/cron';
import { render, type Speak } from '../../base/message';
import { touches } from '../../base/span';
import { type K3sKey, k3sKey, k3sKeys } from '../../catalog/k3s/catalog';
import { componentArguments, featureGates } from '../../catalog/kubernetes/arguments';
import { isDropIn, type K3sAnalysis, plainKey } from '../../model/k3s/analysis';
import { argumentKeys } from '../../rules/k3s/arguments';
import type { Completion, Sibling } from '../language';
import { type YamlCursor, yamlCursor } from '../yaml/cursor';
import { describeKey } from './describe';
import { completeEndpoint } from './endpoint';

/** Keys at the start of a line, and the values of those of which something is known. */
export function complete(
  { path, text, entries, role }: K3sAnalysis,
  offset: number,
  _siblings: readonly Sibling<K3sAnalysis>[] = [],
  speak: Speak = render,
): readonly Completion[] {
  const cursor = yamlCursor(text, offset, { start: 0, end: text.length });
  const name = cursor.key ?? (cursor.path.length > 0 ? cursor.path[0] : undefined);
  if (name !== undefined) {
    const key = k3sKey(name.replace(/\+$/, ''));
    return key === undefined || cursor.path.length > 2
      ? []
      : valuesOf(key, cursor, text[cursor.span.start - 1] === ':');
  }
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

function offerOf(key: K3sKey, label: string, { span, isFlow }: YamlCursor, speak: Speak): Completion {
  const isList = key.type === 'string-slice';
  return {
    label,
    kind: 'keyword',
    span,
    newText: isList ? `${label}:${isFlow ? ' [$0]' : '\n  - $0'}` : `${label}: `,
    ...(isList ? { isSnippet: true } : {}),
    detail: key.default === undefined ? key.type : `${key.type}, ${key.default}`,
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

function valuesOf(key: K3sKey, { span, word }: YamlCursor, isBehindColon: boolean): readonly Completion[] {
  const component = argumentKeys[key.key];
  const equals = word.indexOf('=');
  if (component !== undefined && equals >= 0) {
    const name = word.slice(0, equals).replace(/^-+/, '');
    const isSwitch = componentArguments(component)?.get(name) === 'bool';
    const gates = name === 'feature-gates' && component !== 'etcd' ? featureGates.map((gate) => `${gate}=true`) : [];
    const value = { start: span.start + equals + 1, end: span.end };
    return (isSwitch ? ['true', 'false'] : gates).map((label) => ({
      label,
      kind: 'value',
      span: value,
      newText: label,
    }));
  }
  if (key.key === 'node-taint' && isBehindColon)
    return taintEffects.map((label) => ({ label, kind: 'value', span, newText: label }));
  if (key.format === 'kine-dsn' && word !== '') return completeEndpoint(word, span.start + word.length);
  const own = forms[key.key];
  if (own !== undefined && word === '')
    return own.map((newText, order) => ({
      label: newText.replace(/\$\{\d+:([^}]*)\}/g, '$1'),
      kind: 'snippet',
      span,
      newText,
      isSnippet: true,
      order,
    }));
  if (component !== undefined)
    return [...(componentArguments(component) ?? [])].map(([label, type]) => ({
      label,
      kind: 'value',
      span,
      newText: type === 'bool' ? `${label}=true` : `${label}=`,
      detail: component,
    }));
  const labels =
    key.type === 'bool'
      ? ['true', 'false']
      : key.format === 'cron'
        ? [...cronDescriptors.map((each) => `"${each}"`), '"0 */6 * * *"']
        : key.format === 'octal-mode'
          ? ['"0600"', '"0640"']
          : (key.values ?? []);
  return labels.map((label, order) => ({ label, kind: 'value', span, newText: label, order }));
}
