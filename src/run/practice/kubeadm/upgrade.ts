import { compareVersions, parseVersion } from '../../../base/version';
import { type Api, type Call, type Component, components } from '../world';
import { placeKubeletConfig } from './beginning';
import { leaves, nodeNameOf, renewLeaf } from './certificates';
import { administratorsApi, gaveUp, readingConfiguration, wait, wordsOf } from './command';
import {
  componentManifest,
  etcdImage,
  kubeletFolder,
  kubernetes,
  manifestFolder,
  readManifest,
  releaseOf,
} from './layout';
import { clusterSettings, putClusterConfiguration } from './objects';

/** Until a component that was given another manifest must be there. */
const componentSec = 300;

const minorOf = (release: string) => parseVersion(release)?.[1] ?? 0;
const isOlder = (a: string, b: string) => compareVersions(parseVersion(a) ?? [], parseVersion(b) ?? []) < 0;

/** `kubeadm upgrade plan|apply|node`. Words of a step to another release are those of its source; those of the same were recorded. */
export async function upgrade(call: Call, args: readonly string[]): Promise<number> {
  const { flags, rest } = wordsOf(args);
  const [verb, given] = rest;
  const { machine } = call;
  const own = releaseOf(machine, 'kubeadm');
  const isServer = machine.files.has(`${kubernetes}/admin.conf`);
  const api = isServer ? administratorsApi(machine) : workersApi(call);
  if (verb === 'plan' || verb === 'apply') readingConfiguration(call, verb === 'plan' ? 'upgrade/config' : 'upgrade');
  if (api === undefined) return gaveUp(call, 'failed to get config map: the API server does not answer');
  const settings = clusterSettings(api.store);
  if (verb === 'plan' || verb === 'apply') {
    const target = given ?? own;
    const problems = complaints(target, settings.release, own, flags.has('force') || flags.has('f'));
    if (verb === 'plan') {
      call.out('[upgrade] Running cluster health checks\n[upgrade] Fetching available versions to upgrade to\n');
      call.out(
        `[upgrade/versions] Cluster version: ${settings.release.slice(1)}\n[upgrade/versions] kubeadm version: ${own}\n`,
      );
      call.out(`[upgrade/versions] Target version: ${target}\n`);
      await wait(call, 10);
      return 0;
    }
    call.out('[upgrade/preflight] Running preflight checks\n[upgrade] Running cluster health checks\n');
    call.out(`[upgrade/preflight] You have chosen to upgrade the cluster version to "${target}"\n`);
    call.out(`[upgrade/versions] Cluster version: ${settings.release}\n[upgrade/versions] kubeadm version: ${own}\n`);
    if (problems.length > 0)
      return gaveUp(
        call,
        `[upgrade/version] FATAL: the --version argument is invalid due to these fatal errors:\n\n${problems.map((each) => `\t- ${each}\n`).join('')}\nPlease fix the misalignments highlighted above and try upgrading again`,
      );
    if (!flags.has('yes') && !flags.has('y')) {
      call.out('[upgrade] Are you sure you want to proceed? [y/N]: ');
      return gaveUp(call, "won't proceed; the user didn't answer (Y|y) in order to continue");
    }
    await wait(call, 5);
    const code = await controlPlane(call, target);
    if (code !== 0) return code;
    const { store } = api;
    putClusterConfiguration(store, settings.text.replace(/^kubernetesVersion: .*$/m, `kubernetesVersion: ${target}`));
    call.out(
      '[upload-config] Storing the configuration used in ConfigMap "kubeadm-config" in the "kube-system" Namespace\n',
    );
    keepKubeletConfig(call);
    call.out(`\n[upgrade] SUCCESS! A control plane node of your cluster was upgraded to "${target}".\n`);
    call.out('\n[upgrade] Now please proceed with upgrading the rest of the nodes by following the right order.\n');
    return 0;
  }
  if (verb !== 'node') return gaveUp(call, `unknown command "${verb ?? ''}" for "kubeadm upgrade"`);
  readingConfiguration(call, 'upgrade');
  call.out('[upgrade/preflight] Running pre-flight checks\n');
  if (minorOf(own) !== minorOf(settings.release) && minorOf(own) !== minorOf(settings.release) + 1)
    return gaveUp(
      call,
      `this version of kubeadm only supports deploying clusters with the control plane version >= 1.${minorOf(own) - 1}.0. Current version: ${settings.release}`,
    );
  if (isServer) {
    const code = await controlPlane(call, settings.release);
    if (code !== 0) return code;
  } else call.out('[upgrade] Skipping phase. Not a control plane node.\n');
  keepKubeletConfig(call);
  call.out('[upgrade/kubelet-config] The kubelet configuration for this node was successfully upgraded!\n');
  return 0;
}

/** A worker asks as its kubelet does. */
function workersApi({ machine }: Call): Api | undefined {
  const server = /^ *server: *(\S+)/m.exec(machine.files.textOr(`${kubernetes}/kubelet.conf`, ''))?.[1];
  if (server === undefined || nodeNameOf(machine) === undefined) return undefined;
  const api = machine.cluster.kube.reach(machine, server);
  return typeof api === 'string' ? undefined : api;
}

