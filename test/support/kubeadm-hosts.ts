import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { InventoryCluster } from '../../src/model/inventory/inventory';
import { SandboxHost } from './sandbox-host';

/** Why real members of etcd cannot be started here; false when they can. */
export const etcdMissing: string | false = ['etcd', 'etcdctl', 'curl'].every(
  (program) => spawnSync('which', [program]).status === 0,
)
  ? false
  : 'etcd, etcdctl or curl is not installed';

const pods = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];

interface Ports {
  readonly client: number;
  readonly peer: number;
  readonly metrics: number;
}

/** A control-plane node: a sandboxed shell, a kubelet that starts what lies in its folder, and a real etcd. */
class KubeadmHost extends SandboxHost {
  private etcd: ChildProcess | undefined;
  private readonly timer: NodeJS.Timeout;

  constructor(
    name: string,
    readonly ports: Ports,
    cluster: string,
  ) {
    super(name, {
      crictl: 'cat "$ROOT/running"',
      kubectl: 'grep -q kube-apiserver "$ROOT/running" && printf ok',
      curl: `for w; do shift; set -- "$@" "$(printf %s "$w" | sed 's/127.0.0.1:2381/127.0.0.1:${ports.metrics}/')"; done; exec /usr/bin/curl "$@"`,
      // A script that lies on the node names the paths of a real one.
      sh: `case $1 in
"$ROOT"/*) t=$(mktemp); sed -E "s#(^|[[:space:]\\"'=:(<>])/(etc|var|run)/#\\1$ROOT/\\2/#g" "$1" >"$t"; shift; /bin/sh "$t" "$@"; c=$?; rm -f "$t"; exit $c;;
esac
exec /bin/sh "$@"`,
    });
    this.put('/units/kubelet', 'active\n');
    this.put('/etc/kubernetes/kubelet.conf', `    server: https://127.0.0.1:6443\n`);
    for (const pod of pods.slice(1)) this.put(`/etc/kubernetes/manifests/${pod}.yaml`, `name: ${pod}\n`);
    mkdirSync(join(this.root, 'var/lib/etcd'), { recursive: true, mode: 0o700 });
    const url = (port: number) => `http://127.0.0.1:${port}`;
    const flags = [
      `--advertise-client-urls=${url(ports.client)}`,
      `--data-dir=/var/lib/etcd`,
      `--initial-advertise-peer-urls=${url(ports.peer)}`,
      `--initial-cluster=${cluster}`,
      `--listen-client-urls=${url(ports.client)}`,
      `--listen-metrics-urls=${url(ports.metrics)}`,
      `--listen-peer-urls=${url(ports.peer)}`,
      `--name=${name}`,
    ];
    const volume = `  - hostPath:\n      path: ${this.root}/var/lib/etcd\n      type: DirectoryOrCreate\n    name: etcd-data\n`;
    const command = flags.map((flag) => `    - ${flag}\n`).join('');
    this.put(
      '/etc/kubernetes/manifests/etcd.yaml',
      `spec:\n  containers:\n  - command:\n    - etcd\n${command}  volumes:\n${volume}`,
    );
    this.timer = setInterval(() => this.sync(), 50).unref();
    process.setMaxListeners(0);
    this.sync();
  }

  /** What kubelet does: starts and stops what its folder says. */
  private sync(): void {
    const path = join(this.root, 'etc/kubernetes/manifests/etcd.yaml');
    const isWanted = existsSync(path);
    if (isWanted && this.etcd === undefined) {
      const flags = [...readFileSync(path, 'utf8').matchAll(/^ {4}- (--.*)$/gm)].map(([, flag = '']) =>
        flag.startsWith('--data-dir') ? `--data-dir=${join(this.root, 'var/lib/etcd')}` : flag,
      );
      const child = spawn('etcd', flags, {
        stdio: 'ignore',
        env: { ...process.env, ETCD_UNSUPPORTED_ARCH: process.arch },
      });
      this.etcd = child;
      // A test that fails before it closes its hosts must neither wait for them nor leave them behind.
      child.unref();
      process.once('exit', () => child.kill('SIGKILL'));
      child.on('exit', () => {
        if (this.etcd === child) this.etcd = undefined;
      });
    } else if (!isWanted && this.etcd !== undefined) this.etcd.kill('SIGKILL');
    const there = pods.slice(1).filter((pod) => existsSync(join(this.root, `etc/kubernetes/manifests/${pod}.yaml`)));
    const running = [...there, ...(this.etcd === undefined ? [] : ['etcd'])];
    if (!existsSync(this.root)) return;
    // Under another name first: who reads it half written sees nothing running.
    const list = join(this.root, 'running');
    writeFileSync(`${list}.new`, running.map((pod) => `${pod}\n`).join(''));
    renameSync(`${list}.new`, list);
  }

  get restartsOfKubelet(): number {
    return (this.text('/units/log') ?? '').split('\n').filter((line) => line === 'restart kubelet').length;
  }

  override close(): void {
    clearInterval(this.timer);
    this.etcd?.removeAllListeners('exit');
    this.etcd?.kill('SIGKILL');
    super.close();
  }
}

/** Three control-plane nodes whose etcd members are one cluster. */
export class KubeadmHosts {
  private constructor(readonly hosts: ReadonlyMap<string, KubeadmHost>) {}

  static async make(): Promise<KubeadmHosts> {
    const names = ['cp1', 'cp2', 'cp3'];
    const ports = await freePorts(9);
    const of = (i: number): Ports => {
      const [client = 0, peer = 0, metrics = 0] = ports.slice(i * 3);
      return { client, peer, metrics };
    };
    const cluster = names.map((name, i) => `${name}=http://127.0.0.1:${of(i).peer}`).join(',');
    const made = new KubeadmHosts(new Map(names.map((name, i) => [name, new KubeadmHost(name, of(i), cluster)])));
    await made.settled();
    return made;
  }

  host(name: string): KubeadmHost {
    const found = this.hosts.get(name);
    assert.ok(found !== undefined, name);
    return found;
  }

  readonly cluster: InventoryCluster = {
    name: 'seoul',
    distribution: 'kubeadm',
    versions: {},
    configs: [],
    nodes: ['cp1', 'cp2', 'cp3'].map((name) => ({ name, address: '127.0.0.1', roles: ['server'], ssh: {} })),
  };

  etcdctl(name: string, ...words: readonly string[]): string {
    const endpoint = `http://127.0.0.1:${this.host(name).ports.client}`;
    return execFileSync('etcdctl', [`--endpoints=${endpoint}`, '--command-timeout=30s', ...words], {
      encoding: 'utf8',
      env: { ...process.env, ETCDCTL_API: '3' },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  }

  /** What every member says of a key. */
  values(key: string): string[] {
    return [...this.hosts.keys()].map((name) => this.etcdctl(name, 'get', '--print-value-only', key).trim());
  }

  /** Waits until every member answers. */
  async settled(): Promise<void> {
    for (let tries = 0; tries < 200; tries++) {
      try {
        for (const name of this.hosts.keys()) this.etcdctl(name, 'endpoint', 'health');
        return;
      } catch {
        // Not yet.
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
    throw new Error('the members of etcd do not come up');
  }

  close(): void {
    for (const each of this.hosts.values()) each.close();
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
