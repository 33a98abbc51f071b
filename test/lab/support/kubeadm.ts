import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type MachineFiles, placeOf, provisionContainers } from './containers';
import { layerOf, type Machine, stateFolder, virtualAddress } from './layout';
import { placeProgram, printOf } from './programs';
import { must } from './shell';

const folder = (): string => process.env.HAVEN_KUBEADM ?? '';

/** A folder with the programs of a later patch release, for upgrades; etcd's may be left out. */
export const nextFolder = process.env.HAVEN_KUBEADM_NEXT;

/** Programs that a kubeadm cluster cannot do without; crictl is taken along when it is there. */
export const kubeadmPrograms = [
  ...['kubeadm', 'kubelet', 'kubectl', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'],
  ...['etcd', 'etcdctl', 'etcdutl'],
];

/** A restore asks the container runtime what runs; the folder with the programs need not have what it asks with. */
export const noCrictl = existsSync(join(folder(), 'crictl')) ? false : 'HAVEN_KUBEADM has no crictl';

/** A program of a release; a later one need not bring its own etcd. */
const programIn = (from: string, name: string): string => join(existsSync(join(from, name)) ? from : folder(), name);

/** The release of the programs in a folder: `v1.34.1`. */
export const kubeadmRelease = (from = folder()): string =>
  must([join(from, 'kubeadm'), 'version', '-o', 'short']).trim();

/** Puts the programs that HAVEN_KUBEADM names where packages put them, with images made of them: nothing is pulled. */
export function makeKubeadmLayer(): void {
  const layer = layerOf('kubeadm');
  const write = (path: string, text: string, mode = 0o644) => {
    const file = join(layer, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    chmodSync(file, mode);
  };
  for (const name of ['kubeadm', 'kubelet', 'kubectl', 'crictl', 'etcdctl', 'etcdutl']) {
    const from = join(folder(), name);
    const to = join(layer, name === 'kubeadm' ? realKubeadm : `usr/bin/${name}`);
    if (existsSync(from)) placeProgram(from, to);
    else rmSync(to, { force: true });
  }
  write('usr/bin/kubeadm', kubeadmWrapper, 0o755);
  const images = imagesOf(folder());
  write('usr/lib/systemd/system/kubelet.service', kubeletUnit);
  write('usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf', kubeletDropIn);
  write('usr/lib/systemd/system/lab-images.service', imagesUnit);
  write('etc/containerd/config.toml', containerdConfig(images.find((each) => each.includes('/pause:')) ?? ''));
  write('etc/crictl.yaml', 'runtime-endpoint: unix:///run/containerd/containerd.sock\n');
  for (const from of [folder(), ...(nextFolder === undefined ? [] : [nextFolder])]) {
    const archives = join(layer, imageFolder, kubeadmRelease(from));
    const note = join(archives, 'complete');
    const print = printOf(kubeadmPrograms.map((each) => programIn(from, each)));
    if (existsSync(note) && readFileSync(note, 'utf8') === print) continue;
    rmSync(archives, { recursive: true, force: true });
    mkdirSync(archives, { recursive: true });
    for (const each of imagesOf(from)) makeImage(each, from, archives);
    writeFileSync(note, print);
  }
}

const imageFolder = 'usr/local/share/lab-images';

/** The images of a release that the lab has: there is no cluster DNS in it, and no kube-proxy. */
function imagesOf(from: string): readonly string[] {
  return allImagesOf(from).filter((each) => !/coredns|kube-proxy/.test(each));
}

function allImagesOf(from: string): readonly string[] {
  const list = must([join(from, 'kubeadm'), 'config', 'images', 'list', '--kubernetes-version', kubeadmRelease(from)]);
  return list.split('\n').filter((each) => each.includes('/'));
}

const realKubeadm = 'usr/lib/lab/kubeadm';

/**
 * kubeadm v1.34.1 that was built with a Go newer than its release asks for refuses `[10.96.0.1]` in a check that looks for
 * proxies. A release has no such trouble, so whoever calls it here need not know.
 */
const kubeadmWrapper = `#!/bin/sh
case $1 in init | join) [ "$2" = phase ] || exec /${realKubeadm} "$@" --ignore-preflight-errors=HTTPProxyCIDR ;; esac
exec /${realKubeadm} "$@"
`;

/** What an upgrade looks at before it begins: the settings of a cluster DNS and which release it is. It has no pods here. */
export function clusterDns(): string {
  const image = allImagesOf(folder()).find((each) => each.includes('/coredns:')) ?? '';
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: [
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'coredns', namespace: 'kube-system' },
        data: { Corefile: '.:53 {\n    errors\n    health\n    cache 30\n}\n' },
      },
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'coredns', namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } },
        spec: {
          replicas: 0,
          selector: { matchLabels: { 'k8s-app': 'kube-dns' } },
          template: {
            metadata: { labels: { 'k8s-app': 'kube-dns' } },
            spec: { containers: [{ name: 'coredns', image }] },
          },
        },
      },
    ],
  });
}

