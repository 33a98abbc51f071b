import assert from 'node:assert/strict';
import { test } from 'node:test';
import { render } from '../../src/base/message';
import { Workspace } from '../../src/service';
import { languageOf } from '../../src/service/registry';

const pod = `apiVersion: v1
kind: Pod
metadata:
  name: kube-vip
  namespace: kube-system
spec:
  containers:
  - name: kube-vip
    image: ghcr.io/kube-vip/kube-vip:v0.8.9
    imagePullPolicy: IfNotPresent
    args:
    - manager
    env:
    - name: vip_arp
      value: "true"
    - name: port
      value: "6443"
    securityContext:
      capabilities:
        add:
        - NET_ADMIN
        - NET_RAW
    volumeMounts:
    - mountPath: /etc/kubernetes/admin.conf
      name: kubeconfig
  hostNetwork: true
  hostAliases:
  - hostnames:
    - kubernetes
    ip: 127.0.0.1
  volumes:
  - hostPath:
      path: /etc/kubernetes/admin.conf
      type: File
    name: kubeconfig
`;

const found = (text: string, path = 'manifests/kube-vip.yaml') => {
  const workspace = new Workspace();
  workspace.open(path, text);
  return workspace.diagnose(path);
};
const told = (text: string, path?: string) =>
  found(text, path).map(({ rule, span }) => `${rule}:${text.slice(0, span.start).split('\n').length}`);
const change = (from: string, to: string) => {
  assert.ok(pod.includes(from), from);
  return pod.replace(from, to);
};
const inContainer = (line: string) => change('    env:', `    ${line}\n    env:`);

/** What an API server v1.34 refused (`kubectl create --dry-run=server --validate=false`), with the line that is told. */
const refused: readonly (readonly [name: string, text: string, line: number])[] = [
  ['a truth value for a variable', change('"true"', 'true'), 15],
  ['a number for a variable', change('"6443"', '6443'), 17],
  ['yes for a variable', change('"true"', 'yes'), 15],
  ['a text for hostNetwork', change('hostNetwork: true', 'hostNetwork: "true"'), 26],
  ['a text for args', change('args:\n    - manager', 'args: manager'), 11],
  ['a number among args', change('- manager', '- 5'), 12],
  ['a mount without volume', change('      name: kubeconfig\n  hostN', '      name: kubeconfg\n  hostN'), 25],
  ['= in the name of a variable', change('name: port', 'name: "a=b"'), 16],
  ['a type of hostPath in small letters', change('type: File', 'type: file'), 34],
  ['a hostPath that goes up', change('      path: /etc/k', '      path: /etc/../k'), 33],
  ['a pull policy in small letters', change('IfNotPresent', 'ifNotPresent'), 10],
  ['a name with _', change('name: kube-vip\n  n', 'name: Kube_vip\n  n'), 4],
  ['a container with a dot', change('- name: kube-vip', '- name: kube.vip'), 8],
  ['a container without a name', change('- name: kube-vip\n    image', '- image'), 8],
  ['a volume twice', `${pod}  - emptyDir: {}\n    name: kubeconfig\n`, 37],
  ['two kinds of volume', change('      type: File', '      type: File\n    emptyDir: {}'), 35],
  [
    'a path mounted twice',
    change('  hostNetwork', '    - {mountPath: /etc/kubernetes/admin.conf, name: kubeconfig}\n  hostNetwork'),
    26,
  ],
  ['a container twice', change('  hostNetwork', '  - {name: kube-vip, image: x}\n  hostNetwork'), 26],
  ['no address of an alias', change('ip: 127.0.0.1', 'ip: 127.0.0.x'), 30],
  ['a restart policy in small letters', `${pod}  restartPolicy: always\n`, 36],
  ['another apiVersion', change('apiVersion: v1', 'apiVersion: apps/v1'), 1],
  ['a kind in small letters', change('kind: Pod', 'kind: pod'), 2],
  ['a map for volumes', change('  volumes:\n  -', '  volumes:\n   '), 31],
  ['a label that is no text', change('kube-system', 'kube-system\n  labels: {a: true}'), 6],
  ['a field that is no variable', change('value: "6443"', 'valueFrom: {fieldRef: {fieldPath: spec.nodename}}'), 17],
  [
    'a value and a source',
    change('value: "6443"', 'value: "6443"\n      valueFrom: {fieldRef: {fieldPath: spec.nodeName}}'),
    18,
  ],
  ['a port above all', inContainer('ports: [{containerPort: 70000}]'), 13],
  ['a text for a port', inContainer('ports: [{containerPort: "80"}]'), 13],
  ['half a port', inContainer('ports: [{containerPort: 80.5}]'), 13],
  ['another hostPort', inContainer('ports: [{containerPort: 80, hostPort: 81}]'), 13],
  ['tcp in small letters', inContainer('ports: [{containerPort: 80, protocol: tcp}]'), 13],
  ['two ways of a probe', inContainer('livenessProbe: {httpGet: {path: /, port: 80}, tcpSocket: {port: 80}}'), 13],
  ['no way of a probe', inContainer('livenessProbe: {periodSeconds: 3}'), 13],
  ['https in small letters', inContainer('livenessProbe: {httpGet: {path: /, port: 80, scheme: https}}'), 13],
  ['no quantity', inContainer('resources: {requests: {memory: 100MB}}'), 13],
  ['a text for privileged', change('capabilities:', 'privileged: "true"\n      capabilities:'), 19],
  [
    'privileged without rights',
    change('capabilities:', 'privileged: true\n      allowPrivilegeEscalation: false\n      capabilities:'),
    20,
  ],
  ['an effect with a slip', `${pod}  tolerations: [{effect: NoSchedul, operator: Exists}]\n`, 36],
];

