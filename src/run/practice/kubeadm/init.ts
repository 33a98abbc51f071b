import { setInactive } from '../units';
import { type Call, components } from '../world';
import { placeKubeletConfig } from './beginning';
import {
  apiServerNames,
  authorities,
  authorityText,
  etcdNames,
  leaves,
  makeKubeletFiles,
  makeLeaves,
  placeAuthorities,
} from './certificates';
import { administratorsApi, gaveUp, wait, warn, wordsOf } from './command';
import { componentManifest, etcdData, etcdManifest, kubernetes, manifestFolder, pki, releaseOf } from './layout';
import { putClusterConfiguration, putClusterInfo, putKubeletConfiguration, putToken } from './objects';
import { fresh, uploadCertificates } from './tokens';

/** What the documents of the configuration say. */
interface Init {
  readonly node: string;
  readonly endpoint: string;
  readonly names: readonly string[];
  readonly release: string;
  readonly cluster: string;
  readonly kubelet: string;
  readonly skipped: ReadonlySet<string>;
  readonly ignored: ReadonlySet<string>;
}

function readInit(call: Call, args: readonly string[]): Init {
  const { flags } = wordsOf(args);
  const text = call.machine.files.textOr(call.path(flags.get('config') ?? ''), '');
  const documents = text.split(/^---\n/m);
  const of = (kind: string) => documents.find((each) => new RegExp(`^kind: ${kind}$`, 'm').test(each)) ?? '';
  const cluster = of('ClusterConfiguration');
  const value = (key: string) => new RegExp(`^${key}: *"?([^"\\n]+)"?$`, 'm').exec(cluster)?.[1];
  const sans = /certSANs:\n((?: *- .*\n)*)/.exec(cluster)?.[1] ?? '';
  const list = (flag: string) => new Set((flags.get(flag) ?? '').split(',').filter(Boolean));
  return {
    node:
      /^nodeRegistration:\n(?: .*\n)*? *name: *"?([^"\n]+)"?$/m.exec(of('InitConfiguration'))?.[1] ?? call.machine.name,
    endpoint: value('controlPlaneEndpoint') ?? `${call.machine.address}:6443`,
    names: [...sans.matchAll(/- (\S+)/g)].map((each) => each[1] ?? ''),
    release: value('kubernetesVersion') ?? releaseOf(call.machine, 'kubeadm'),
    cluster,
    kubelet: of('KubeletConfiguration'),
    skipped: list('skip-phases'),
    ignored: list('ignore-preflight-errors'),
  };
}

/**
 * `kubeadm init`: the first control plane (recorded: cluster/init.txt). Authorities, certificates and kubeconfigs that are
 * there are used, as cmd/kubeadm/app/phases/certs and kubeconfig do; data of etcd are started on when the check that looks for
 * them is passed over.
 */
