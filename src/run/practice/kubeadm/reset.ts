import { removeMember } from '../etcd/maintenance';
import { setInactive } from '../units';
import { type Call, components } from '../world';
import { nodeNameOf } from './certificates';
import { administratorsApi, readingConfiguration, wait, warn } from './command';
import { etcdData, kubeletFolder, kubernetes, manifestFolder, pki } from './layout';

const configs = ['admin', 'super-admin', 'kubelet', 'bootstrap-kubelet', 'controller-manager', 'scheduler'];

/**
 * `kubeadm reset -f`: takes the member out only while the Node is there, deletes, and says 0 either way (recorded:
 * cluster/reset, cluster/loss/disk-of-cp3.txt).
 */
export async function reset(call: Call): Promise<number> {
  const { machine } = call;
  const { cluster, files } = machine;
  const api = administratorsApi(machine);
  const name = nodeNameOf(machine) ?? machine.name;
  if (api !== undefined) {
    readingConfiguration(call, 'reset');
    warn(
      call,
      'configset.go:77',
      'Warning: No kubeproxy.config.k8s.io/v1alpha1 config is loaded. Continuing without it: configmaps "kube-proxy" not found',
    );
  }
  const isListed = api?.store.get(`/registry/minions/${name}`) !== undefined;
  const isWhole = files.has(`${kubeletFolder}/instance-config.yaml`);
  if (api !== undefined && !(isListed && isWhole)) {
    const why = isListed
      ? `failed to get node registration: node ${name} doesn't have kubeadm.alpha.kubernetes.io/cri-socket annotation, or kubelet instance config /var/lib/kubelet/instance-config.yaml`
      : `failed to get node registration: failed to get corresponding node: nodes "${name}" not found`;
    warn(call, 'reset.go:137', `[reset] Unable to fetch the kubeadm-config ConfigMap from cluster: ${why}`);
  }
  call.out('[preflight] Running pre-flight checks\n');
  const own = files.textOr(`${manifestFolder}/etcd.yaml`, '');
  if (api === undefined || !isListed || !isWhole)
    warn(call, 'removeetcdmember.go:105', '[reset] No kubeadm config, using etcd pod spec to get data directory');
  else if (own !== '') {
    const peer = /--initial-advertise-peer-urls=(\S+)/.exec(own)?.[1];
    const process = cluster.kubeadm.etcdOf(api.by);
    const member = api.store.members.find((each) => each.peerUrl === peer);
    if (process !== undefined && member !== undefined) removeMember(process, member.id);
  }
  call.out(`[reset] Deleted contents of the etcd data directory: ${etcdData}\n`);
  call.out('[reset] Stopping the kubelet service\n');
  const unit = machine.units.get('kubelet');
  if (unit !== undefined) {
    cluster.service('kubelet')?.stop(machine, unit);
    setInactive(unit, cluster.now());
  }
  for (const component of components) cluster.kubeadm.stopContainer(machine, component);
  const empty = (folder: string) => {
    if (files.isFolder(folder)) for (const each of files.list(folder)) files.remove(`${folder}/${each}`);
  };
  empty(etcdData);
  call.out(`[reset] Unmounting mounted directories in "${kubeletFolder}"\n`);
  call.out(`[reset] Deleting contents of directories: [${manifestFolder} ${kubeletFolder} ${pki}]\n`);
  if (!files.isFolder(manifestFolder)) files.makeFolders(manifestFolder, 0o700);
  if (!files.isFolder(pki)) files.makeFolders(pki);
  for (const folder of [manifestFolder, kubeletFolder, pki]) empty(folder);
  const paths = configs.map((each) => `${kubernetes}/${each}.conf`);
  for (const path of paths) if (files.getLink(path) !== undefined) files.remove(path);
  call.out(`[reset] Deleting files: [${paths.join(' ')}]\n`);
  call.out(`
The reset process does not perform cleanup of CNI plugin configuration,
network filtering rules and kubeconfig files.

For information on how to perform this cleanup manually, please see:
    https://k8s.io/docs/reference/setup-tools/kubeadm/kubeadm-reset/
`);
  await wait(call, api === undefined ? 0.1 : 1.3);
  return 0;
}