for (const [name, text, line] of refused)
  test(`a pod that the API server refuses is an error: ${name}`, () => {
    const errors = found(text).filter(({ severity }) => severity === 'error');
    assert.deepEqual(
      errors.map(({ span }) => text.slice(0, span.start).split('\n').length),
      [line],
      errors.map((each) => render(each.message)).join('; '),
    );
  });

test('a pod that the API server takes is no error', () => {
  const accepted = [
    pod,
    change('value: "6443"', 'value:'),
    change('name: port', 'name: "my port"'),
    change('NET_ADMIN', 'net_admin'),
    change('path: /etc', 'path: etc'),
    change('hostNetwork: true', 'hostNetwork: true\n  hostNetwork: true'),
    change('hostNetwork: true', 'hostNetwork: yes'),
    `${pod}  - name: other\n`,
  ];
  for (const text of accepted)
    assert.deepEqual(
      found(text).filter(({ severity }) => severity === 'error'),
      [],
      text,
    );
  assert.deepEqual(told(pod), []);
});

test('a field with a slip or at another place is told, and one of tomorrow is not', () => {
  assert.deepEqual(told(change('hostNetwork', 'hostNetwrk')).slice(0, 1), ['static-pod/unknown-field:26']);
  assert.deepEqual(told(inContainer('hostNetwork: true')), ['static-pod/unknown-field:13']);
  assert.deepEqual(told(change('volumeMounts', 'volumemounts')).slice(0, 1), ['static-pod/unknown-field:23']);
  assert.deepEqual(told(inContainer('somethingElse: 1')), []);
});

test('variables of kube-vip: slips, releases and values', () => {
  const env = (name: string, value: string, release = 'v1.0.1') =>
    told(
      change('name: port\n      value: "6443"', `name: ${name}\n      value: "${value}"`).replace('v0.8.9', release),
    );
  assert.deepEqual(env('vip_leaseDuration', '5'), ['static-pod/unknown-variable:16']);
  assert.deepEqual(env('vip_interfce', 'eth0'), ['static-pod/unknown-variable:16']);
  assert.deepEqual(env('TZ', 'UTC'), []);
  assert.deepEqual(env('prot', 'x'), [], 'a short name may be of anybody');
  assert.deepEqual(env('vip_cidr', '24'), ['static-pod/unknown-variable:16']);
  assert.deepEqual(env('vip_cidr', '32'), [], 'what counts anyway');
  assert.deepEqual(env('vip_cidr', '24', 'v0.8.9'), []);
  assert.deepEqual(env('vip_subnet', '/24'), ['static-pod/variable-value:17']);
  assert.deepEqual(env('vip_subnet', '24'), []);
  assert.deepEqual(env('vip_subnet', '24', 'v0.8.9'), ['static-pod/variable-value:17']);
  assert.deepEqual(env('vip_subnet', '/24', 'v0.8.9'), []);
  assert.deepEqual(env('vip_subnet', '/24', 'latest'), []);
  assert.deepEqual(env('vip_subnet', 'auto'), []);
  assert.deepEqual(env('cp_enable', 'ture'), ['static-pod/variable-value:17']);
  assert.deepEqual(env('cp_enable', '$CP'), []);
  assert.deepEqual(env('lb_port', '64430000'), ['static-pod/variable-value:17']);
  assert.deepEqual(env('health_check_port', '80'), ['static-pod/variable-value:17']);
  assert.deepEqual(env('vip_loglevel', 'debug'), ['static-pod/variable-value:17']);
  assert.deepEqual(env('address', '10.0.0.100/24'), ['static-pod/variable-value:17']);
  assert.deepEqual(env('address', '10.0.0.100,fd00::100'), []);
  assert.deepEqual(env('address', 'api.example.com'), []);
  assert.deepEqual(env('vip_arp', 'true'), ['static-pod/repeated-variable:16']);
});

