import { addMember, addRefusal, promoteMember } from '../etcd/maintenance';
import { setInactive } from '../units';
import { type Api, type Call, components, type Machine } from '../world';
import { placeKubeletConfig } from './beginning';
import {
  apiServerNames,
  authorityHash,
  etcdNames,
  makeKubeletFiles,
  makeLeaves,
  placeAuthorities,
  placeAuthority,
} from './certificates';
import { gaveUp, readingConfiguration, wait, warn, wordsOf } from './command';
import { componentManifest, etcdData, etcdManifest, kubernetes, manifestFolder, pki, releaseOf } from './layout';
import { clusterSettings, tokensOf, uploadedCertificates } from './objects';

interface Join {
  readonly endpoint: string;
  readonly token: string;
  readonly hashes: readonly string[];
  readonly isControlPlane: boolean;
  readonly certificateKey: string;
  readonly node: string;
}

/** Seconds until kubeadm gives up looking for the API, asking a member of etcd, and waiting for a new one. */
const limits = { discovery: 300, etcd: 120 };

/** `kubeadm join` by its command line or by a JoinConfiguration. */
export async function join(call: Call, args: readonly string[]): Promise<number> {
  const { machine } = call;
  const asked = readJoin(call, args);
  call.out('[preflight] Running pre-flight checks\n');
  const first = firstChecks(machine, asked);
  if (first.length > 0) return refused(call, first);
  const found = await discovered(call, asked);
  if (typeof found === 'string') return gaveUp(call, `error execution phase preflight: ${found}`);
  readingConfiguration(call, 'preflight');
  const user = `system:bootstrap:${asked.token.split('.')[0]}`;
  warn(
    call,
    'configset.go:77',
    `Warning: No kubeproxy.config.k8s.io/v1alpha1 config is loaded. Continuing without it: configmaps "kube-proxy" is forbidden: User "${user}" cannot get resource "configmaps" in API group "" in the namespace "kube-system"`,
  );
  await wait(call, 0.2);
  if (asked.isControlPlane) {
    const code = await prepared(call, asked, found);
    if (code !== 0) return code;
  } else placeAuthority(machine);
  return started(call, asked, found);
}

