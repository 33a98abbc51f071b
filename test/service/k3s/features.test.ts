import assert from 'node:assert/strict';
import { test } from 'node:test';
import { render } from '../../../src/base/message';
import { Workspace } from '../../../src/service';

const main = 'n1/etc/rancher/k3s/config.yaml';
const noon = Date.UTC(2026, 10, 21, 12, 30);

/** A workspace with the main file and drop-ins of one node; `|` in a text is the place asked about. */
function node(texts: Readonly<Record<string, string>>) {
  const workspace = new Workspace();
  let place = { path: '', offset: 0 };
  for (const [name, marked] of Object.entries(texts)) {
    const path = name === 'main' ? main : `${main}.d/${name}`;
    const offset = marked.indexOf('|');
    if (offset >= 0) place = { path, offset };
    workspace.open(path, offset < 0 ? marked : marked.slice(0, offset) + marked.slice(offset + 1));
  }
  const file = workspace.file(place.path);
  return { workspace, file, offset: place.offset };
}

function hover(texts: Readonly<Record<string, string>>): string {
  const { workspace, file, offset } = node(texts);
  if (file === undefined) return '';
  const context = { siblings: workspace.siblingsOf(file.path), wallClock: noon };
  return file.language.hover?.(file.analysis, offset, context)?.markdown ?? '';
}

function labels(marked: string): readonly string[] {
  const { file, offset } = node({ main: marked });
  return (file?.language.complete?.(file.analysis, offset, []) ?? []).map((each) => each.label);
}

test('the effective value of a key comes from all files of the node', () => {
  const san = {
    main: 'tls-|san: [a.example]\n',
    '10-a.yaml': 'tls-san+: [b.example]\n',
    '9-b.yaml': 'tls-san+: [c.example]\n',
  };
  assert.match(
    hover(san),
    /Effective value: `a\.example`, `b\.example`, `c\.example`, from config\.yaml, 10-a\.yaml, 9-b\.yaml/,
  );
  assert.match(
    hover({ main: 'node-|ip: 192.0.2.1\n', 'x.yaml': 'node-ip: 192.0.2.2\n' }),
    /Effective value: `192\.0\.2\.2`, from x\.yaml/,
  );
});

test('a secret is not shown', () => {
  const text = hover({ main: 'tok|en: 5f2c8a91d3e7b604\n', 'x.yaml': 'token: 0f2c8a91d3e7b604\n' });
  assert.match(text, /\(not shown\), from x\.yaml/);
  assert.ok(!text.includes('0f2c8a'));
});

test('a file alone has no effective value to tell', () => {
  assert.ok(!hover({ main: 'tls-|san: [a.example]\n' }).includes('Effective'));
});

test('a schedule tells its next times by the clock that is handed in', () => {
  assert.match(
    hover({ main: 'etcd-snapshot-schedule-|cron: "0 */6 * * *"\n' }),
    /`2026-11-21 18:00`, `2026-11-22 00:00`, `2026-11-22 06:00`/,
  );
  assert.ok(!hover({ main: 'etcd-snapshot-schedule-|cron: "0 */6 * *"\n' }).includes('Next:'));
});

test('a mode is shown as ls shows it', () => {
  assert.match(hover({ main: 'write-kubeconfig-mode: "06|40"\n' }), /rw-r-----/);
});

test('a mode without quotes is shown as the number that YAML makes of it', () => {
  const text = hover({ main: 'write-kubeconfig-mode: 06|44\n' });
  assert.match(text, /makes the number `420` of `0644`/);
  assert.match(text, /`420` is `r---w----`/);
  assert.doesNotMatch(hover({ main: 'write-kubeconfig-mode: "06|44"\n' }), /Without quotes/);
});

test('a key that is gone says since when and what takes its place', () => {
  assert.match(hover({ main: 'no-dep|loy: traefik\n' }), /gone since k3s v1\.25; use "disable"\n\n\*\*disable\*\*/);
  assert.match(hover({ main: 'no-flan|nel: true\n' }), /use "flannel-backend: none"\n\n\*\*flannel-backend\*\*/);
  assert.match(hover({ main: 'multi-cluster-|cidr: true\n' }), /gone since k3s v1\.29$/);
  assert.equal(hover({ main: 'no-such-|key: true\n' }), '');
});

test('both networks of a text are described, and each host of an etcd', () => {
  assert.match(
    hover({ main: 'cluster-cidr: 10.42.|0.0/16,fd00:42::/56\n' }),
    /`10\.42\.0\.0\/16` holds 65,536 addresses\n\n`fd00:42::\/56` holds 2\^72/,
  );
  assert.match(
    hover({ main: 'datastore-endpoint: "https://192.0.2.|5:2379,https://etcd:2379/"\n' }),
    /etcd: `192\.0\.2\.5:2379`, `etcd:2379`/,
  );
});

