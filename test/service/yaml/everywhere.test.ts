import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { FileKind } from '../../../src/base/file-kind';
import { type K3sKey, k3sKey } from '../../../src/catalog/k3s/catalog';
import { analyseK3s } from '../../../src/model/k3s/analysis';
import { analyseKubeadm } from '../../../src/model/kubeadm/analysis';
import { fieldsOf } from '../../../src/model/kubeadm/content';
import { kindOf } from '../../../src/service/kind';
import type { AnyLanguage } from '../../../src/service/language';
import { languageOf } from '../../../src/service/registry';
import fc from '../../support/fast-check';
import { sharedFolder } from '../../support/shared';

const k3s = languageOf('k3s') as AnyLanguage;
const kubeadm = languageOf('kubeadm') as AnyLanguage;
const inventory = languageOf('inventory') as AnyLanguage;

/** A key of a file, and what stands behind it where that is one of a set of words. */
interface Place {
  readonly start: number;
  readonly name: string;
}

/** What is not offered or not explained where it stands, with the place as it was half typed. */
function missing(spoken: AnyLanguage, path: string, text: string, places: readonly Place[]): readonly string[] {
  const found: string[] = [];
  const whole = spoken.analyse({ path, text, versions: {} });
  for (const { start, name } of places) {
    const hover = spoken.hover?.(whole, start, { siblings: [], wallClock: 0 });
    if (hover === undefined) found.push(`${path}: no hover of ${name} at ${start}`);
    for (const typed of [0, 1, name.length]) {
      const offset = start + typed;
      const offered = spoken.complete?.(whole, offset, []) ?? [];
      const own = offered.find((each) => each.label === name);
      if (own === undefined) found.push(`${path}: ${name} is not offered at ${offset} (${typed} typed)`);
      else if (own.span.start !== start) found.push(`${path}: ${name} would be put at ${own.span.start}, not ${start}`);
    }
  }
  return found;
}

function k3sPlaces(path: string, text: string): readonly Place[] {
  const { settings } = analyseK3s({ path, text });
  // A key that stands twice is not offered a third time.
  const isOnce = (key: K3sKey) => settings.filter((each) => each.key === key).length === 1;
  return settings.flatMap(({ entry, key }) =>
    isOnce(key) &&
    text.slice(entry.keySpan.start, entry.keySpan.end) === key.key &&
    key.deprecated === undefined &&
    k3sKey(key.key) !== undefined
      ? [{ start: entry.keySpan.start, name: key.key }]
      : [],
  );
}

function kubeadmPlaces(path: string, text: string): readonly Place[] {
  return analyseKubeadm({ path, text }).documents.flatMap(({ content, schema }) =>
    schema === undefined
      ? []
      : content.objects.flatMap(({ type, path: at, entries }) => {
          const fields = new Set(
            fieldsOf(schema, type, at).flatMap(({ in: owner, field }) => (owner === '' ? [] : field)),
          );
          return entries.flatMap(({ key, keySpan }) =>
            fields.has(key) && text.slice(keySpan.start, keySpan.end) === key
              ? [{ start: keySpan.start, name: key }]
              : [],
          );
        }),
  );
}

function corpus(kind: FileKind): readonly { readonly path: string; readonly text: string }[] {
  const place = sharedFolder('corpus', 'yaml');
  if (place === undefined) return [];
  return readdirSync(place)
    .map((path) => ({ path, text: readFileSync(join(place, path), 'utf8') }))
    .filter(({ path, text }) => text.length < 20_000 && kindOf(path, text) === kind);
}

const k3sExample = `token: abc
"quoted": 1
tls-san:
  - lb.example.test
disable: [traefik, servicelb]
kube-apiserver-arg:
- v=2
node-label+: [a=b]
etcd-s3: true
`;

const kubeadmExample = `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
bootstrapTokens:
- token: abcdef.0123456789abcdef
  ttl: 1h0m0s
  usages: [signing, authentication]
nodeRegistration: { name: cp1, taints: [], kubeletExtraArgs: [{ name: v, value: "2" }], criSocket: unix:///a }
localAPIEndpoint:
  advertiseAddress: 192.0.2.11
  bindPort: 6443
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
networking: {
  podSubnet: 10.244.0.0/16,
  serviceSubnet: 10.96.0.0/16
}
etcd:
  local:
    extraArgs:
      - name: election-timeout
        value: "5000"
      - { name: heartbeat-interval, value: "500" }
apiServer:
  certSANs: [a, b]
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication:
  webhook: { enabled: true, cacheTTL: 0s }
evictionHard:
  memory.available: 100Mi
`;