function readJoin(call: Call, args: readonly string[]): Join {
  const { flags, rest } = wordsOf(args);
  const text = flags.has('config') ? call.machine.files.textOr(call.path(flags.get('config') ?? ''), '') : '';
  const value = (key: string) => new RegExp(`^ *${key}: *"?([^"\\n]*)"?$`, 'm').exec(text)?.[1];
  const listed = /caCertHashes: *\[(.*)\]/.exec(text)?.[1] ?? flags.get('discovery-token-ca-cert-hash') ?? '';
  return {
    endpoint: value('apiServerEndpoint') ?? rest[0] ?? '',
    token: value('token') ?? flags.get('token') ?? '',
    hashes: listed.split(',').map((each) => each.replace(/["\s]/g, '')),
    isControlPlane: /^controlPlane:/m.test(text) || flags.has('control-plane'),
    certificateKey: value('certificateKey') ?? flags.get('certificate-key') ?? '',
    node: value('name') ?? flags.get('node-name') ?? call.machine.name,
  };
}

function refused(call: Call, problems: readonly string[]): 1 {
  call.err('[preflight] Some fatal errors occurred:\n');
  for (const each of problems) call.err(`\t[ERROR ${each}\n`);
  call.err(
    '[preflight] If you know what you are doing, you can make a check non-fatal with `--ignore-preflight-errors=...`\n',
  );
  return gaveUp(call, 'error execution phase preflight: preflight checks failed');
}

function firstChecks({ files, units }: Machine, { isControlPlane }: Join): string[] {
  const found: string[] = [];
  const isThere = (path: string) => {
    if (files.has(path)) found.push(`FileAvailable-${path.replaceAll('/', '-')}]: ${path} already exists`);
  };
  const manifests = files.isFolder(manifestFolder) ? files.list(manifestFolder) : [];
  if (!isControlPlane && manifests.length > 0)
    found.push(`DirAvailable-${manifestFolder.replaceAll('/', '-')}]: ${manifestFolder} is not empty`);
  isThere(`${kubernetes}/kubelet.conf`);
  isThere(`${kubernetes}/bootstrap-kubelet.conf`);
  if (units.get('kubelet')?.active === 'active') found.push('Port-10250]: Port 10250 is in use');
  if (!isControlPlane) isThere(`${pki}/ca.crt`);
  return found;
}

/** The checks of a control plane, after the cluster was found. */
function secondChecks(machine: Machine): string[] {
  const { files, cluster } = machine;
  const found: string[] = [];
  const ports: Readonly<Record<string, readonly number[]>> = {
    'kube-apiserver': [6443],
    'kube-scheduler': [10259],
    'kube-controller-manager': [10257],
    etcd: [2379, 2380],
  };
  const running = new Set<string>(cluster.kubeadm.containersOf(machine).map((each) => each.component));
  for (const [component, list] of Object.entries(ports))
    if (running.has(component)) for (const port of list) found.push(`Port-${port}]: Port ${port} is in use`);
  for (const component of components.filter((each) => each !== 'etcd')) {
    const path = `${manifestFolder}/${component}.yaml`;
    if (files.has(path)) found.push(`FileAvailable-${path.replaceAll('/', '-')}]: ${path} already exists`);
  }
  if (files.isFolder(etcdData) && files.list(etcdData).length > 0)
    found.push(`DirAvailable-${etcdData.replaceAll('/', '-')}]: ${etcdData} is not empty`);
  return found;
}

/** Asks for cluster-info until it is there and signed with the token; what is wrong at once ends it at once. */
async function discovered(call: Call, { endpoint, token, hashes }: Join): Promise<Api | string> {
  const { machine } = call;
  const { cluster } = machine;
  const [id = '', secret] = token.split('.');
  const said = (text: string) => `couldn't validate the identity of the API Server: ${text}`;
  let last = '';
  for (const began = cluster.now(); cluster.now() - began < limits.discovery * 1000; ) {
    const url = `https://${endpoint}/api/v1/namespaces/kube-public/configmaps/cluster-info?timeout=10s`;
    const answer = await cluster.request(machine, { url, body: '', hasCertificate: false });
    const api = answer === undefined ? undefined : cluster.kube.reach(machine, `https://${endpoint}`);
    if (api === undefined || typeof api === 'string') {
      last = `failed to request the cluster-info ConfigMap: Get "${url}": dial tcp ${endpoint}: connect: connection refused`;
    } else {
      const found = tokensOf(api.store, cluster.now()).find((each) => each.id === id && !each.isProxy);
      if (found === undefined)
        last = `could not find a JWS signature in the cluster-info ConfigMap for token ID "${id}"`;
      else if (found.secret !== secret)
        return said("failed to verify JWS signature of received cluster info object, can't trust this API Server");
      else if (!hashes.some((each) => each.toLowerCase() === `sha256:${authorityHash}`))
        return said(
          `cluster CA found in cluster-info ConfigMap is invalid: none of the public keys "sha256:${authorityHash}" are pinned`,
        );
      else return api;
    }
    await wait(call, 5);
    if (cluster.isOverdue()) break;
  }
  return said(last);
}

/** Certificates, kubeconfigs and three manifests of a control plane, and a look at etcd. Each stays when a later one fails. */
async function prepared(call: Call, { node, certificateKey }: Join, { store }: Api): Promise<number> {
  const { machine } = call;
  const { cluster, files, address } = machine;
  call.out('[preflight] Running pre-flight checks before initializing the new control plane instance\n');
  const second = secondChecks(machine);
  if (second.length > 0) return refused(call, second);
  call.out('[preflight] Pulling images required for setting up a Kubernetes cluster\n');
  call.out('[preflight] This might take a minute or two, depending on the speed of your internet connection\n');
  call.out("[preflight] You can also perform this action beforehand using 'kubeadm config images pull'\n");
  call.out('[download-certs] Downloading the certificates in Secret "kubeadm-certs" in the "kube-system" Namespace\n');
  const uploaded = uploadedCertificates(store, cluster.now());
  const phase = 'error execution phase control-plane-prepare/download-certs: error downloading certs: ';
  if (uploaded === undefined)
    return gaveUp(
      call,
      `${phase}error downloading the secret: Secret "kubeadm-certs" was not found in the "kube-system" Namespace. This Secret might have expired. Please, run \`kubeadm init phase upload-certs --upload-certs\` on a control plane to generate a new one`,
    );
  if (uploaded.key !== certificateKey)
    return gaveUp(call, `${phase}error decoding secret data with provided key: cipher: message authentication failed`);
  const settings = clusterSettings(store);
  placeAuthorities(machine, false);
  makeLeaves(machine, { node, asked: settings.names, endpoint: settings.endpoint, isFirst: false });
  call.out(`[download-certs] Saving the certificates to the folder: "${pki}"\n`);
  call.out(`[certs] Using certificateDir folder "${pki}"\n`);
  const signed = (name: string, names: { readonly dns: readonly string[]; readonly addresses: readonly string[] }) =>
    call.out(
      `[certs] ${name} serving cert is signed for DNS names [${names.dns.join(' ')}] and IPs [${names.addresses.join(' ')}]\n`,
    );
  const certificates = [
    'apiserver',
    'apiserver-kubelet-client',
    'front-proxy-client',
    'etcd/healthcheck-client',
    'apiserver-etcd-client',
    'etcd/server',
    'etcd/peer',
  ];
  for (const name of certificates) {
    call.out(`[certs] Generating "${name}" certificate and key\n`);
    if (name === 'apiserver') signed(name, apiServerNames(node, address, settings.names));
    if (name === 'etcd/server' || name === 'etcd/peer') signed(name, etcdNames(node, address));
  }
  call.out(`[certs] Valid certificates and keys now exist in "${pki}"\n`);
  call.out('[certs] Using the existing "sa" key\n');
  call.out('[kubeconfig] Generating kubeconfig files\n');
  call.out(`[kubeconfig] Using kubeconfig folder "${kubernetes}"\n`);
  for (const name of ['admin', 'controller-manager', 'scheduler'])
    call.out(`[kubeconfig] Writing "${name}.conf" kubeconfig file\n`);
  call.out(`[control-plane] Using manifest folder "${manifestFolder}"\n`);
  if (!files.isFolder(manifestFolder)) files.makeFolders(manifestFolder, 0o700);
  for (const component of components) {
    if (component === 'etcd') continue;
    files.place(`${manifestFolder}/${component}.yaml`, componentManifest(component, address, settings.release), 0o600);
    call.out(`[control-plane] Creating static Pod manifest for "${component}"\n`);
  }
  call.out('[check-etcd] Checking that the etcd cluster is healthy\n');
  for (let i = 0; i < 3; i++)
    warn(
      call,
      'endpoint.go:56',
      '[endpoint] WARNING: port specified in controlPlaneEndpoint overrides bindPort in the controlplane address',
    );
  const silent = () =>
    store.members.find((member) => {
      const at = cluster.nodes.find((each) => `https://${each.address}:2380` === member.peerUrl);
      return at === undefined || !at.hasPower || cluster.kubeadm.etcdOf(at) === undefined;
    });
  for (const began = cluster.now(); silent() !== undefined; ) {
    await wait(call, 5);
    const url = (silent()?.peerUrl ?? '').replace(/2380$/, '2379');
    if (cluster.now() - began >= limits.etcd * 1000 || cluster.isOverdue())
      return gaveUp(
        call,
        `error execution phase check-etcd: etcd cluster is not healthy: failed to dial endpoint ${url} with maintenance client: context deadline exceeded`,
      );
  }
  return 0;
}

/** kubelet starts, and with it what makes the machine a part of the cluster. */
async function started(call: Call, { node, isControlPlane }: Join, { store, by }: Api): Promise<number> {
  const { machine } = call;
  const { cluster, files, address } = machine;
  const settings = clusterSettings(store);
  const unit = machine.units.get('kubelet');
  if (unit === undefined) return gaveUp(call, 'error execution phase kubelet-start: there is no kubelet');
  files.place(`${kubernetes}/bootstrap-kubelet.conf`, `    server: https://${settings.endpoint}\n`, 0o600);
  const listed = cluster.kube.list({ store, by }, 'node', undefined).find((each) => each.metadata.name === node);
  const { conditions } = (listed?.status ?? {}) as {
    readonly conditions?: readonly Readonly<Record<string, string>>[];
  };
  if (conditions?.some((each) => each.type === 'Ready' && each.status === 'True') === true) {
    // It comes late: what was written stays. Only a control plane has stopped kubelet by now.
    if (isControlPlane) setInactive(unit, cluster.now());
    return gaveUp(
      call,
      `error execution phase kubelet-start: a Node with name "${node}" and status "Ready" already exists in the cluster. You must delete the existing Node or change the name of this new joining Node`,
    );
  }
  placeKubeletConfig(machine);
  call.out('[kubelet-start] Writing kubelet configuration to file "/var/lib/kubelet/instance-config.yaml"\n');
  call.out(
    '[patches] Applied patch of type "application/strategic-merge-patch+json" to target "kubeletconfiguration"\n',
  );
  call.out('[kubelet-start] Writing kubelet configuration to file "/var/lib/kubelet/config.yaml"\n');
  call.out(
    '[kubelet-start] Writing kubelet environment file with flags to file "/var/lib/kubelet/kubeadm-flags.env"\n',
  );
  call.out('[kubelet-start] Starting the kubelet\n');
  cluster.service('kubelet')?.start(machine, unit);
  if (isControlPlane) {
    const code = await memberJoined(call, node, { store, by });
    if (code !== 0) return code;
  }
  call.out(
    '[kubelet-check] Waiting for a healthy kubelet at http://127.0.0.1:10248/healthz. This can take up to 4m0s\n',
  );
  call.out('[kubelet-check] The kubelet is healthy after 501.468849ms\n');
  call.out('[kubelet-start] Waiting for the kubelet to perform the TLS Bootstrap\n');
  await wait(call, 1);
  makeKubeletFiles(machine, node, settings.endpoint, isControlPlane);
  files.remove(`${kubernetes}/bootstrap-kubelet.conf`);
  const now = cluster.now();
  const made = {
    heartbeatMs: now,
    leaseMs: now,
    address,
    server: isControlPlane,
    version: releaseOf(machine, 'kubelet'),
  };
  store.put(`/registry/minions/${node}`, JSON.stringify(made));
  if (!isControlPlane) {
    call.out(workerJoined);
    return 0;
  }
  const label = 'node-role.kubernetes.io/control-plane';
  const labels = `[${label} node.kubernetes.io/exclude-from-external-load-balancers]`;
  call.out(`[mark-control-plane] Marking the node ${node} as control-plane by adding the labels: ${labels}\n`);
  call.out(
    `[mark-control-plane] Marking the node ${node} as control-plane by adding the taints [${label}:NoSchedule]\n`,
  );
  call.out('[control-plane-check] Waiting for healthy control plane components. This can take up to 4m0s\n');
  const checks = [
    ['kube-apiserver', `https://${address}:6443/livez`],
    ['kube-controller-manager', 'https://127.0.0.1:10257/healthz'],
    ['kube-scheduler', 'https://127.0.0.1:10259/livez'],
  ] as const;
  for (const [name, url] of checks) call.out(`[control-plane-check] Checking ${name} at ${url}\n`);
  for (const began = cluster.now(); !cluster.kubeadm.isReady(machine); ) {
    await wait(call, 1);
    if (cluster.now() - began >= 240_000 || cluster.isOverdue())
      return gaveUp(call, 'error execution phase wait-control-plane: kube-apiserver is not healthy after 4m0s');
  }
  for (const name of ['kube-apiserver', 'kube-scheduler', 'kube-controller-manager'])
    call.out(`[control-plane-check] ${name} is healthy after 2.953706ms\n`);
  call.out(controlPlaneJoined);
  return 0;
}

/** The member is added as one that learns, started, and let vote. */
async function memberJoined(call: Call, node: string, { by }: Api): Promise<number> {
  const { machine } = call;
  const { cluster, files, address } = machine;
  const process = cluster.kubeadm.etcdOf(by);
  const url = `https://${address}:2380`;
  const phase = 'error execution phase etcd-join: error creating local etcd static pod manifest file: ';
  if (process === undefined) return gaveUp(call, `${phase}context deadline exceeded`);
  const { store } = process;
  // A try that broke off has left its member, which is used again.
  if (!store.members.some((each) => each.peerUrl === url)) {
    for (const began = cluster.now(); ; ) {
      const refusal = addRefusal(cluster.etcd, process, cluster.now());
      if (refusal === undefined) break;
      if (cluster.now() - began >= limits.etcd * 1000 || cluster.isOverdue()) return gaveUp(call, `${phase}${refusal}`);
      await wait(call, 1);
    }
    addMember(process, url, cluster.now(), true);
  }
  call.out('[etcd] Announced new etcd member joining to the existing etcd cluster\n');
  call.out('[etcd] Creating static Pod manifest for "etcd"\n');
  if (!files.isFolder(etcdData)) files.makeFolders(etcdData, 0o700);
  const peers = store.members.map((each) => ({ name: each.peerUrl === url ? node : each.name, url: each.peerUrl }));
  const { release } = clusterSettings(store);
  files.place(`${manifestFolder}/etcd.yaml`, etcdManifest(address, node, release, peers), 0o600);
  call.out('[etcd] Waiting for the new etcd member to join the cluster. This can take up to 40s\n');
  // What the others have is sent to it first.
  await wait(call, 9);
  for (const began = cluster.now(); ; ) {
    await wait(call, 1);
    const member = cluster.kubeadm.etcdOf(by)?.store.members.find((each) => each.peerUrl === url);
    if (member !== undefined && !member.learner) return 0;
    const now = cluster.kubeadm.etcdOf(by);
    const why =
      now === undefined || member === undefined
        ? 'context deadline exceeded'
        : promoteMember(cluster.etcd, now, member.id);
    if (why === undefined) return 0;
    if (cluster.now() - began >= limits.etcd * 1000 || cluster.isOverdue()) return gaveUp(call, `${phase}${why}`);
  }
}

const workerJoined = `
This node has joined the cluster:
* Certificate signing request was sent to apiserver and a response was received.
* The Kubelet was informed of the new secure connection details.

Run 'kubectl get nodes' on the control-plane to see this node join the cluster.
`;

const controlPlaneJoined = `
This node has joined the cluster and a new control plane instance was created:

* Certificate signing request was sent to apiserver and approval was received.
* The Kubelet was informed of the new secure connection details.
* Control plane label and taint were applied to the new node.
* The Kubernetes control plane instances scaled up.
* A new etcd member was added to the local/stacked etcd cluster.

To start administering your cluster from this node, you need to run the following as a regular user:

	mkdir -p $HOME/.kube
	sudo cp -i /etc/kubernetes/admin.conf $HOME/.kube/config
	sudo chown $(id -u):$(id -g) $HOME/.kube/config

Run 'kubectl get nodes' to see this node join the cluster.
`;
