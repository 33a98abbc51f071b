import { say } from '../../base/message';
import { parseVersion } from '../../base/version';
import { isNodeName } from '../commands/kubectl';
import { machineConcerns } from '../join/join-concerns';
import { allConcerns, type Concern, type Concerns, noConcerns } from '../plan';
import type { ClusterState } from '../status/cluster-state';
import { compareReleases } from '../version-skew';
import type { ClusterSettings } from './cluster-configuration';
import type { KubeadmServerFacts } from './kubeadm-facts';
import type { KubeadmPki, NewKubeadmParameters, NewMachineFacts } from './new-kubeadm-facts';
import { silentServers } from './silent-servers';

/** What stands against making a kubeadm cluster again on machines that have none, and what should be thought about. */
export function newKubeadmConcerns(
  state: ClusterState,
  facts: readonly KubeadmServerFacts[],
  parameters: NewKubeadmParameters,
  settings: ClusterSettings,
): Concerns {
  const { content } = parameters.snapshot;
  if (content.tokenHashes.length > 0) {
    const message = say('the snapshot is one of k3s');
    return { blockers: [{ message, remedy: say('choose a snapshot of this cluster') }], warnings: [] };
  }
  if (content.kubeadm?.clusterConfiguration === undefined) {
    const message = say('the snapshot does not say how kubeadm set the cluster up: its kubeadm-config cannot be read');
    const remedy = say('where ConfigMaps are encrypted, build the control plane by hand with the former configuration');
    return { blockers: [{ message, remedy }], warnings: [] };
  }
  return allConcerns([
    silentServers(state, facts, parameters.absent),
    keyConcerns(parameters.pki, content.kubeadm.authorities),
    settingConcerns(settings, facts.length),
    infoConcerns(content.kubeadm.authorities, facts.length),
    ...facts.map((each, i) => machineFound(state, each, parameters, settings, i === 0)),
    clusterWarnings(state, facts, parameters, settings),
  ]);
}

/** Without the authority and the key of service accounts a cluster of the same objects would be another cluster. */
function keyConcerns(pki: KubeadmPki | undefined, authorities: string | undefined): Concerns {
  const blockers: Concern[] = [];
  const warnings: Concern[] = [];
  const where = say(
    'give the folder of a backup that was collected with tokens and keys, or /etc/kubernetes/pki of a former server',
  );
  const lacks = (...names: string[]) => names.filter((each) => pki?.files.has(each) !== true);
  const authority = lacks('ca.crt', 'ca.key');
  if (authority.length > 0) {
    blockers.push({
      message: say(
        'without {0} nothing that knew the former cluster would trust this one: every kubelet, every kubeconfig and every pod would have to be set up anew',
        authority.join(', '),
      ),
      remedy: where,
    });
  }
  const accounts = lacks('sa.key', 'sa.pub');
  if (accounts.length > 0) {
    blockers.push({
      message: say(
        'without {0} every token of a service account would be refused, and with them every pod that asks the API',
        accounts.join(', '),
      ),
      remedy: where,
    });
  }
  if (pki === undefined) return { blockers, warnings };
  for (const each of pki.strangers) {
    blockers.push({
      message: say('{0} does not belong to the certificate beside it', each),
      remedy: say('take both from one server'),
    });
  }
  const body = pemBody(pki.authority);
  if (authority.length === 0 && authorities !== undefined && (body === '' || !pemBody(authorities).includes(body))) {
    blockers.push({
      message: say('the authority in {0} is not the one that the cluster in the snapshot trusts', 'ca.crt'),
      remedy: where,
    });
  }
  for (const [crt, key, what] of [
    ['etcd/ca.crt', 'etcd/ca.key', say('kubeadm makes a new authority for etcd, which only the new servers use')],
    [
      'front-proxy-ca.crt',
      'front-proxy-ca.key',
      say('kubeadm makes a new authority for aggregated APIs, which learn it when the API server starts'),
    ],
  ] as const) {
    const missing = lacks(crt, key);
    if (missing.length === 2) warnings.push({ message: what });
    else if (missing.length === 1)
      blockers.push({ message: say('{0} is missing beside its other half', missing.join()), remedy: where });
  }
  return { blockers, warnings };
}

/** What stands between the lines of certificates, so that two texts of the same ones compare. */
const pemBody = (text: string): string => text.replace(/-----[A-Z ]+-----/g, '').replace(/\s+/g, '');

