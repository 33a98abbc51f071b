import { idsOf } from '../etcd/engine';
import { EtcdStore, idOf } from '../etcd/store';
import { practiceName } from '../names';
import { newUnit } from '../units';
import { components, type Etcd, type Machine } from '../world';
import { authorityText, makeKubeletFiles, makeLeaves, placeAuthorities, placeAuthority } from './certificates';
import {
  componentManifest,
  etcdData,
  etcdManifest,
  firstRelease,
  kubeletFolder,
  manifestFolder,
  pauseImage,
} from './layout';
import { clusterConfiguration, putClusterConfiguration, putClusterInfo, putKubeletConfiguration } from './objects';

/** Programs and units that a machine has before it belongs to a cluster. */
export function furnishKubeadm(machine: Machine, nowMs: number): void {
  const { files } = machine;
  for (const unit of ['kubelet', 'containerd']) {
    machine.units.set(unit, newUnit(unit, nowMs));
    files.place(
      `/lib/systemd/system/${unit}.service`,
      `[Service]\nExecStart=/usr/bin/${unit}\nRestart=always\nRestartSec=10\n`,
    );
  }
  for (const program of ['kubeadm', 'kubelet', 'kubectl'])
    files.place(`/usr/bin/${program}`, `practice ${program} ${firstRelease}\n`, 0o755);
  files.makeFolders('/etc/kubernetes');
  files.makeFolders(kubeletFolder);
  files.place('/run/containerd/containerd.sock', '');
  files.place('/etc/crictl.yaml', 'runtime-endpoint: unix:///run/containerd/containerd.sock\n');
}

const kubeletConfiguration = [
  'apiVersion: kubelet.config.k8s.io/v1beta1',
  'authentication:',
  '  anonymous:',
  '    enabled: false',
  '  x509:',
  '    clientCAFile: /etc/kubernetes/pki/ca.crt',
  'cgroupDriver: systemd',
  'clusterDNS:',
  '- 10.96.0.10',
  'clusterDomain: cluster.local',
  'containerRuntimeEndpoint: unix:///run/containerd/containerd.sock',
  'kind: KubeletConfiguration',
  'rotateCertificates: true',
  'staticPodPath: /etc/kubernetes/manifests',
  '',
].join('\n');

/** What `kubeadm` writes for kubelet before it starts it. */
export function placeKubeletConfig({ files }: Machine): void {
  files.place(`${kubeletFolder}/config.yaml`, kubeletConfiguration);
  files.place(
    `${kubeletFolder}/instance-config.yaml`,
    'containerRuntimeEndpoint: "unix:///run/containerd/containerd.sock"\n',
  );
  files.place(
    `${kubeletFolder}/kubeadm-flags.env`,
    `KUBELET_KUBEADM_ARGS="--pod-infra-container-image=${pauseImage}"\n`,
  );
}

/** Three control planes with an etcd in each, and a worker, which have been one cluster for a while. */
export function beginKubeadm(etcd: Etcd, nodes: readonly Machine[], nowMs: number): void {
  const servers = nodes.filter((each) => each.role === 'server');
  const [first] = servers;
  if (first === undefined) return;
  const endpoint = `${practiceName}:6443`;
  const asked = [first.cluster.virtualAddress, practiceName];
  const url = ({ address }: Machine) => `https://${address}:2380`;
  const ids = idsOf([url(first)], url(first), 'etcd-cluster');
  const store = new EtcdStore();
  store.members = servers.map((each) => ({
    id: each === first ? ids.memberId : idOf(`${url(each)}${nowMs}`),
    name: each.name,
    peerUrl: url(each),
    learner: false,
  }));
  putClusterConfiguration(store, clusterConfiguration(endpoint, firstRelease, asked));
  putKubeletConfiguration(store, kubeletConfiguration);
  putClusterInfo(store, endpoint, authorityText(first.cluster, 'ca'));
  for (let i = 1; i <= 40; i++) store.put(`/registry/configmaps/default/c${i}`, `value ${i}`);
  for (const machine of nodes.filter((each) => each.role !== 'loadbalancer')) {
    const { name, address } = machine;
    const isServer = machine.role === 'server';
    store.put(
      `/registry/minions/${name}`,
      JSON.stringify({ heartbeatMs: nowMs, leaseMs: nowMs, address, server: isServer, version: firstRelease }),
    );
    if (isServer) {
      placeAuthorities(machine, machine === first);
      makeLeaves(machine, { node: name, asked, endpoint, isFirst: machine === first, days: 300 });
      machine.files.makeFolders(manifestFolder, 0o700);
      const peers = servers.slice(0, servers.indexOf(machine) + 1).map((each) => ({ name: each.name, url: url(each) }));
      for (const component of components) {
        const text =
          component === 'etcd'
            ? etcdManifest(address, name, firstRelease, machine === first ? undefined : peers)
            : componentManifest(component, address, firstRelease);
        machine.files.place(`${manifestFolder}/${component}.yaml`, text, 0o600);
      }
    } else placeAuthority(machine);
    placeKubeletConfig(machine);
    makeKubeletFiles(machine, name, endpoint, isServer);
  }
  for (const machine of servers) {
    const member = store.members.find((each) => each.peerUrl === url(machine));
    if (member === undefined) continue;
    machine.files.makeFolders(etcdData, 0o700);
    etcd.create(machine, etcdData, { name: member.name, clusterId: ids.clusterId, memberId: member.id, store });
  }
}
