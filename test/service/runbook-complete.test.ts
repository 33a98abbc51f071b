import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { render, type Speak } from '../../src/base/message';
import type { AnyLanguage } from '../../src/service/language';
import { languageOf } from '../../src/service/registry';
import { withCursor } from '../support/with-cursor';

const runbook = languageOf('runbook') as AnyLanguage;
const texts = new Map(
  ['k3s', 'k3s-catalog', 'kubeadm', 'kubeadm-catalog', 'yaml'].flatMap((name) =>
    Object.entries(JSON.parse(readFileSync(`l10n/ko/${name}.json`, 'utf8')) as Record<string, string>),
  ),
);
const korean: Speak = (message) => render(message, (template) => texts.get(template));

/** The runbook with `label` taken at `<|>`; undefined where it is not offered. */
function taken(path: string, marked: string, label: string): string | undefined {
  const { text, offset } = withCursor(marked);
  const offered = runbook.complete?.(runbook.analyse({ path, text, versions: {} }), offset, []) ?? [];
  const own = offered.find((each) => each.label === label);
  return own && text.slice(0, own.span.start) + own.newText + text.slice(own.span.end);
}

const install = 'curl -sfL https://get.k3s.io | ';

for (const [marked, label, whole] of [
  [`${install}sh -s - server --tls<|>`, '--tls-san', `${install}sh -s - server --tls-san=`],
  [
    `${install}INSTALL_K3S_EXEC="--dis<|>able traefik" sh -`,
    '--disable',
    `${install}INSTALL_K3S_EXEC="--disable traefik" sh -`,
  ],
  [`${install}sh -s - --flannel-backend=<|>`, 'host-gw', `${install}sh -s - --flannel-backend=host-gw`],
  [`${install}sh -s - --disable traefik,<|>`, 'servicelb', `${install}sh -s - --disable traefik,servicelb`],
  [`${install}sh -s - --disable traefik,<|>`, 'traefik', undefined],
  [`${install}sh -s - agent --<|>`, '--cluster-init', undefined],
  [`${install}sh -s - agent --<|>`, '--node-label', `${install}sh -s - agent --node-label=`],
  [`${install}K3S_<|> sh -`, 'K3S_TOKEN', `${install}K3S_TOKEN= sh -`],
  [`${install}K3S_T<|>OKEN=a sh -`, 'K3S_TOKEN', `${install}K3S_TOKEN=a sh -`],
  ['k3s server --kubelet-arg=max<|>', 'max-pods', 'k3s server --kubelet-arg=max-pods='],
  ['k3s etcd-snapshot save --<|>', '--s3-bucket', 'k3s etcd-snapshot save --s3-bucket'],
  ['sudo kubeadm init --up<|>', '--upload-certs', 'sudo kubeadm init --upload-certs'],
  ['kubeadm join 192.0.2.5:6443 --<|>', '--upload-certs', undefined],
  [
    'etcdctl --cacert=a snapshot save a.db --<|>',
    '--command-timeout',
    'etcdctl --cacert=a snapshot save a.db --command-timeout',
  ],
] as const)
  test(`${label} at ${marked.slice(-40)}`, () => {
    assert.equal(taken('a.sh', marked, label), whole);
  });

test('the line behind what cloud-init writes is a line of it where it is indented like it', () => {
  const file = (line: string) =>
    `#cloud-config\nwrite_files:\n  - path: /etc/rancher/k3s/config.yaml\n    content: |\n      debug: true\n${line}\nruncmd:\n  - [ls]\n`;
  assert.equal(taken('user-data', file('      <|>'), 'rootless'), file('      rootless: '));
  assert.equal(taken('user-data', file('        <|>'), 'rootless'), undefined);
});

test('what stands in a runbook is explained in the language of the reader', () => {
  const explained = (marked: string) => {
    const { text, offset } = withCursor(marked);
    const analysis = runbook.analyse({ path: 'a.sh', text, versions: {} });
    return runbook.hover?.(analysis, offset, { siblings: [], wallClock: 0, speak: korean })?.markdown ?? '';
  };
  assert.match(explained(`${install}sh -s - server --cluster-<|>init`), /서버 전용/);
  assert.match(explained('cat > /etc/rancher/k3s/config.yaml <<EOF\ntls-s<|>an: a\nEOF\n'), /서버 전용/);
});
