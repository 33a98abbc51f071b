import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileKind } from '../../src/base/file-kind';
import { languageOf } from '../../src/service/registry';

const depth = 32_000;

/** Texts in which something opens again and again and never ends, for the kinds of file that have it. */
const openings: readonly (readonly [FileKind, string, string])[] = [
  ...['{', '[', '- ', '{a: ', '? ', '[a,', '"', '&a '].flatMap(
    (each) =>
      [
        ['k3s', '', each],
        ['k3s', 'a: ', each],
        ['kubeadm', 'kind: ClusterConfiguration\na: ', each],
        ['inventory', 'clusters: ', each],
      ] as const,
  ),
  ['k3s', 'tls-san:\n', '\t'],
  ['kubeadm', 'apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n', '\t'],
  ['inventory', 'clusters:\n', '\t'],
  ['keepalived', '', 'a {\n'],
  ['keepalived', '', '{'],
  ['keepalived', 'include ', '{'],
  ['nginx', '', 'a {'],
  ['haproxy', 'backend b\n    use_backend c if ', '{'],
  ['haproxy', 'backend b\n    http-check expect rstatus ', '('],
  ['runbook', '```sh\n', '$('],
];

for (const [kind, before, opening] of openings)
  test(`${kind}: ${JSON.stringify(before + opening)} ${depth} times breaks no feature`, () => {
    const language = languageOf(kind);
    assert.ok(language);
    const text = before + opening.repeat(depth);
    const analysis = language.analyse({ path: 'file', text, versions: {} });
    language.diagnose(analysis, []);
    language.tokens?.(analysis);
    language.links?.(analysis);
    language.symbols?.(analysis);
    language.folds?.(analysis);
    language.hints?.(analysis, { start: 0, end: text.length });
    language.format?.(analysis, { tabSize: 2, insertSpaces: true });
    for (const offset of [text.length, text.length >> 1]) {
      language.complete?.(analysis, offset, []);
      language.hover?.(analysis, offset);
      language.signature?.(analysis, offset);
      language.definition?.(analysis, offset, []);
      language.references?.(analysis, offset, []);
      language.renameable?.(analysis, offset, []);
      language.selection?.(analysis, offset);
    }
    const sibling = { path: 'other', analysis };
    language.instance?.('file', [{ path: 'file', analysis }, sibling]);
  });
