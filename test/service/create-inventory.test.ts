import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseInventory } from '../../src/model/inventory/parse-inventory';
import { createInventory, Workspace } from '../../src/service';
import { filesBelow } from '../support/files';

const nodesOf = (text: string) =>
  (parseInventory(text).clusters[0]?.nodes ?? [])
    .map((node) => `${node.name} ${node.address} ${node.roles.join()}`)
    .sort();

test('from the files of the example alone, its inventory comes back', () => {
  const workspace = new Workspace();
  for (const path of [...filesBelow('examples/k3s', ''), ...filesBelow('examples/lb', '')])
    workspace.open(path, readFileSync(path, 'utf8'));
  const text = createInventory({ name: 'prod', folder: 'examples/', facts: workspace.facts() });
  const wanted = readFileSync('examples/haven.yaml', 'utf8');
  assert.deepEqual(nodesOf(text), nodesOf(wanted));
  const [made] = parseInventory(text).clusters;
  const [example] = parseInventory(wanted).clusters;
  assert.equal(made?.endpoint, example?.endpoint);
  const configs = (list: typeof made) =>
    (list?.configs ?? []).map((each) => `${each.file} ${[...each.on].sort().join()}`).sort();
  assert.deepEqual(configs(made), configs(example));
  workspace.open('examples/haven.yaml', text);
  assert.deepEqual(
    workspace.files().flatMap((file) => workspace.diagnose(file.path).filter((each) => each.severity === 'error')),
    [],
  );
});

test('from Ansible, INI and YAML', () => {
  const ini =
    '[masters]\ncp[1:2] ansible_user=ops\n\n[workers]\nw1 ansible_host=10.0.0.21 ansible_port=2222\n\n[masters:vars]\nx=y\n';
  assert.deepEqual(nodesOf(createInventory({ folder: '', facts: [], ansible: [{ text: ini }] })), [
    'cp1 cp1 server',
    'cp2 cp2 server',
    'w1 10.0.0.21 agent',
  ]);
  const yaml =
    'all:\n  children:\n    kube_control_plane:\n      hosts:\n        a: { ansible_host: 10.0.0.1 }\n    lb:\n      hosts:\n        b: { ansible_host: 10.0.0.2 }\n';
  assert.deepEqual(nodesOf(createInventory({ folder: '', facts: [], ansible: [{ text: yaml }] })), [
    'a 10.0.0.1 server',
    'b 10.0.0.2 loadbalancer',
  ]);
});

test('from an SSH configuration and a kubeconfig; programs named there stay there', () => {
  const sshConfig =
    'Host cp1 master2\n  HostName 10.0.0.1\n  User ops\n  ProxyCommand nc %h 22\nHost mail.example.com\nHost *\n  User me\n';
  const kubeconfig = 'kind: Config\nclusters:\n  - cluster:\n      server: https://api.example.com:6443\n';
  const text = createInventory({ folder: '', facts: [], sshConfig, kubeconfig });
  assert.match(text, /endpoint: api\.example\.com:6443/);
  assert.doesNotMatch(text, /ProxyCommand|mail|nc /);
  assert.equal(parseInventory(text).clusters[0]?.nodes[0]?.ssh.user, 'ops');
});

test('of an SSH configuration the first value counts, patterns are no hosts, and none is no jump host', () => {
  const sshConfig =
    'Host cp1\n  HostName 10.0.0.1\n  User ops\n  User late\n  ProxyJump none\nHost cp2\n  ProxyJump bastion\nHost cp-*\n  User me\n';
  const nodes = parseInventory(createInventory({ folder: '', facts: [], sshConfig })).clusters[0]?.nodes;
  assert.deepEqual(
    nodes?.map(({ name, ssh }) => [name, ssh]),
    [
      ['cp1', { user: 'ops' }],
      ['cp2', { jump: 'bastion' }],
    ],
  );
});

