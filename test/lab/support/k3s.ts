import { chmodSync, copyFileSync, existsSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { containerLayer, type MachineFiles, placeOf, provisionContainers } from './containers';
import { type Machine, stateFolder, virtualAddress } from './layout';

/** The token of the lab's cluster. */
const token = 'lab-k3s-token-0123456789abcdef';

/** The k3s program that HAVEN_K3S names, in a layer of its own: it is taken as it is, and never kept in the repository. */
export function k3sLayers(base: string): string {
  const layer = join(stateFolder, 'k3s');
  const program = process.env.HAVEN_K3S ?? '';
  const place = join(layer, 'usr/local/lib/k3s/k3s-server');
  mkdirSync(dirname(place), { recursive: true });
  const same = existsSync(place) && statSync(place).size === statSync(program).size;
  if (!same || statSync(place).mtimeMs < statSync(program).mtimeMs) {
    rmSync(place, { force: true });
    copyFileSync(program, place);
    chmodSync(place, 0o755);
  }
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
  return [layer, containerLayer(base), base].join(':');
}

/** A release is a wrapper around a program of many names, and starts it under the name of the tool; this does the same. */
const k3sWrapper = `#!/bin/bash
name=\${0##*/}
if [ "$name" = k3s ]; then
  case \${1:-} in
    kubectl | crictl | ctr) name=$1; shift ;;
    *) exec -a /usr/local/bin/k3s /usr/local/lib/k3s/k3s-server "$@" ;;
  esac
fi
[ "$name" = kubectl ] && [ -z "$KUBECONFIG" ] && export KUBECONFIG=/etc/rancher/k3s/k3s.yaml
exec -a "$name" /usr/local/lib/k3s/k3s-server "$@"
`;

export const k3sUnitOf = ({ kind }: Machine): string => (kind === 'agent' ? 'k3s-agent' : 'k3s');

/** What a person writes into config.yaml. */
export function k3sConfig(machine: Machine, machines: readonly Machine[]): string {
  const first = machines.find((each) => each.kind === 'server');
  const way = machine === first ? 'cluster-init: true' : `server: https://${first?.address}:6443`;
  const names = machine.kind === 'server' ? `tls-san:\n  - ${virtualAddress}\n  - k8s-api.lab\n` : '';
  return `${way}\ntoken: ${token}\n${names}`;
}

/** A machine with k3s installed as its installer does it. Only the first server starts by itself at the first boot. */
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
