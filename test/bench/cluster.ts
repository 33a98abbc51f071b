import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Steps } from '../../src/base/steps';
import type { Workspace } from '../../src/service';
import { bundled } from './bundled';
import { haproxyConfig } from './haproxy';
import { keepalivedConfig } from './keepalived';
import type { Bench, Print } from './main';

interface Core {
  readonly Workspace: typeof Workspace;
}

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

/** Types a letter at the end of each of `paths` in turn, and asks for what all files of the cluster have. */
function edits(
  print: Print,
  core: Core,
  what: string,
  all: ReadonlyMap<string, string>,
  paths: readonly string[],
): void {
  const workspace = new core.Workspace();
  for (const [path, text] of all) workspace.open(path, text);
  const everything = () => [...all.keys()].reduce((sum, path) => sum + workspace.diagnose(path).length, 0);
  const count = everything();
  const times: number[] = [];
  for (let i = 0; i < 60; i++) {
    const path = paths[i % paths.length] ?? '';
    const at = workspace.file(path)?.text.length ?? 0;
    const start = performance.now();
    workspace.edit(path, [{ span: { start: at, end: at }, newText: `# ${i}\n` }]);
    everything();
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  const median = times[times.length >> 1] ?? 0;
  const p95 = times[Math.floor(times.length * 0.95)] ?? 0;
  print(
    `an edit to the findings of ${all.size} files, ${what}`,
    median,
    50,
    `p95 ${p95.toFixed(1)} ms, ${count} found`,
  );
}

/**
 * The longest time for which nothing else can happen while the extension reads a folder and checks it, in the steps in
 * which the editor's side takes them (`LiveWorkspace`), in a process that has not done so before.
 */
function longestBlock(print: Print, core: Core, what: string, all: ReadonlyMap<string, string>): void {
  const workspace = new core.Workspace();
  const steps: { readonly what: string; readonly ms: number }[] = [];
  const step = (name: string, work: () => unknown) => {
    const start = performance.now();
    work();
    steps.push({ what: name, ms: performance.now() - start });
  };
  for (const [path, text] of all) step(`open ${path}`, () => workspace.open(path, text));
  const inSteps = (name: string, work: Steps<void>) => {
    for (let done = false; !done; )
      step(name, () => {
        done = work.next().done === true;
      });
  };
  for (const path of all.keys()) inSteps(`read ${path}`, workspace.prepare(path));
  inSteps('compare', workspace.compare());
  for (const path of all.keys()) step(`check ${path}`, () => workspace.diagnose(path));
  const longest = steps.reduce((a, b) => (b.ms > a.ms ? b : a));
  print(`longest block, ${what}`, longest.ms, 50, longest.what);
}

/** What a window with `count` open files keeps in memory. */
function memory(print: Print, core: Core, count: number): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const texts = Array.from({ length: count }, (_, i) =>
    i % 2 === 0
      ? ([`lb${i}/haproxy.cfg`, haproxyConfig(800 + i)] as const)
      : ([`lb${i}/keepalived.conf`, keepalivedConfig(800 + i)] as const),
  );
  const workspace = new core.Workspace();
  collect();
  const before = process.memoryUsage().heapUsed;
  for (const [path, text] of texts) workspace.open(path, text);
  for (const [path] of texts) workspace.diagnose(path);
  collect();
  const kept = (process.memoryUsage().heapUsed - before) / 1e6;
  print(`memory of ${count} open files of 800 lines and more`, kept, 60, `${workspace.files().length} files`, 'MB');
}

export const clusterBench: Bench = {
  name: 'cluster',
  run(print) {
    const core = bundled<Core>(`export { Workspace } from './src/service';`);
    const all = files();
    longestBlock(print, core, `${all.size} files at the start`, all);
    longestBlock(
      print,
      core,
      'a haproxy.cfg of 5000 lines beside',
      new Map([...all, ['lb/haproxy.cfg', haproxyConfig(5_000)]]),
    );
    edits(print, core, 'the usual ones', all, ['lb/keepalived-lb1.conf', 'k3s/cp3.yaml']);
    for (const lines of [24_000, 100_000]) {
      all.set('lb/haproxy.cfg', haproxyConfig(lines));
      edits(print, core, `haproxy.cfg of ${lines} lines`, all, ['lb/haproxy.cfg']);
      edits(print, core, `another one beside ${lines} lines`, all, ['k3s/cp3.yaml']);
    }
    memory(print, core, 100);
  },
};