test('a port that may be 0 is not said to begin with 1', () => {
  assert.match(hover({ main: 'supervisor-|port: 0\n' }), /A port from 1 to 65535, or 0\./);
  assert.match(hover({ main: 'https-listen-|port: 6443\n' }), /A port from 1 to 65535\.\n/);
});

test('an offered key says in words what it holds', () => {
  const { file, offset } = node({ main: '|' });
  const offers = file?.language.complete?.(file.analysis, offset, []) ?? [];
  const details = new Map(offers.map(({ label, detail }) => [label, detail]));
  assert.equal(details.get('tls-san'), 'list');
  assert.equal(details.get('https-listen-port'), 'number, 6443');
  assert.equal(details.get('cluster-init'), 'true or false, false');
});

test('hints stand where another file has a say', () => {
  const hintsOf = (name: string, texts: Readonly<Record<string, string>>) => {
    const { workspace } = node(texts);
    const file = workspace.file(name === 'main' ? main : `${main}.d/${name}`);
    const range = { start: 0, end: file?.text.length ?? 0 };
    return (file?.language.hints?.(file.analysis, range, workspace.siblingsOf(file.path)) ?? []).map((each) =>
      render(each.label),
    );
  };
  const texts = {
    main: 'node-ip: 192.0.2.1\ntls-san: [a.example]\ndisable: [traefik]\n',
    'x.yaml': 'node-ip: 192.0.2.2\ntls-san+: [b.example]\n',
  };
  assert.deepEqual(hintsOf('main', texts), ['replaced by x.yaml', 'effective: a.example, b.example, also from x.yaml']);
  assert.deepEqual(hintsOf('x.yaml', texts), ['effective: a.example, b.example, also from config.yaml']);
});

test('what stands in another file of the node is not missed', () => {
  const { workspace } = node({ main: 'server: https://192.0.2.9:6443\n', 'token.yaml': 'token-file: /etc/token\n' });
  assert.ok(!workspace.diagnose(main).some((each) => each.rule === 'k3s/join-without-token'));
});

test('a value that a later line or file throws away is not judged, for k3s never reads it', () => {
  const errors = (texts: Readonly<Record<string, string>>) =>
    node(texts)
      .workspace.diagnose(main)
      .filter((each) => each.severity === 'error').length;
  assert.equal(errors({ main: 'cluster-cidr: foo\n', 'x.yaml': 'cluster-cidr: 10.42.0.0/16\n' }), 0);
  assert.equal(errors({ main: 'cluster-cidr: foo\n', 'x.yaml': 'cluster-cidr+: 10.42.0.0/16\n' }), 1);
  assert.equal(errors({ main: 'cluster-init: maybe\ncluster-init: true\n' }), 0);
  assert.equal(errors({ main: 'cluster-init: true\ncluster-init: maybe\n' }), 1);
});

test('feature gates are judged where the release is known', () => {
  const rules = (release: string) => {
    const workspace = new Workspace();
    workspace.open(
      'haven.yaml',
      `clusters:\n  - name: c\n    versions: { k3s: ${release} }\n    nodes:\n      - { name: n1, address: 192.0.2.1, roles: [server] }\n    configs:\n      - { file: ${main}, on: [n1] }\n`,
    );
    workspace.open(main, 'kube-apiserver-arg: [feature-gates=NoSuchGate=true]\n');
    return workspace.diagnose(main).map((each) => each.rule);
  };
  assert.ok(rules('v1.34.1+k3s1').includes('k3s/unknown-argument'));
  assert.ok(!rules('v1.33.1+k3s1').includes('k3s/unknown-argument'));
});

test('completion knows keys, words, items and arguments', () => {
  assert.ok(labels('etcd-sn|').includes('etcd-snapshot-retention'));
  assert.ok(!labels('cluster-init: true\n|').includes('cluster-init'));
  assert.ok(labels('flannel-backend: |').includes('wireguard-native'));
  assert.ok(labels('disable:\n  - |').includes('traefik'));
  assert.ok(labels('disable: [traefik, |]').includes('servicelb'));
  assert.ok(labels('kubelet-arg:\n  - max|').includes('max-pods'));
  assert.deepEqual(labels('cluster-init: |'), ['true', 'false']);
});

test('an agent is offered the keys of agents alone', () => {
  const workspace = new Workspace();
  workspace.open(
    'haven.yaml',
    'clusters:\n  - name: c\n    nodes:\n      - { name: n1, address: 192.0.2.1, roles: [agent] }\n    configs:\n      - { file: n1.yaml, on: [n1] }\n',
  );
  const file = workspace.open('n1.yaml', 'server: https://192.0.2.9:6443\n\n');
  const found = (file?.language.complete?.(file.analysis, file.text.length, []) ?? []).map((each) => each.label);
  assert.ok(found.includes('node-label') && !found.includes('cluster-init'));
});

