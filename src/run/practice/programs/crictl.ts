import { commandLine } from '../../../base/shell';
import { pauseImage } from '../kubeadm/layout';
import { complain } from '../program';
import type { Call, Container, Machine, Program } from '../world';

/** What the runtime says of a program that an image does not have. */
export function noSuchProgram(id: string, argv: readonly string[]): string {
  return `failed to exec in container: failed to start exec "${id}": OCI runtime exec failed: exec failed: unable to start container process: exec: "${argv[0] ?? ''}": executable file not found in $PATH: unknown`;
}

/** Starts one of etcd's own programs in its container on a machine; undefined where the image has no such program. */
export async function inEtcd(call: Call, machine: Machine, argv: readonly string[]): Promise<number | undefined> {
  const [name = '', ...args] = argv;
  if (name !== 'etcdctl' && name !== 'etcdutl') return undefined;
  const line = commandLine(['env', 'CONTAINER=etcd', `practice-${name}`, ...args]);
  const { code, stdout, stderr } = await machine.exec(line);
  call.out(stdout);
  call.err(stderr);
  return code;
}

const columns = ['CONTAINER', 'IMAGE', 'CREATED', 'STATE', 'NAME', 'ATTEMPT', 'POD ID', 'POD', 'NAMESPACE'];

/** How long ago, as containerd's client says it. */
function ago(ms: number): string {
  const sec = Math.floor(ms / 1000);
  if (sec < 60) return `${sec} seconds ago`;
  if (sec < 120) return 'About a minute ago';
  return sec < 3600 ? `${Math.floor(sec / 60)} minutes ago` : 'About an hour ago';
}

const imageIds: Readonly<Record<string, string>> = {
  etcd: '4605c4df48fbe',
  'kube-apiserver': '881d41490c0e6',
  'kube-controller-manager': 'c72e40f7f901b',
  'kube-scheduler': '3ac7deb985570',
};

/** Columns are filled to a width of at least 20, as kubernetes-sigs/cri-tools prints them. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, i) => Math.max(...rows.map((row) => (row[i]?.length ?? 0) + 3), 20)) ?? [];
  return rows
    .map((row) => `${row.map((word, i) => (i < row.length - 1 ? word.padEnd(widths[i] ?? 0) : word)).join('')}\n`)
    .join('');
}

function asJson(machine: Machine, { component, id, pod, attempt, startedMs }: Container) {
  const image = `sha256:${imageIds[component] ?? ''}`;
  return {
    id,
    podSandboxId: pod,
    metadata: { name: component, attempt },
    image: { image, annotations: {}, userSpecifiedImage: '', runtimeHandler: '' },
    imageRef: image,
    state: 'CONTAINER_RUNNING',
    createdAt: `${startedMs}000000`,
    labels: {
      'io.kubernetes.container.name': component,
      'io.kubernetes.pod.name': `${component}-${machine.name}`,
      'io.kubernetes.pod.namespace': 'kube-system',
      'io.kubernetes.pod.uid': pod.slice(0, 32),
    },
    annotations: {
      'io.kubernetes.container.hash': id.slice(0, 8),
      'io.kubernetes.container.ports': '[]',
      'io.kubernetes.container.restartCount': String(attempt),
      'io.kubernetes.container.terminationMessagePath': '/dev/termination-log',
      'io.kubernetes.container.terminationMessagePolicy': 'File',
      'io.kubernetes.pod.terminationGracePeriod': '30',
    },
    imageId: '',
  };
}

/** `crictl ps`, `exec`, `stop`: the containers of the static pods; `info`, `inspecti`, `pull`: their images. */
export const crictl: Program = async (call) => {
  const { machine } = call;
  const { cluster } = machine;
  const [verb = '', ...rest] = call.args;
  const value = (...names: string[]) => rest[rest.findIndex((each) => names.includes(each)) + 1];
  const has = (...names: string[]) => rest.some((each) => names.includes(each));
  if (machine.units.get('containerd')?.active !== 'active')
    return complain(
      call,
      'rpc error: code = Unavailable desc = connection error: dial unix /run/containerd/containerd.sock',
    );
  const containers = cluster.kubeadm.containersOf(machine);
  if (verb === 'ps') {
    const pattern = has('--name') ? new RegExp(value('--name') ?? '') : /./;
    const chosen = containers
      .filter((each) => pattern.test(each.component))
      .toSorted((a, b) => b.startedMs - a.startedMs);
    if (has('-q', '--quiet')) for (const { id } of chosen) call.out(`${id}\n`);
    else if (value('-o', '--output') === 'json')
      call.out(`${JSON.stringify({ containers: chosen.map((each) => asJson(machine, each)) }, null, 2)}\n`);
    else {
      const rows = chosen.map(({ component, id, pod, attempt, startedMs }) => [
        id.slice(0, 13),
        imageIds[component] ?? '',
        ago(cluster.now() - startedMs),
        'Running',
        component,
        String(attempt),
        pod.slice(0, 13),
        `${component}-${machine.name}`,
        'kube-system',
      ]);
      call.out(table([columns, ...rows]));
    }
    return 0;
  }
  const image = rest.find((word) => !word.startsWith('-')) ?? '';
  if (verb === 'info') {
    call.out(`${JSON.stringify({ config: { containerd: {}, sandboxImage: pauseImage } }, null, 2)}\n`);
    return 0;
  }
  if (verb === 'inspecti') {
    if (!machine.lostImages.has(image)) return 0;
    call.err(`FATA[0000] no such image ${JSON.stringify(image)} present\n`);
    return 1;
  }
  if (verb === 'pull') {
    if (cluster.kubeadm.fetch(machine, image)) return 0;
    call.err(
      `FATA[0000] pulling image: failed to resolve reference "${image}": dial tcp: lookup registry.k8s.io: no such host\n`,
    );
    return 1;
  }
  const target = containers.find((each) => each.id.startsWith(rest.find((word) => !word.startsWith('-')) ?? '-'));
  if (target === undefined) return complain(call, `unknown command or container: ${verb} ${rest.join(' ')}`);
  if (verb === 'exec') {
    const argv = rest.filter((word) => !/^-[it]+$/.test(word)).slice(1);
    if (target.component === 'etcd') {
      const code = await inEtcd(call, machine, argv);
      if (code !== undefined) return code;
    }
    call.err(`FATA[0000] execing command in container: ${noSuchProgram(target.id, argv)}\n`);
    return 1;
  }
  if (verb === 'stop') {
    cluster.kubeadm.stopContainer(machine, target.component);
    call.out(`${target.id}\n`);
    return 0;
  }
  return complain(call, `unknown command ${verb}`);
};
