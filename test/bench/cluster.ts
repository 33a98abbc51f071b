// Time from an edit in one file of a large cluster to the findings of all its files.
//   node --import tsx test/bench/cluster.ts
import { performance } from 'node:perf_hooks';
import { Workspace } from '../../src/service';

const servers = 24;
const balancers = 12;
const address = (n: number) => `10.0.${Math.floor(n / 200)}.${(n % 200) + 10}`;

/** A cluster of 50 files: inventory, haproxy, keepalived of every load balancer, k3s of every server, agents. */
function files(): Map<string, string> {
  const found = new Map<string, string>();
  const nodes: string[] = [];
  const configs: string[] = [];
  const node = (name: string, n: number, role: string, file: string, text: string) => {
    nodes.push(`      - { name: ${name}, address: ${address(n)}, roles: [${role}] }`);
    configs.push(`      - { file: ${file}, on: [${name}] }`);
    found.set(file, text);
  };
  for (let n = 0; n < servers; n++)
    node(
      `cp${n}`,
      n,
      'server',
      `k3s/cp${n}.yaml`,
      `${n === 0 ? 'cluster-init: true' : 'server: https://api.example.com:6443'}\nnode-ip: ${address(n)}\ntls-san:\n  - api.example.com\n  - 10.0.9.1\n`,
    );
  for (let n = 0; n < balancers; n++)
    node(
      `lb${n}`,
      50 + n,
      'loadbalancer',
      `lb/keepalived-lb${n}.conf`,
      `vrrp_instance API {\n  virtual_router_id 61\n  priority ${200 - n}\n  unicast_src_ip ${address(50 + n)}\n  unicast_peer {\n${Array.from({ length: balancers }, (_, i) => (i === n ? '' : `    ${address(50 + i)}\n`)).join('')}  }\n  virtual_ipaddress {\n    10.0.9.1/16\n  }\n}\n`,
    );
  for (let n = 0; n < 12; n++)
    node(
      `w${n}`,
      100 + n,
      'agent',
      `k3s/w${n}.yaml`,
      `server: https://api.example.com:6443\nnode-ip: ${address(100 + n)}\n`,
    );
  const backends = Array.from({ length: servers }, (_, n) => `    server cp${n} ${address(n)}:6443 check\n`).join('');
  found.set(
    'lb/haproxy.cfg',
    `frontend api\n    mode tcp\n    bind *:6443\n    default_backend api\nbackend api\n    mode tcp\n${backends}`,
  );
  found.set(
    'haven.yaml',
    `clusters:\n  - name: big\n    endpoint: api.example.com:6443\n    nodes:\n${nodes.join('\n')}\n    configs:\n      - { file: lb/haproxy.cfg, on: [lb0] }\n${configs.join('\n')}\n`,
  );
  return found;
}

const workspace = new Workspace();
const all = files();
for (const [path, text] of all) workspace.open(path, text);
const everything = () => [...all.keys()].reduce((sum, path) => sum + workspace.diagnose(path).length, 0);

const first = performance.now();
const count = everything();
const cold = performance.now() - first;
const times: number[] = [];
for (let i = 0; i < 200; i++) {
  const path = i % 2 === 0 ? 'lb/keepalived-lb1.conf' : 'k3s/cp3.yaml';
  const text = workspace.file(path)?.text ?? '';
  const at = text.length;
  const start = performance.now();
  workspace.edit(path, [{ span: { start: at, end: at }, newText: `# ${i}\n` }]);
  everything();
  times.push(performance.now() - start);
}
times.sort((a, b) => a - b);
const at = (share: number) => (times[Math.floor(times.length * share)] ?? 0).toFixed(1);
process.stdout.write(
  `${all.size} files, ${count} findings: first ${cold.toFixed(1)} ms; after an edit median ${at(0.5)} ms, p95 ${at(0.95)} ms (budget 50 ms)\n`,
);
