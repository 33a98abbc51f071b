import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterFixtures, workspaceOf } from '../../support/clusters';

const pods = clusterFixtures().get('kubeadm-static-pods') ?? new Map<string, string>();

/** `path rule severity text` of every finding that an inventory or its absence brings with one file changed. */
function findings(path: string, change: (text: string) => string, leaveOut = ''): readonly string[] {
  const text = pods.get(path) ?? '';
  assert.notEqual(change(text), text);
  const files = new Map([...pods, [path, change(text)]].filter(([name]) => name !== leaveOut) as [string, string][]);
  const workspace = workspaceOf(files);
  return [...files.keys()].flatMap((name) =>
    workspace
      .diagnose(name)
      .filter((each) => each.severity !== 'hint')
      .map((each) => {
        const { start, end } = each.span;
        return `${name} ${each.rule} ${each.severity} ${(files.get(name) ?? '').slice(start, end)}`;
      }),
  );
}

test('kube-vip that may not speak holds no address, unless something else lets it or nobody can tell', () => {
  const fixture = clusterFixtures().get('kubeadm-kube-vip') ?? new Map<string, string>();
  const path = 'manifests/kube-vip.yaml';
  const rules = (change: (text: string) => string) => {
    const text = fixture.get(path) ?? '';
    assert.notEqual(change(text), text);
    const workspace = workspaceOf(new Map(fixture).set(path, change(text)));
    return workspace.diagnose(path).map(({ rule, severity }) => `${severity} ${rule}`);
  };
  const silent = (text: string) => text.replace('vip_arp, value: "true"', 'vip_arp, value: "false"');
  const told = ['error cluster/kube-vip-unannounced'];
  assert.deepEqual(rules(silent), told);
  assert.deepEqual(
    rules((text) => text.replace(/ *- \{ name: vip_arp.*\n/, '')),
    told,
  );
  assert.deepEqual(
    rules((text) => silent(text).replace('cp_enable', 'bgp_enable')),
    [],
  );
  assert.deepEqual(
    rules((text) => silent(text).replace('[manager]', '[manager, --arp]')),
    [],
  );
  const open = 'envFrom:\n        - configMapRef: { name: kube-vip }\n      env:';
  assert.deepEqual(
    rules((text) => silent(text).replace('env:', open)),
    [],
  );
});

test('flannel on an interface with another number than on all other servers is worth a look', () => {
  const fixture = clusterFixtures().get('k3s-embedded') ?? new Map<string, string>();
  const found = (names: readonly string[]) => {
    const files = new Map(fixture);
    for (const [index, name] of names.entries()) {
      const path = `k3s/cp${index + 1}.yaml`;
      files.set(path, `${files.get(path)}flannel-iface: ${name}\n`);
    }
    const workspace = workspaceOf(files);
    return [...files.keys()].flatMap((path) =>
      workspace.diagnose(path).flatMap(({ rule }) => (rule === 'cluster/interface-differs' ? [path] : [])),
    );
  };
  assert.deepEqual(found(['eth0', 'eth1', 'eth0']), ['k3s/cp2.yaml']);
  assert.deepEqual(found(['eth0', 'eno1', 'eth0']), [], 'another make of machine');
  assert.deepEqual(found(['eth0', 'eth1']), [], 'of two nobody knows which is right');
});

for (const inventory of [true, false]) {
  const leaveOut = inventory ? '' : 'haven.yaml';
  const words = inventory ? 'with an inventory' : 'without an inventory';

  test(`the address in the environment of keepalived's pod is a virtual address, ${words}`, () => {
    const found = findings(
      'manifests/keepalived-m2.yaml',
      (text) => text.replace('10.0.1.100/24', '10.0.1.101/24'),
      leaveOut,
    );
    assert.ok(
      found.some((each) =>
        each.startsWith('manifests/keepalived-m2.yaml cluster/virtual-addresses-differ error 10.0.1.101'),
      ),
      found.join('\n'),
    );
    assert.ok(
      found.some((each) => each.startsWith('manifests/keepalived-m1.yaml cluster/')),
      found.join('\n'),
    );
  });

  test(`its router id and priority are compared with those of the other nodes, ${words}`, () => {
    const id = findings('manifests/keepalived-m3.yaml', (text) => text.replace('"61"', '"62"'), leaveOut);
    assert.ok(
      id.some((each) => each.startsWith('manifests/keepalived-m3.yaml cluster/virtual-router-id-differs error')),
      id.join('\n'),
    );
    const priority = findings('manifests/keepalived-m2.yaml', (text) => text.replace('"140"', '"150"'), leaveOut);
    assert.ok(
      priority.some((each) => each.startsWith('manifests/keepalived-m2.yaml cluster/priority-equal warning')),
      priority.join('\n'),
    );
  });

  test(`haproxy in a pod of its node must leave the port of the API server alone, ${words}`, () => {
    const found = findings('haproxy.cfg', (text) => text.replace('*:8443', '*:6443'), leaveOut);
    const severity = inventory ? 'error' : 'warning';
    assert.ok(found.includes(`haproxy.cfg cluster/api-port-taken ${severity} *:6443`), found.join('\n'));
  });
}

test('a pod with a network of its own takes no port of the node', () => {
  const files = new Map(pods);
  files.delete('haven.yaml');
  files.set('haproxy.cfg', (pods.get('haproxy.cfg') ?? '').replace('*:8443', '*:6443'));
  files.set('manifests/haproxy.yaml', (pods.get('manifests/haproxy.yaml') ?? '').replace('  hostNetwork: true\n', ''));
  const rules = workspaceOf(files)
    .diagnose('haproxy.cfg')
    .map((each) => each.rule);
  assert.ok(!rules.includes('cluster/api-port-taken'), rules.join());
});