test('an Ansible inventory with groups of groups, ranges and variables beside it, as k3s-ansible lays it out', () => {
  const text = `[server]
10.0.0.1[1:3]

[agent]
worker[01:02] ansible_port=2222

[k3s_cluster:children]
server
agent

[k3s_cluster:vars]
ansible_user=ops
ansible_ssh_common_args='-o ProxyJump=bastion'

[local]
localhost ansible_connection=local
`;
  const made = createInventory({
    folder: '',
    facts: [],
    ansible: [
      {
        text,
        groupVars: [{ of: 'all', text: 'apiserver_endpoint: 10.0.0.100\nk3s_version: v1.34.1+k3s1\n' }],
        hostVars: [{ of: 'worker01', text: 'ansible_host: 10.0.0.21\n' }],
      },
    ],
  });
  const [cluster] = parseInventory(made).clusters;
  assert.equal(cluster?.endpoint, '10.0.0.100:6443');
  assert.equal(cluster?.distribution, 'k3s');
  assert.deepEqual(nodesOf(made), [
    '10.0.0.11 10.0.0.11 server',
    '10.0.0.12 10.0.0.12 server',
    '10.0.0.13 10.0.0.13 server',
    'worker01 10.0.0.21 agent',
    'worker02 worker02 agent',
  ]);
  const ssh = cluster?.nodes.find((node) => node.name === 'worker01')?.ssh;
  assert.deepEqual([ssh?.user, ssh?.port, ssh?.jump], ['ops', 2222, 'bastion']);
});

test('the groups of kubespray: a control plane that takes pods and runs etcd is a server; dedicated etcd stays one', () => {
  const text = `all:
  hosts:
    n1: { ansible_host: 10.0.0.1, ip: 10.9.0.1 }
    n2: { ip: 10.0.0.2 }
    e1: { ansible_host: 10.0.0.3 }
    lb: { ansible_host: 10.0.0.4 }
  vars:
    loadbalancer_apiserver: { address: 10.0.0.100, port: 8443 }
  children:
    kube_control_plane: { hosts: { n1: } }
    kube_node: { hosts: { n1: , n2: } }
    etcd: { hosts: { n1: , e1: } }
    k8s_cluster: { children: { kube_control_plane: , kube_node: } }
    load_balancers: { hosts: { lb: } }
`;
  const made = createInventory({ folder: '', facts: [], ansible: [{ text }] });
  const [cluster] = parseInventory(made).clusters;
  assert.deepEqual([cluster?.endpoint, cluster?.distribution], ['10.0.0.100:8443', 'kubeadm']);
  assert.deepEqual(nodesOf(made), [
    'e1 10.0.0.3 etcd',
    'lb 10.0.0.4 loadbalancer',
    'n1 10.0.0.1 server',
    'n2 10.0.0.2 agent',
  ]);
});

test('names of machines tell more than a group that holds all of them; other servers are none of the cluster', () => {
  const text = `[nodes]
etcd-c01 ansible_host=10.0.0.1
k8s-master-a1 ansible_host=10.0.0.2
vm-control-01 ansible_host=10.0.0.3
blue ansible_host=10.0.0.4
k3sserver01 ansible_host=10.0.0.8
kubernetes-tools ansible_host=10.0.0.9
[nfs_servers]
nas ansible_host=10.0.0.5
[masters]
"10.0.0.6"
ubuntu@10.0.0.7
nodes
`;
  assert.deepEqual(nodesOf(createInventory({ folder: '', facts: [], ansible: [{ text }] })), [
    '10.0.0.6 10.0.0.6 server',
    '10.0.0.7 10.0.0.7 server',
    'blue 10.0.0.4 agent',
    'etcd-c01 10.0.0.1 etcd',
    'k3sserver01 10.0.0.8 server',
    'k8s-master-a1 10.0.0.2 server',
    'kubernetes-tools 10.0.0.9 agent',
    'vm-control-01 10.0.0.3 server',
  ]);
});

test('a playbook and a list of tasks of the same file name have no hosts', () => {
  for (const text of [
    '---\n- hosts: all\n  become: true\n  tasks:\n    - name: Set a hostname\n      hostname:\n        name: x\n',
    '- name: hosts\n  lineinfile:\n    path: /etc/hosts\n    line: 10.0.0.1 cp1\n',
    'plugin: cloud.terraform.terraform_provider\nproject_path: tofu\n',
    'masters:\n  count: 2\n',
  ])
    assert.deepEqual(nodesOf(createInventory({ folder: '', facts: [], ansible: [{ text }] })), [], text);
});

test('where no node is found, the inventory shows how one is written, and that can be put in its place', () => {
  const text = createInventory({ folder: '', facts: [] });
  const line = /^ {4}#( {3}- \{ name: cp1.*)$/m.exec(text)?.[1];
  assert.ok(line !== undefined, text);
  const whole = text.replace('nodes: []', `nodes:\n    ${line}`);
  assert.deepEqual(nodesOf(whole), ['cp1 192.0.2.11 server']);
  assert.deepEqual(parseInventory(whole).clusters[0]?.nodes[0]?.ssh.user, 'root');
});
