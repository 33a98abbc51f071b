import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workspaceOf } from '../../support/clusters';

const networks = [0, 0, 0];

/** Three servers with kube-vip in the folder of each, after a change of one file. */
function told(change?: readonly [path: string, from: string, to: string], racks: readonly number[] = networks) {
  const files = new Map<string, string>();
  for (const [index, rack] of racks.entries()) {
    const number = index + 1;
    const address = `10.60.${rack}.1${number}`;
    files.set(
      `servers/cp${number}/config.yaml`,
      `${number === 1 ? 'cluster-init: true' : 'server: https://10.60.255.1:6443'}\nnode-ip: ${address}\ntls-san: [10.60.255.1]\n`,
    );
    files.set(
      `servers/cp${number}/manifests/kube-vip.yaml`,
      `apiVersion: v1
kind: Pod
metadata: { name: kube-vip }
spec:
  hostNetwork: true
  containers:
    - name: kube-vip
      image: ghcr.io/kube-vip/kube-vip:v0.9.1
      args: [manager]
      securityContext: { capabilities: { add: [NET_ADMIN, NET_RAW] } }
      env:
        - { name: bgp_enable, value: "true" }
        - { name: bgp_routerid, value: ${address} }
        - { name: bgp_as, value: "65010" }
        - { name: bgp_peers, value: "10.60.${rack}.1:65000::false,10.60.${rack}.2:65000::false" }
        - { name: address, value: 10.60.255.1 }
        - { name: port, value: "6443" }
`,
    );
  }
  if (change !== undefined) {
    const [path, from, to] = change;
    const text = files.get(path) ?? '';
    assert.ok(text.includes(from), from);
    files.set(path, text.replace(from, to));
  }
  const workspace = workspaceOf(files);
  return [...files.keys()].flatMap((path) =>
    workspace
      .diagnose(path)
      .filter((each) => each.severity === 'error' || each.severity === 'warning')
      .map(({ rule, related }) => `${rule} ${path} ${related?.[0]?.path}`),
  );
}

const pod = (number: number) => `servers/cp${number}/manifests/kube-vip.yaml`;

test('nothing is said of three nodes that agree, nor of those of another rack, which has routers of its own', () => {
  assert.deepEqual(told(), []);
  assert.deepEqual(told(undefined, [0, 0, 5]), []);
});

for (const [words, from, to, other] of [
  ['the router id of another node', 'routerid, value: 10.60.0.13', 'routerid, value: 10.60.0.11', pod(1)],
  ['a router id of none', 'routerid, value: 10.60.0.13', 'routerid, value: 10.60.0.31', 'servers/cp3/config.yaml'],
  ['another AS', '65010', '65011', pod(1)],
  ['another peer', '10.60.0.2:65000', '10.60.3.2:65000', pod(1)],
] as const)
  test(`one of three nodes with ${words} is told of, with the other place`, () => {
    assert.ok(told([pod(3), from, to]).includes(`cluster/kube-vip-bgp ${pod(3)} ${other}`));
  });

test('peers in another order are the same', () => {
  const [one, two] = ['10.60.0.1:65000::false', '10.60.0.2:65000::false'];
  assert.deepEqual(told([pod(3), `${one},${two}`, `${two},${one}`]), []);
});

test('a join address that no other file has stays in the cluster of the folder of its machine', () => {
  const path = 'servers/cp2/config.yaml';
  const found = told([path, 'https://10.60.255.1', 'https://10.60.8.1']);
  assert.ok(
    found.some((each) => each.startsWith(`cluster/api-address-unknown ${path}`)),
    found.join('\n'),
  );
});
