import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type MachineFiles, placeOf, provisionContainers } from './containers';
import { k3sConfig } from './k3s-config';
import { layerOf, type Machine } from './layout';
import { placeProgram } from './programs';
import { must } from './shell';

/** Puts the k3s program that HAVEN_K3S names into a layer of its own: it is taken as it is, and never kept in the repository. */
export function makeK3sLayer(): void {
  const layer = layerOf('k3s');
  const program = process.env.HAVEN_K3S ?? '';
  placeProgram(program, join(layer, 'usr/local/lib/k3s/k3s-server'));
  const programs = join(layer, 'usr/local/bin');
  mkdirSync(programs, { recursive: true });
  const wrapper = join(programs, 'k3s');
  writeFileSync(wrapper, k3sWrapper);
  chmodSync(wrapper, 0o755);
  const link = (name: string, target: string) => {
    rmSync(join(programs, name), { force: true });
    symlinkSync(target, join(programs, name));
  };
  for (const name of ['kubectl', 'crictl', 'ctr']) link(name, 'k3s');
  // A release brings these; k3s looks for host-local in the PATH and takes the folder it finds it in.
  for (const name of ['bridge', 'host-local', 'loopback', 'portmap']) link(name, `/usr/lib/cni/${name}`);
}

/** A release is a wrapper around a program of many names, and starts it under the name of the tool; this does the same. */
const callByName = (program: string): string => `name=\${0##*/}
if [ "$name" = k3s ] || [ "\${name#k3s.}" != "$name" ]; then
  case \${1:-} in
    kubectl | crictl | ctr) name=$1; shift ;;
    *) exec -a /usr/local/bin/k3s ${program} "$@" ;;
  esac
fi
[ "$name" = kubectl ] && [ -z "$KUBECONFIG" ] && export KUBECONFIG=/etc/rancher/k3s/k3s.yaml
exec -a "$name" ${program} "$@"
`;
const k3sWrapper = `#!/bin/bash\n${callByName('/usr/local/lib/k3s/k3s-server')}`;

/**
 * One file that does what a release does: it holds the program, unpacks it once, and starts it by its names. So it can be
 * given to an upgrade, which puts it in the place of the other one. Written to `to`; returns the release, `v1.34.1+k3s1`.
 */
export function packK3s(program: string, to: string): string {
  const bytes = readFileSync(program);
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  const own = `/usr/local/lib/k3s/${digest}/k3s-server`;
  const lines = `#!/bin/bash
if [ ! -x ${own} ]; then
  mkdir -p "$(dirname ${own})" && tail -c ${bytes.length} "$0" >${own}.$$ && chmod 755 ${own}.$$ && mv -f ${own}.$$ ${own} || exit 1
fi
${callByName(own)}exit 1
`;
  writeFileSync(to, Buffer.concat([Buffer.from(lines), bytes]), { mode: 0o755 });
  return /^\S+ version (\S+)/m.exec(must([program, '--version']))?.[1] ?? '';
}

export const k3sUnitOf = ({ kind }: Machine): string => (kind === 'agent' ? 'k3s-agent' : 'k3s');

/** A machine with k3s installed as its installer does it. It is enabled when it joins. */
export function provisionK3s(machine: Machine, machines: readonly Machine[], files: MachineFiles): void {
  const unit = k3sUnitOf(machine);
  provisionContainers(machine, files, '10.42');
  files.write(`etc/systemd/system/${unit}.service`, unitText(unit, machine.kind === 'agent' ? 'agent' : 'server'));
  files.write(`etc/systemd/system/${unit}.service.env`, '', 0o600);
  files.write('etc/rancher/k3s/config.yaml', k3sConfig(machine, machines), 0o600);
  files.write('etc/rancher/k3s/config.yaml.d/90-lab.yaml', labSettings(machine), 0o600);
  if (machine.kind !== 'server') return;
  const manifests = placeOf(machine.name, '/var/lib/rancher/k3s/server/manifests');
  mkdirSync(manifests, { recursive: true, mode: 0o700 });
  writeFileSync(join(manifests, 'lab-rbac.yaml'), roleBindings, { mode: 0o600 });
}

/** As the installer of a release writes it. */
const unitText = (unit: string, role: string): string => `[Unit]
Description=Lightweight Kubernetes
Documentation=https://k3s.io
Wants=network-online.target
After=network-online.target

[Install]
WantedBy=multi-user.target

[Service]
Type=notify
EnvironmentFile=-/etc/default/%N
EnvironmentFile=-/etc/sysconfig/%N
EnvironmentFile=-/etc/systemd/system/${unit}.service.env
KillMode=process
Delegate=yes
User=root
LimitNOFILE=1048576
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity
TimeoutStartSec=0
Restart=always
RestartSec=5s
ExecStartPre=-/sbin/modprobe br_netfilter
ExecStartPre=-/sbin/modprobe overlay
ExecStart=/usr/local/bin/k3s \\
    ${role} \\

`;

/** What only the lab needs: no images are there, the pod network is ours, and kernel settings belong to the host. */
const labSettings = ({ kind }: Machine): string => `${
  kind === 'server'
    ? `flannel-backend: none
disable-network-policy: true
disable-helm-controller: true
disable:
  - coredns
  - servicelb
  - traefik
  - local-storage
  - metrics-server
egress-selector-mode: disabled
`
    : ''
}container-runtime-endpoint: unix:///run/containerd/containerd.sock
kubelet-arg:
  - feature-gates=KubeletInUserNamespace=true
  - fail-cgroupv1=false
kube-proxy-arg:
  - conntrack-max-per-core=0
  - conntrack-tcp-timeout-established=0
  - conntrack-tcp-timeout-close-wait=0
`;

/** Rights of k3s's own users, for a program that was built without the manifests a release carries. */
const roleBindings = [
  ['kube-apiserver', 'system:kubelet-api-admin'],
  ['system:k3s-controller', 'cluster-admin'],
  ['k3s-cloud-controller-manager', 'cluster-admin'],
]
  .map(
    ([user = '', role]) => `---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: lab-${user.replace('system:', '')}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: ${role}
subjects:
- apiGroup: rbac.authorization.k8s.io
  kind: User
  name: ${user}
`,
  )
  .join('');