test('every key of k3s is offered and explained where it stands', () => {
  const files = [{ path: 'config.yaml', text: k3sExample }, ...corpus('k3s')];
  const recorded = sharedFolder('facts', 'k3s', 'recordings', 'config-verdicts.json');
  if (recorded !== undefined) {
    const { cases } = JSON.parse(readFileSync(recorded, 'utf8')) as { cases: { id: string; config: string | null }[] };
    files.push(...cases.map(({ id, config }) => ({ path: `${id}/config.yaml`, text: config ?? '' })));
  }
  assert.deepEqual(
    files.flatMap(({ path, text }) => missing(k3s, path, text, k3sPlaces(path, text))),
    [],
  );
});

test('every field of kubeadm is offered and explained where it stands', () => {
  const files = [{ path: 'kubeadm.yaml', text: kubeadmExample }, ...corpus('kubeadm')];
  assert.deepEqual(
    files.flatMap(({ path, text }) => missing(kubeadm, path, text, kubeadmPlaces(path, text))),
    [],
  );
});

const inventoryExample = `clusters:
  - name: prod
    distribution: kubeadm
    endpoint: lb.example.test:6443
    ssh: { user: ops, port: 22 }
    versions:
      k3s: v1.34.1+k3s1
    nodes:
      - name: cp1
        address: 192.0.2.11
        roles: [server, etcd]
      - { name: lb1, address: 192.0.2.5, roles: [loadbalancer], ssh: { port: 2222 } }
    configs:
      - { file: lb/haproxy.cfg, on: [lb1] }
      - file: config.yaml
        on:
          - cp1
        path: /etc/rancher/k3s/config.yaml
`;

test('every key and word of an inventory is offered where it stands', () => {
  const keys = [...inventoryExample.matchAll(/([a-z0-9]+):(?= |\n)/g)].map((each) => ({
    start: each.index,
    name: each[1] ?? '',
  }));
  assert.deepEqual(missing(inventory, 'haven.yaml', inventoryExample, keys), []);
  const analysis = inventory.analyse({ path: 'haven.yaml', text: inventoryExample, versions: {} });
  const offeredAt = (offset: number) => (inventory.complete?.(analysis, offset, []) ?? []).map((each) => each.label);
  for (const word of ['server', 'etcd', 'loadbalancer', 'kubeadm'])
    assert.ok(offeredAt(inventoryExample.indexOf(word) + 1).includes(word), word);
  assert.deepEqual(offeredAt(inventoryExample.indexOf('[lb1]') + 1), ['cp1', 'lb1']);
  assert.deepEqual(offeredAt(inventoryExample.indexOf('- cp1') + 3), ['cp1', 'lb1']);
});

test('in brackets everything is put on the line', () => {
  const text =
    'apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nnetworking: {  }\netcd: { local: {  } }\n';
  const analysis = kubeadm.analyse({ path: 'kubeadm.yaml', text, versions: {} });
  const at = (mark: string, shift: number) => kubeadm.complete?.(analysis, text.indexOf(mark) + shift, []) ?? [];
  assert.ok(at('{  }', 2).some((each) => each.label === 'podSubnet'));
  assert.equal(at('local: {', 9).find((each) => each.label === 'extraArgs')?.newText, 'extraArgs: [$0]');
  assert.equal(at('local: {', 9).find((each) => each.label === 'imageTag')?.newText, 'imageTag: ');
});

test('no text and no place makes anything throw', () => {
  const piece = fc.constantFrom(...`${k3sExample}${kubeadmExample}${inventoryExample}`.split(/(?<=[\s:{}[\],-])/));
  const odd = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ': ',
    '- ',
    '"',
    "'",
    '\n',
    '  ',
    '#',
    '|\n',
    '&a',
    '*a',
    '<<: ',
    '---\n',
    '\t',
  );
  const text = fc.array(fc.oneof(piece, odd), { maxLength: 40 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, fc.nat(), (source, place) => {
      const offset = place % (source.length + 1);
      for (const spoken of [k3s, kubeadm, inventory]) {
        const analysis = spoken.analyse({ path: 'config.yaml', text: source, versions: {} });
        spoken.diagnose(analysis, []);
        spoken.complete?.(analysis, offset, []);
        spoken.hover?.(analysis, offset, { siblings: [], wallClock: 0 });
        spoken.definition?.(analysis, offset, []);
        spoken.references?.(analysis, offset, []);
        spoken.selection?.(analysis, offset);
        spoken.symbols?.(analysis);
        spoken.folds?.(analysis);
        spoken.links?.(analysis);
        const tokens = spoken.tokens?.(analysis) ?? [];
        for (const [index, { span }] of tokens.entries())
          assert.ok(span.start < span.end && span.start >= (tokens[index - 1]?.span.end ?? 0), source);
        spoken.format?.(analysis, { tabSize: 2, insertSpaces: true });
        spoken.hints?.(analysis, { start: 0, end: source.length }, []);
      }
    }),
    { numRuns: 150, seed: 7 },
  );
});