/** Those who join ask for cluster-info, which also says whose authority it is; where somebody has taken it away, neither is there. */
function infoConcerns(authorities: string | undefined, servers: number): Concerns {
  if (authorities !== undefined) return noConcerns;
  if (servers === 1) {
    const message = say(
      'the snapshot has no cluster-info, so nobody can see whether the authority is that of the cluster',
    );
    return { blockers: [], warnings: [{ message, remedy: say('make sure that the keys are those of this cluster') }] };
  }
  const message = say('the snapshot has no cluster-info, which every server asks for that joins');
  const remedy = say(
    'restore with one server in the inventory, run "kubeadm init phase bootstrap-token" there, and let the others join',
  );
  return { blockers: [{ message, remedy }], warnings: [] };
}

function settingConcerns(settings: ClusterSettings, servers: number): Concerns {
  const blockers: Concern[] = [];
  if (settings.hasExternalEtcd) {
    blockers.push({
      message: say('the etcd of this cluster was outside'),
      remedy: say('restore it there with etcdutl, then let kubeadm build the servers with the former configuration'),
    });
  }
  if (settings.certificatesDir !== '/etc/kubernetes/pki' || !/^\/[A-Za-z0-9_./-]+$/.test(settings.dataDir)) {
    blockers.push({
      message: say(
        'its certificates or its data lie in folders that Haven does not touch: {0}, {1}',
        settings.certificatesDir,
        settings.dataDir,
      ),
    });
  }
  if (settings.endpoint === undefined && servers > 1) {
    blockers.push({
      message: say('the cluster was made without controlPlaneEndpoint, so no second server can join it'),
      remedy: say('leave one server in the inventory'),
    });
  }
  return { blockers, warnings: [] };
}

/** What stands against letting an empty machine become a server of the cluster in the snapshot. */
export function emptyMachineConcerns(
  state: ClusterState,
  { host, pki }: KubeadmServerFacts,
  told: Omit<NewMachineFacts, 'answering' | 'unknown'> | undefined,
  release: string,
): Concerns {
  const blockers: Concern[] = [];
  const warnings: Concern[] = [];
  const machine = state.cluster.nodes.find((each) => each.name === host);
  if (machine === undefined || told?.join === undefined) {
    blockers.push({ host, message: say('the machine did not answer'), remedy: say('see that SSH reaches it') });
    return { blockers, warnings };
  }
  const { join, clockSkewSec } = told;
  const work = {
    machine,
    state,
    isServer: true,
    parameters: { facts: join, clockSkewSec, programs: { from: 'machine' as const } },
  };
  const found = machineConcerns(work);
  blockers.push(...found.blockers);
  warnings.push(...found.warnings);
  if (!isNodeName(join.hostName)) {
    blockers.push({
      host,
      message: say('"{0}" cannot be the name of a Node', join.hostName),
      remedy: say('give the machine a host name of small letters, digits and "-"'),
    });
  }
  if (pki.size > 0 && join.leftovers.length === 0) {
    blockers.push({
      host,
      message: say('{0} is left from an earlier cluster', '/etc/kubernetes/pki'),
      remedy: say('run "kubeadm reset -f" there, if nothing on it is needed'),
    });
  }
  blockers.push(...releaseBlockers(host, join, release));
  for (const path of told.missingPaths) {
    blockers.push({
      host,
      message: say('the control plane mounts {0}, which is not there', path),
      remedy: say('lay it down there as the former servers had it'),
    });
  }
  return { blockers, warnings };
}

function machineFound(
  state: ClusterState,
  facts: KubeadmServerFacts,
  { machines, snapshot }: NewKubeadmParameters,
  settings: ClusterSettings,
  isFirst: boolean,
): Concerns {
  const { host, tool, missing } = facts;
  const told = machines.get(host);
  const found = emptyMachineConcerns(state, facts, told, settings.release);
  const { warnings } = found;
  if (!isFirst || told?.join === undefined) return found;
  const { join } = told;
  const blockers: Concern[] = [...found.blockers];
  for (const program of missing)
    blockers.push({ host, message: say('{0} is not installed', program), remedy: say('install it') });
  if (tool === undefined) {
    blockers.push({
      host,
      message: say('there is no etcdutl, and no image of etcd from which it could be taken'),
      remedy: say('run "kubeadm config images pull" there, or put etcdutl of etcd\'s release into /usr/local/bin'),
    });
  }
  // The copy, the data that are made of it, and etcd's log of 64 MB.
  const neededKib = Math.ceil((snapshot.bytes * 3) / 1024) + 70_000;
  if (join.freeKib !== undefined && join.freeKib < neededKib) {
    blockers.push({
      host,
      message: say('{0} KiB are free, and the restore needs {1}', join.freeKib, neededKib),
      remedy: say('make room first: a full disk in the middle leaves half a database'),
    });
  }
  return { blockers, warnings };
}