export async function init(call: Call, args: readonly string[]): Promise<number> {
  const { machine } = call;
  const { files, cluster, address } = machine;
  const asked = readInit(call, args);
  const { node, endpoint, release, skipped } = asked;
  call.out(`[init] Using Kubernetes version: ${release}\n`);
  call.out('[preflight] Running pre-flight checks\n');
  const problems = checks(call).filter((each) => !asked.ignored.has(each.slice(0, each.indexOf(']'))));
  if (problems.length > 0) {
    call.err('[preflight] Some fatal errors occurred:\n');
    for (const each of problems) call.err(`\t[ERROR ${each}\n`);
    call.err(
      '[preflight] If you know what you are doing, you can make a check non-fatal with `--ignore-preflight-errors=...`\n',
    );
    return gaveUp(call, 'error execution phase preflight: preflight checks failed');
  }
  call.out('[preflight] Pulling images required for setting up a Kubernetes cluster\n');
  call.out('[preflight] This might take a minute or two, depending on the speed of your internet connection\n');
  call.out("[preflight] You can also perform this action beforehand using 'kubeadm config images pull'\n");
  const overridden =
    '[endpoint] WARNING: port specified in controlPlaneEndpoint overrides bindPort in the controlplane address';
  for (let i = 0; i < 4; i++) warn(call, 'endpoint.go:56', overridden);
  await wait(call, 0.3);
  makeCertificates(call, asked);
  if (!files.isFolder(manifestFolder)) files.makeFolders(manifestFolder, 0o700);
  call.out(`[etcd] Creating static Pod manifest for local etcd in "${manifestFolder}"\n`);
  files.place(`${manifestFolder}/etcd.yaml`, etcdManifest(address, node, release, undefined), 0o600);
  if (!files.isFolder(etcdData)) files.makeFolders(etcdData, 0o700);
  call.out(`[control-plane] Using manifest folder "${manifestFolder}"\n`);
  for (const component of components) {
    if (component === 'etcd') continue;
    call.out(`[control-plane] Creating static Pod manifest for "${component}"\n`);
    files.place(`${manifestFolder}/${component}.yaml`, componentManifest(component, address, release), 0o600);
  }
  const code = await startKubelet(call, asked);
  if (code !== 0) return code;
  const api = administratorsApi(machine);
  if (api === undefined)
    return gaveUp(
      call,
      `error execution phase upload-config/kubeadm: error uploading the kubeadm ClusterConfiguration: failed to get ConfigMap: Get "https://${endpoint}/api/v1/namespaces/kube-system/configmaps/kubeadm-config?timeout=10s": EOF`,
    );
  const { store } = api;
  call.out(
    '[upload-config] Storing the configuration used in ConfigMap "kubeadm-config" in the "kube-system" Namespace\n',
  );
  putClusterConfiguration(store, asked.cluster);
  call.out(
    '[kubelet] Creating a ConfigMap "kubelet-config" in namespace kube-system with the configuration for the kubelets in the cluster\n',
  );
  putKubeletConfiguration(store, asked.kubelet);
  if (args.includes('--upload-certs'))
    uploadCertificates(
      call,
      new Map([
        ['upload-certs', 'true'],
        ['config', ''],
      ]),
    );
  const label = 'node-role.kubernetes.io/control-plane';
  call.out(
    `[mark-control-plane] Marking the node ${node} as control-plane by adding the labels: [${label} node.kubernetes.io/exclude-from-external-load-balancers]\n`,
  );
  call.out(
    `[mark-control-plane] Marking the node ${node} as control-plane by adding the taints [${label}:NoSchedule]\n`,
  );
  const now = cluster.now();
  const before = JSON.parse(store.get(`/registry/minions/${node}`) ?? '{}') as Readonly<Record<string, unknown>>;
  const made = {
    heartbeatMs: now,
    leaseMs: now,
    ...before,
    address,
    server: true,
    version: releaseOf(machine, 'kubelet'),
  };
  store.put(`/registry/minions/${node}`, JSON.stringify(made));
  if (!skipped.has('bootstrap-token')) {
    const id = fresh(6, now);
    const secret = fresh(16, now);
    putToken(store, { id, secret, expiresMs: now + 86_400_000, isProxy: false, description: '' });
    putClusterInfo(store, endpoint, authorityText(cluster, 'ca'));
    call.out(`[bootstrap-token] Using token: ${id}.${secret}\n${bootstrapWords}`);
  }
  call.out(
    `[kubelet-finalize] Updating "${kubernetes}/kubelet.conf" to point to a rotatable kubelet client certificate and key\n`,
  );
  call.out(skipped.has('show-join-command') ? '' : '\nYour Kubernetes control-plane has initialized successfully!\n');
  return 0;
}

/** In the order of kubeadm's own checks (cmd/kubeadm/app/preflight/checks.go, RunInitNodeChecks). */
function checks({ machine }: Call): string[] {
  const { files, cluster, units } = machine;
  const running = new Set<string>(cluster.kubeadm.containersOf(machine).map((each) => each.component));
  const port = (component: string, list: readonly number[]) =>
    running.has(component) ? list.map((each) => `Port-${each}]: Port ${each} is in use`) : [];
  const manifests = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'etcd'].flatMap((component) => {
    const path = `${manifestFolder}/${component}.yaml`;
    return files.has(path) ? [`FileAvailable-${path.replaceAll('/', '-')}]: ${path} already exists`] : [];
  });
  return [
    ...port('kube-apiserver', [6443]),
    ...port('kube-scheduler', [10259]),
    ...port('kube-controller-manager', [10257]),
    ...manifests,
    ...(units.get('kubelet')?.active === 'active' ? ['Port-10250]: Port 10250 is in use'] : []),
    ...port('etcd', [2379, 2380]),
    ...(files.isFolder(etcdData) && files.list(etcdData).length > 0
      ? [`DirAvailable-${etcdData.replaceAll('/', '-')}]: ${etcdData} is not empty`]
      : []),
  ];
}

const inOrder = [
  ['ca', ['apiserver', 'apiserver-kubelet-client']],
  ['front-proxy-ca', ['front-proxy-client']],
  ['etcd/ca', ['etcd/server', 'etcd/peer', 'etcd/healthcheck-client', 'apiserver-etcd-client']],
] as const;