/** A machine that is ready for `kubeadm init` or `kubeadm join`. The first server has the configuration for it. */
export function provisionKubeadm(machine: Machine, machines: readonly Machine[], files: MachineFiles): void {
  provisionContainers(machine, files, '10.244');
  files.write('etc/sysctl.d/k8s.conf', 'net.ipv4.ip_forward = 1\n');
  // Without this file kubelet makes no pod at all.
  files.write('etc/resolv.conf', '# no name servers here\n');
  mkdirSync(placeOf(machine.name, '/etc/kubernetes/manifests'), { recursive: true });
  for (const unit of ['lab-images', 'kubelet']) files.enable(`/lib/systemd/system/${unit}.service`);
  if (machine === machines.find((each) => each.kind === 'server'))
    files.write('etc/kubernetes/kubeadm-config.yaml', initConfig(machine), 0o600);
}

const initConfig = ({ address }: Machine): string => `apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint:
  advertiseAddress: ${address}
  bindPort: 6443
nodeRegistration:
  criSocket: unix:///run/containerd/containerd.sock
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: ${kubeadmRelease()}
controlPlaneEndpoint: ${virtualAddress}:6443
networking:
  podSubnet: 10.244.0.0/16
apiServer:
  certSANs:
    - ${virtualAddress}
    - k8s-api.lab
dns:
  disabled: true
proxy:
  disabled: true
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: cgroupfs
failCgroupV1: false
imageGCHighThresholdPercent: 100
featureGates:
  KubeletInUserNamespace: true
`;

/** As Kubernetes' own packages write it. */
const kubeletUnit = `[Unit]
Description=kubelet: The Kubernetes Node Agent
Documentation=https://kubernetes.io/docs/
Wants=network-online.target
After=network-online.target

[Service]
ExecStart=/usr/bin/kubelet
Restart=always
StartLimitInterval=0
RestartSec=10

[Install]
WantedBy=multi-user.target
`;

const kubeletDropIn = `[Service]
Environment="KUBELET_KUBECONFIG_ARGS=--bootstrap-kubeconfig=/etc/kubernetes/bootstrap-kubelet.conf --kubeconfig=/etc/kubernetes/kubelet.conf"
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
EnvironmentFile=-/etc/default/kubelet
ExecStart=
ExecStart=/usr/bin/kubelet $KUBELET_KUBECONFIG_ARGS $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS
`;

const imagesUnit = `[Unit]
Description=Take the images of the lab
After=containerd.service
Requires=containerd.service
Before=kubelet.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -ec 'case $(hostname) in cp*) which="*";; *) which=pause;; esac; for f in /${imageFolder}/*/$which.tar; do ctr -n k8s.io images ls -q | grep -qxF "$(cat $f.name)" || ctr -n k8s.io images import $f; done'
`;

/** runc may not lower oom_score_adj in the lab, which the runtime has to be told. */
const containerdConfig = (pause: string): string => `version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pause}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "/etc/cni/net.d"
[plugins."io.containerd.internal.v1.opt"]
  path = "/var/lib/containerd/opt"
`;

/** Ends on signals, and at once when it is asked for its version, as the upgrade of kubeadm asks it. */
const pauseProgram = `#include <signal.h>
#include <unistd.h>
static void leave(int signal) { (void)signal; _exit(0); }
int main(int count, char **words) {
  (void)words;
  if (count > 1) return 0;
  signal(SIGINT, leave);
  signal(SIGTERM, leave);
  signal(SIGCHLD, SIG_IGN);
  for (;;) pause();
}
`;

/** An image with nothing but the programs it needs, as an archive that containerd imports. */
function makeImage(image: string, from: string, archives: string): void {
  const name = image.slice(image.lastIndexOf('/') + 1).split(':')[0] ?? '';
  const work = mkdtempSync(join(stateFolder, 'image-'));
  const root = join(work, 'root');
  for (const each of ['usr/local/bin', 'tmp', 'etc', 'run', 'var/run/kubernetes'])
    mkdirSync(join(root, each), { recursive: true });
  if (name === 'pause') {
    writeFileSync(join(work, 'pause.c'), pauseProgram);
    must(['gcc', '-static', '-O1', '-s', '-o', join(root, 'pause'), join(work, 'pause.c')]);
  } else {
    for (const each of name === 'etcd' ? ['etcd', 'etcdctl', 'etcdutl'] : [name]) {
      copyFileSync(realpathSync(programIn(from, each)), join(root, 'usr/local/bin', each));
    }
    must(['chmod', '-R', '755', join(root, 'usr/local/bin')]);
  }
  const layer = join(work, 'layer.tar');
  must(['tar', '--owner=0', '--group=0', '--mtime=@0', '-C', root, '-cf', layer, '.']);
  const digest = createHash('sha256').update(readFileSync(layer)).digest('hex');
  const config = {
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    config: {
      Env: ['PATH=/usr/local/bin:/usr/bin:/bin'],
      Entrypoint: [name === 'pause' ? '/pause' : `/usr/local/bin/${name}`],
    },
    rootfs: { type: 'layers', diff_ids: [`sha256:${digest}`] },
  };
  writeFileSync(join(work, 'config.json'), JSON.stringify(config));
  writeFileSync(
    join(work, 'manifest.json'),
    JSON.stringify([{ Config: 'config.json', RepoTags: [image], Layers: ['layer.tar'] }]),
  );
  must(['tar', '-C', work, '-cf', join(archives, `${name}.tar`), 'config.json', 'layer.tar', 'manifest.json']);
  writeFileSync(join(archives, `${name}.tar.name`), `${image}\n`);
  rmSync(work, { recursive: true });
}