/** kubeadm builds its own minor release and the one before; kubelet may not be newer than the API server (version skew policy). */
function releaseBlockers(
  host: string,
  {
    kubeadmVersion,
    kubeletVersion,
  }: { readonly kubeadmVersion: string | undefined; readonly kubeletVersion: string | undefined },
  release: string,
): readonly Concern[] {
  const remedy = say('install {0} there', release);
  if (kubeadmVersion === undefined || kubeletVersion === undefined)
    return [{ host, message: say('kubeadm or kubelet is not installed there'), remedy }];
  const minor = (text: string) => parseVersion(text)?.[1] ?? 0;
  const found: Concern[] = [];
  const ahead = minor(kubeadmVersion) - minor(release);
  if (ahead < 0 || ahead > 1) {
    const message = say('it has kubeadm {0}, and the cluster in the snapshot runs {1}', kubeadmVersion, release);
    found.push({ host, message, remedy });
  }
  if (compareReleases(kubeletVersion, release) > 0 || minor(release) - minor(kubeletVersion) > 3) {
    const message = say('it has kubelet {0}, and the cluster in the snapshot runs {1}', kubeletVersion, release);
    found.push({ host, message, remedy });
  }
  return found;
}

function clusterWarnings(
  { cluster }: ClusterState,
  facts: readonly KubeadmServerFacts[],
  { machines, snapshot }: NewKubeadmParameters,
  settings: ClusterSettings,
): Concerns {
  const { content } = snapshot;
  const blockers: Concern[] = [];
  const warnings: Concern[] = [];
  const told = facts.flatMap(({ host }) => machines.get(host) ?? []);
  for (const url of new Set(told.flatMap((each) => each.answering))) {
    blockers.push({
      message: say('an API answers at {0}: the former cluster, or a part of it, still runs', url),
      remedy: say("switch its servers off first: two clusters behind one address would overwrite each other's work"),
    });
  }
  for (const url of new Set(told.flatMap((each) => each.unknown))) {
    blockers.push({
      message: say('the name in {0} is not known there', url),
      remedy: say('let it lead to the new servers'),
    });
  }
  const names = told.flatMap((each) => (each.join === undefined ? [] : [each.join.hostName]));
  const twice = names.find((each, i) => names.indexOf(each) < i);
  if (twice !== undefined) {
    blockers.push({
      message: say('two machines are called {0}', twice),
      remedy: say('give each a host name of its own'),
    });
  }
  const [first] = facts;
  const node = cluster.nodes.find((each) => each.name === first?.host);
  if (settings.endpoint !== undefined && node !== undefined) {
    warnings.push({
      message: say('kubeadm finishes only when {0} leads to {1}', settings.endpoint, node.address),
      remedy: say('see that DNS, the virtual address and the load balancers send to the new servers'),
    });
  }
  const members = new Set(content.members.map((each) => each.name));
  const known = new Set([...names, ...cluster.nodes.map((each) => each.name.toLowerCase())]);
  const strays = (content.kubeadm?.nodes ?? []).filter((each) => !members.has(each) && !known.has(each));
  if (strays.length > 0) {
    warnings.push({
      message: say('the snapshot lists Nodes that the inventory does not have: {0}', strays.join(', ')),
      remedy: say('remove those whose machine is gone when the cluster is back'),
    });
  }
  if (cluster.nodes.some((each) => each.roles.includes('agent') && !each.roles.includes('server'))) {
    warnings.push({
      message: say('workers of the former cluster come back by themselves; one on a new machine has to join'),
      remedy: say('let it join with "Join Node" when the cluster is back'),
    });
  }
  if (content.kubeadm?.kubeletConfiguration === undefined) {
    warnings.push({ message: say('the snapshot does not say how kubelet was set up: kubeadm takes its own defaults') });
  }
  if (first?.tool !== undefined && !first.canBump) {
    warnings.push({
      message: say(
        'the programs there cannot raise the revision, so that what watches the API holds on to newer states',
      ),
      remedy: say('restart kubelet on the workers, and what else watches, like the network plugin'),
    });
  }
  return { blockers, warnings };
}