test('the times of a lease go down by more than a fifth', () => {
  const times = (lease: string, renew: string, retry: string) =>
    told(
      change(
        '    - name: port',
        `    - {name: vip_leaseduration, value: "${lease}"}\n    - {name: vip_renewdeadline, value: "${renew}"}\n    - {name: vip_retryperiod, value: "${retry}"}\n    - name: port`,
      ),
    );
  assert.deepEqual(times('15', '10', '2'), []);
  assert.deepEqual(times('10', '10', '2'), ['static-pod/lease-times:17']);
  assert.deepEqual(times('15', '6', '5'), ['static-pod/lease-times:18'], '6 is not more than 5 times 1.2');
  assert.deepEqual(times('15', '7', '5'), []);
});

test('rights, folders for files and volumes nobody mounts', () => {
  assert.deepEqual(told(change('        - NET_ADMIN\n', '')), ['static-pod/kube-vip-rights:9']);
  assert.deepEqual(
    told(change('capabilities:', 'privileged: true\n      capabilities:').replace('        - NET_ADMIN\n', '')),
    [],
  );
  assert.deepEqual(told(change('type: File', 'type: DirectoryOrCreate')), ['static-pod/folder-for-file:34']);
  assert.deepEqual(told(change('type: File', 'type: FileOrCreate')), []);
  assert.deepEqual(told(`${pod}  - {name: other, emptyDir: {}}\n`), ['static-pod/unused-volume:36']);
});

test('a patch is a part of a pod: what it lacks stands elsewhere', () => {
  const patch = change('  volumes:\n', '  unset:\n').replace('        - NET_ADMIN\n', '');
  assert.deepEqual(told(patch, 'patches/kube-vip.yaml'), []);
  assert.deepEqual(told(patch, 'kube-vip-patch.yaml'), []);
  assert.equal(told(patch).length, 2);
});

test('what an excerpt in a document leaves out is not asked for, and a value of the shell not judged', () => {
  const fence = (text: string) => `# kubeadm\n\n\`\`\`yaml\n${text}\`\`\`\n`;
  assert.deepEqual(told(fence(pod.slice(0, pod.indexOf('  volumes:'))), 'notes.md'), []);
  assert.deepEqual(
    told(fence(`# /etc/kubernetes/manifests/a.yaml\n${pod.slice(0, pod.indexOf('  volumes:'))}`), 'notes.md'),
    [],
  );
  assert.deepEqual(told(fence(change('"6443"', '6443')), 'notes.md'), ['static-pod/wrong-kind:20']);
  const script = (text: string) => `kubeadm version\ncat <<EOF > /etc/kubernetes/manifests/kube-vip.yaml\n${text}EOF\n`;
  assert.deepEqual(told(script(change('"6443"', '$PORT')), 'vip.sh'), []);
  assert.deepEqual(told(script(change('"true"', 'true')), 'vip.sh'), ['static-pod/wrong-kind:17']);
});

test('completion and hover know the variables of kube-vip and the fields of a pod', () => {
  const language = languageOf('static-pod');
  const at = (text: string) => {
    const offset = text.indexOf('|');
    const whole = text.replace('|', '');
    return { offset, analysis: language?.analyse({ path: 'pod.yaml', text: whole, versions: {} }) };
  };
  const labels = (text: string) => {
    const { offset, analysis } = at(text);
    return (language?.complete?.(analysis, offset, []) ?? []).map((each) => each.label);
  };
  const names = labels(change('name: port', 'name: vip_|'));
  assert.ok(names.includes('vip_interface') && !names.includes('vip_cidr'));
  assert.deepEqual(labels(change('"true"', '|')), ['true', 'false']);
  assert.deepEqual(labels(change('"true"', '"|"')), ['true', 'false']);
  assert.deepEqual(labels(change('hostNetwork: true', 'hostNetwork: |')), ['true', 'false']);
  assert.ok(labels(change('type: File', 'type: |')).includes('FileOrCreate'));
  const fields = labels(change('  hostNetwork: true', '  host|'));
  assert.ok(fields.includes('hostNetwork') && !fields.includes('volumes') && !fields.includes('image'));
  const { offset, analysis } = at(change('vip_arp', 'vip_|arp'));
  assert.match(language?.hover?.(analysis, offset)?.markdown ?? '', /^\*\*vip_arp\*\* \(true or false\)\n\nAnnounces/);
});