/** Why this step is not allowed (cmd/kubeadm/app/phases/upgrade/policy.go). */
function complaints(target: string, cluster: string, own: string, isForced: boolean): string[] {
  const found: string[] = [];
  if (minorOf(target) > minorOf(cluster) + 1)
    found.push(
      `Specified version to upgrade to "${target}" is too high; kubeadm can upgrade only 1 minor version at a time`,
    );
  if (minorOf(target) < minorOf(cluster))
    found.push(
      `Specified version to downgrade to "${target}" is too low; kubeadm can downgrade only 1 minor version at a time`,
    );
  if (minorOf(target) > minorOf(own))
    found.push(
      `Specified version to upgrade to "${target}" is at least one minor release higher than the kubeadm minor release (${minorOf(target)} > ${minorOf(own)}). Such an upgrade is not supported`,
    );
  else if (isOlder(own, target) && !isForced)
    found.push(
      `Specified version to upgrade to "${target}" is higher than the kubeadm version "${own}". Upgrade kubeadm first using the tool you used to install kubeadm`,
    );
  return found;
}

/** The static pods, one after another, each waited for; the manifests that were there are kept. */
async function controlPlane(call: Call, target: string): Promise<number> {
  const { machine } = call;
  const { cluster, files, address } = machine;
  const stamp = Math.floor(cluster.now() / 1000);
  const backup = `${kubernetes}/tmp/kubeadm-backup-manifests-${stamp}`;
  call.out(
    `[upgrade/control-plane] Upgrading your static Pod-hosted control plane to version "${target}" (timeout: 5m0s)...\n`,
  );
  call.out(
    `[upgrade/staticpods] Writing new Static Pod manifests to "${kubernetes}/tmp/kubeadm-upgraded-manifests${stamp}"\n`,
  );
  files.makeFolders(`${kubernetes}/tmp`, 0o700);
  for (const component of components) {
    call.out(`[upgrade/staticpods] Preparing for "${component}" upgrade\n`);
    const path = `${manifestFolder}/${component}.yaml`;
    const old = files.textOr(path, '');
    const text = newManifest(component, old, address, target);
    if (text === old) {
      call.out(`[upgrade/staticpods] Current and new manifests of ${component} are equal, skipping upgrade\n`);
      continue;
    }
    for (const leaf of leaves.filter((each) => belongs(each.id, component))) {
      if (renewLeaf(machine, leaf)) call.out(`[upgrade/staticpods] Renewing ${leaf.id} certificate\n`);
    }
    if (component === 'etcd') {
      const folder = `${kubernetes}/tmp/kubeadm-backup-etcd-${stamp}`;
      files.place(`${folder}/etcd/member/snap/db`, files.textOr('/var/lib/etcd/member/snap/db', ''), 0o600);
    }
    files.place(`${backup}/${component}.yaml`, old, 0o600);
    files.place(path, text, 0o600);
    call.out(
      `[upgrade/staticpods] Moving new manifest to "${path}" and backing up old manifest to "${backup}/${component}.yaml"\n` +
        '[upgrade/staticpods] Waiting for the kubelet to restart the component\n[upgrade/staticpods] This can take up to 5m0s\n',
    );
    if (!(await isBack(call, component, text))) {
      // What does not come up is taken back at once.
      files.place(path, old, 0o600);
      return gaveUp(
        call,
        `error execution phase control-plane: couldn't upgrade control plane. kubeadm has tried to recover everything into the earlier state. Errors faced: static Pod hash for component ${component} on Node ${machine.name} did not change after 5m0s: context deadline exceeded`,
      );
    }
    call.out(`[upgrade/staticpods] Component "${component}" upgraded successfully!\n`);
  }
  call.out('[upgrade/control-plane] The control plane instance for this node was successfully upgraded!\n');
  return 0;
}

/** Only the image changes between releases here; etcd's stays while the release asks for the same one. */
function newManifest(component: Component, old: string, address: string, target: string): string {
  if (component !== 'etcd') return componentManifest(component, address, target);
  return old.replace(/^( *image: registry\.k8s\.io\/etcd:).*$/m, `$1${etcdImage(target)}`);
}

function belongs(leaf: string, component: Component): boolean {
  if (component === 'etcd') return leaf.startsWith('etcd-');
  if (component === 'kube-apiserver') return leaf.startsWith('apiserver') || leaf === 'front-proxy-client';
  return leaf === `${component.replace('kube-', '')}.conf`;
}

async function isBack(call: Call, component: Component, manifest: string): Promise<boolean> {
  const { machine } = call;
  const { cluster } = machine;
  for (const began = cluster.now(); cluster.now() - began < componentSec * 1000; ) {
    await wait(call, 1);
    const container = cluster.kubeadm.containersOf(machine).find((each) => each.component === component);
    const isNew = container !== undefined && container.manifest === manifest && container.endsMs === undefined;
    const works =
      component === 'etcd'
        ? cluster.etcd.isServing(container?.etcd)
        : component === 'kube-apiserver'
          ? cluster.kubeadm.isReady(machine)
          : true;
    if (isNew && works && readManifest(manifest).image !== '') return true;
    if (cluster.isOverdue()) return false;
  }
  return false;
}

function keepKubeletConfig(call: Call): void {
  const { machine } = call;
  const { cluster, files } = machine;
  const folder = `${kubernetes}/tmp/kubeadm-kubelet-config${Math.floor(cluster.now() / 1000)}`;
  files.place(`${folder}/config.yaml`, files.textOr(`${kubeletFolder}/config.yaml`, ''));
  placeKubeletConfig(machine);
  call.out(`[upgrade] Backing up kubelet config file to ${folder}/config.yaml\n`);
  call.out(
    '[patches] Applied patch of type "application/strategic-merge-patch+json" to target "kubeletconfiguration"\n',
  );
  call.out('[kubelet-start] Writing kubelet configuration to file "/var/lib/kubelet/config.yaml"\n');
}