/** What is there is used, be it from another cluster; what is not is made. */
function makeCertificates({ machine, out }: Call, { node, names, endpoint }: Init): void {
  const { files, address } = machine;
  const above = [...authorities.map(([, path]) => path), 'sa'].map((each) => `${pki}/${each}`);
  const paths = [
    ...above.flatMap((each) => [`${each}.crt`, `${each}.key`, `${each}.pub`]),
    ...leaves.flatMap(({ path }) => [path, path.replace(/crt$/, 'key')]),
    `${kubernetes}/kubelet.conf`,
  ];
  const kept = new Map(paths.filter((each) => files.has(each)).map((each) => [each, files.text(each)]));
  placeAuthorities(machine, true);
  makeLeaves(machine, { node, asked: names, endpoint, isFirst: true });
  for (const [path, text] of kept) files.write(path, text);
  const isThere = (path: string) => kept.has(`${pki}/${path}.crt`);
  out(`[certs] Using certificateDir folder "${pki}"\n`);
  for (const [authority, own] of inOrder) {
    out(
      isThere(authority)
        ? `[certs] Using existing ${authority} certificate authority\n`
        : `[certs] Generating "${authority}" certificate and key\n`,
    );
    for (const name of own) {
      if (isThere(name)) {
        out(`[certs] Using existing ${name} certificate and key on disk\n`);
        continue;
      }
      out(`[certs] Generating "${name}" certificate and key\n`);
      const signed = name === 'apiserver' ? apiServerNames(node, address, names) : etcdNames(node, address);
      if (['apiserver', 'etcd/server', 'etcd/peer'].includes(name))
        out(
          `[certs] ${name} serving cert is signed for DNS names [${signed.dns.join(' ')}] and IPs [${signed.addresses.join(' ')}]\n`,
        );
    }
  }
  out(
    kept.has(`${pki}/sa.key`)
      ? '[certs] Using the existing "sa" key\n'
      : '[certs] Generating "sa" key and public key\n',
  );
  out(`[kubeconfig] Using kubeconfig folder "${kubernetes}"\n`);
  for (const name of ['admin', 'super-admin', 'kubelet', 'controller-manager', 'scheduler']) {
    const path = `${kubernetes}/${name}.conf`;
    out(
      kept.has(path)
        ? `[kubeconfig] Using existing kubeconfig file: "${path}"\n`
        : `[kubeconfig] Writing "${name}.conf" kubeconfig file\n`,
    );
  }
}

async function startKubelet(call: Call, { node, endpoint }: Init): Promise<number> {
  const { machine } = call;
  const { cluster, address } = machine;
  const unit = machine.units.get('kubelet');
  if (unit === undefined) return gaveUp(call, 'error execution phase kubelet-start: there is no kubelet');
  cluster.service('kubelet')?.stop(machine, unit);
  setInactive(unit, cluster.now());
  makeKubeletFiles(machine, node, endpoint, true);
  placeKubeletConfig(machine);
  call.out(
    '[kubelet-start] Writing kubelet environment file with flags to file "/var/lib/kubelet/kubeadm-flags.env"\n',
  );
  call.out('[kubelet-start] Writing kubelet configuration to file "/var/lib/kubelet/instance-config.yaml"\n');
  call.out(
    '[patches] Applied patch of type "application/strategic-merge-patch+json" to target "kubeletconfiguration"\n',
  );
  call.out('[kubelet-start] Writing kubelet configuration to file "/var/lib/kubelet/config.yaml"\n');
  call.out('[kubelet-start] Starting the kubelet\n');
  cluster.service('kubelet')?.start(machine, unit);
  call.out(
    `[wait-control-plane] Waiting for the kubelet to boot up the control plane as static Pods from directory "${manifestFolder}"\n`,
  );
  call.out(
    '[kubelet-check] Waiting for a healthy kubelet at http://127.0.0.1:10248/healthz. This can take up to 4m0s\n',
  );
  call.out('[kubelet-check] The kubelet is healthy after 502.556271ms\n');
  call.out('[control-plane-check] Waiting for healthy control plane components. This can take up to 4m0s\n');
  call.out(`[control-plane-check] Checking kube-apiserver at https://${address}:6443/livez\n`);
  call.out('[control-plane-check] Checking kube-controller-manager at https://127.0.0.1:10257/healthz\n');
  call.out('[control-plane-check] Checking kube-scheduler at https://127.0.0.1:10259/livez\n');
  for (const began = cluster.now(); !cluster.kubeadm.isReady(machine); ) {
    await wait(call, 1);
    if (cluster.now() - began >= 240_000 || cluster.isOverdue())
      return gaveUp(
        call,
        'error execution phase wait-control-plane: failed while waiting for the control plane to start: kube-apiserver is not healthy after 4m0s',
      );
  }
  for (const name of ['kube-controller-manager', 'kube-scheduler', 'kube-apiserver'])
    call.out(`[control-plane-check] ${name} is healthy after 1.505015629s\n`);
  return 0;
}

const bootstrapWords = `[bootstrap-token] Configuring bootstrap tokens, cluster-info ConfigMap, RBAC Roles
[bootstrap-token] Configured RBAC rules to allow Node Bootstrap tokens to get nodes
[bootstrap-token] Configured RBAC rules to allow Node Bootstrap tokens to post CSRs in order for nodes to get long term certificate credentials
[bootstrap-token] Configured RBAC rules to allow the csrapprover controller automatically approve CSRs from a Node Bootstrap Token
[bootstrap-token] Configured RBAC rules to allow certificate rotation for all node client certificates in the cluster
[bootstrap-token] Creating the "cluster-info" ConfigMap in the "kube-public" namespace
`;