test('the outline leaves secrets out', () => {
  const { file } = node({ main: 'token: 5f2c8a91d3e7b604\nnode-ip: 192.0.2.1\n|' });
  assert.deepEqual(
    file?.language.symbols?.(file.analysis).map((each) => [each.name, each.detail]),
    [
      ['token', undefined],
      ['node-ip', '192.0.2.1'],
    ],
  );
});

test('arguments of components are completed up to their values, taints and addresses as forms', () => {
  assert.ok(labels('etcd-arg:\n  - quota|').includes('quota-backend-bytes'));
  assert.deepEqual(labels('kube-apiserver-arg:\n  - profiling=|'), ['true', 'false']);
  assert.deepEqual(labels('node-taint:\n  - a=b:|'), ['NoSchedule', 'PreferNoSchedule', 'NoExecute']);
  assert.ok(labels('node-taint:\n  - |').includes('key=value:NoSchedule'));
  assert.ok(labels('datastore-endpoint: |').includes('mysql://user:password@tcp(host:3306)/k3s'));
  assert.deepEqual(labels('server: |'), ['https://address:6443']);
});

test('an argument is explained where it stands in a list', () => {
  assert.match(hover({ main: 'kube-apiserver-arg:\n  - profil|ing=false\n' }), /--profiling.*kube-apiserver/);
  assert.match(hover({ main: 'etcd-arg: quota-backend-|bytes=1\n' }), /--quota-backend-bytes.*etcd v3\.6/);
});

test('files that keys name are links, below the folder of their node where there is one', () => {
  const links = (path: string) => {
    const workspace = new Workspace();
    workspace.open(
      path,
      'server: https://192.0.2.1:6443\ntoken-file: /etc/rancher/k3s/token\ndata-dir: /var/lib/k3s\nprivate-registry: /x/$HOME\n',
    );
    const file = workspace.file(path);
    return (file?.language.links?.(file.analysis) ?? []).map((each) => each.target);
  };
  assert.deepEqual(links('/repo/n1/etc/rancher/k3s/config.yaml'), ['../../../etc/rancher/k3s/token']);
  assert.deepEqual(links('/repo/k3s.yaml'), ['/etc/rancher/k3s/token']);
});

test('a drop-in is offered the form that adds to a list', () => {
  const { file, offset } = node({ main: 'disable: [traefik]\n', '10-a.yaml': 'dis|' });
  const offered = (file?.language.complete?.(file.analysis, offset, []) ?? []).map((each) => each.label);
  assert.ok(offered.includes('disable') && offered.includes('disable+'));
  assert.ok(!labels('dis|').includes('disable+'));
});

test('nothing is offered in a comment, and values stand off from a colon', () => {
  assert.deepEqual(labels('# clus|ter\n'), []);
  assert.deepEqual(labels('cluster-init: true # |\n'), []);
  assert.ok(labels('token: "a # b"\nclus|\n').includes('cluster-init'));
  const { file, offset } = node({ main: 'cluster-init:|\n' });
  const offered = file?.language.complete?.(file.analysis, offset, []) ?? [];
  assert.deepEqual(
    offered.map((each) => each.newText),
    [' true', ' false'],
  );
});

test('what a list has already is not offered again, and quotes are not doubled', () => {
  assert.ok(!labels('disable: [traefik, |]\n').includes('traefik'));
  assert.ok(!labels('disable:\n  - traefik\n  - |\n').includes('traefik'));
  assert.ok(labels('etcd-snapshot-schedule-cron: "|"\n').includes('@daily'));
  assert.ok(labels('etcd-snapshot-schedule-cron: |\n').includes('"@daily"'));
});

test('arguments have their words, the next ones behind a comma', () => {
  const plugins = labels('kube-apiserver-arg:\n  - enable-admission-plugins=NodeRestriction,|\n');
  assert.ok(plugins.includes('AlwaysPullImages'));
  assert.ok(!plugins.includes('NodeRestriction'));
  assert.deepEqual(labels('kube-proxy-arg: [proxy-mode=|]\n'), ['iptables', 'ipvs', 'nftables']);
  assert.ok(labels('datastore-endpoint: my|\n').some((each) => each.startsWith('mysql://')));
  assert.ok(labels('datastore-endpoint: "sqlite:///a?|"\n').includes('_journal'));
  assert.deepEqual(labels('etcd-s3-timeout: |\n'), ['5m']);
});

test('a value is explained where it stands', () => {
  assert.match(hover({ main: 'cluster-cidr: 10.42.0.|0/16\n' }), /holds 65,536 addresses/);
  assert.match(hover({ main: 'etcd-s3-timeout: 90|m\n' }), /`90m` is 1 h 30 min/);
  assert.match(hover({ main: 'disable: [trae|fik]\n' }), /\*\*disable\*\*/);
  assert.ok(!hover({ main: 'token: abc|defgh\n' }).includes('abcdefgh'));
});
