import { say } from '../../base/message';
import { parseVersion } from '../../base/version';
import { missingNames } from '../certificates';
import { peerUrl } from '../commands/etcd-peer';
import type { JoinFacts } from '../commands/join-facts';
import { nodeOfMachine } from '../commands/kubectl';
import { type MemberRow, stillLearning } from '../etcd-members';
import { allConcerns, type Concern, type Concerns, noConcerns } from '../plan';
import { compareReleases } from '../version-skew';
import type { JoinWork } from './join-work';

/** Ports that must be free on a machine before it joins. */
const ports = {
  k3s: { server: [6443, 2379, 2380, 2381, 2382, 10250], agent: [10250] },
  kubeadm: { server: [6443, 2379, 2380, 10250, 10257, 10259], agent: [10250] },
} as const;

/** A clock that is further off makes etcd complain; one that is this far off makes new certificates not valid yet. */
const warnSkewSec = 5;
const worstSkewSec = 60;
const neededKib = 2 * 1024 * 1024;

/** What stands against a join, and what should be thought about, from everything that was asked before. */
export function joinConcerns(work: JoinWork, rows: readonly MemberRow[]): Concerns {
  const there = joinedAlready(work, rows);
  if (there !== undefined) return { blockers: [there], warnings: [] };
  return allConcerns([
    etcdConcerns(work, rows),
    identityConcerns(work),
    machineConcerns(work),
    versionConcerns(work),
    settingConcerns(work),
  ]);
}

/** Lists to be filled. */
const none = (): { blockers: Concern[]; warnings: Concern[] } => ({ blockers: [], warnings: [] });

/**
 * A machine that is at work in the cluster: what else stands against it follows from that, and what helps a machine that is
 * left over, like a reset, would take this one out. A Node alone stays Ready for 50 s after its machine is gone.
 */
function joinedAlready({ machine, withEtcd, parameters }: JoinWork, rows: readonly MemberRow[]): Concern | undefined {
  const node = nodeOfMachine(parameters.nodes, machine);
  const row = rows.find((each) => each.peerUrls.includes(peerUrl(machine.address)));
  const isThere = node?.ready === true && parameters.facts?.ports.has(10250) === true;
  if (!isThere || (withEtcd && row?.facts === undefined)) return undefined;
  return {
    host: machine.name,
    message: say('it is in the cluster already: its Node {0} is ready', node.name),
    remedy: say('take it out with "Remove Node" first, if it shall join anew'),
  };
}

/** etcd adds a member only while every voter is there, and one learner at a time. */
function etcdConcerns({ withEtcd, machine }: JoinWork, rows: readonly MemberRow[]): Concerns {
  const { blockers, warnings } = none();
  if (!withEtcd) return { blockers, warnings };
  if (rows.length === 0) {
    blockers.push({
      message: say('no member with a leader told who the members are'),
      remedy: say('with an external datastore, name its datastore-endpoint in the file of {0}', machine.name),
    });
  }
  const listed = rows.find((each) => each.peerUrls.includes(peerUrl(machine.address)));
  if (listed !== undefined) {
    blockers.push({
      host: machine.name,
      message: say('etcd still lists a member of {0}', machine.address),
      remedy: say('take it out first: "Remove Dead etcd Member"'),
    });
  }
  const learner = rows.find((each) => each.learner);
  if (learner !== undefined && learner !== listed) {
    blockers.push(stillLearning);
  }
  for (const row of rows) {
    if (row === listed || row.facts !== undefined || row.learner) continue;
    blockers.push({
      message: say('the member {0} does not answer, and etcd adds none while one is missing', row.name || row.id),
      remedy: say('bring it back, or take it out of etcd first'),
    });
  }
  const after = rows.filter((each) => !each.learner).length + 1;
  if (after === 2) {
    warnings.push({
      message: say('of two members none may fail: etcd stops when either of them does'),
      remedy: say('join a third server soon'),
    });
  } else if (after % 2 === 0) {
    warnings.push({
      message: say('{0} members bear no more failures than {1}', after, after - 1),
      remedy: say('join another server soon'),
    });
  }
  return { blockers, warnings };
}

function identityConcerns({ machine, nodeName, parameters }: JoinWork): Concerns {
  const { blockers, warnings } = none();
  const host = machine.name;
  const node = nodeOfMachine(parameters.nodes, machine);
  const named = parameters.nodes.find((each) => each.name === nodeName);
  if (parameters.nodes.length === 0) {
    blockers.push({
      message: say('the API did not list its Nodes, so nobody can see whether the name is free'),
      remedy: say('bring the API back first'),
    });
  }
  if (node !== undefined || named !== undefined) {
    blockers.push({
      host,
      message: say('the cluster has a Node {0} already', (node ?? named)?.name ?? nodeName),
      remedy: say('remove that node first, or give the machine another name'),
    });
  }
  for (const file of parameters.inBackends) {
    warnings.push({
      message: say('{0} sends to {1} already, while it is still joining', file, host),
      remedy: say('see that the load balancer checks it with HTTP, or add it afterwards'),
    });
  }
  return { blockers, warnings };
}

type MachineWork = Pick<JoinWork, 'machine' | 'state' | 'isServer'> & {
  readonly parameters: Pick<JoinWork['parameters'], 'facts' | 'clockSkewSec' | 'programs'>;
};

/** What a machine itself has against joining: clock, ports, leftovers, room, programs. */
export function machineConcerns(work: MachineWork): Concerns {
  const { machine, state, parameters } = work;
  const host = machine.name;
  const { facts, clockSkewSec } = parameters;
  if (facts === undefined) {
    const message = say('the machine did not answer');
    return { blockers: [{ host, message, remedy: say('see that SSH reaches it') }], warnings: [] };
  }
  return allConcerns([
    clockConcerns(host, clockSkewSec),
    { blockers: takenBlockers(work, facts), warnings: [] },
    { blockers: surroundingBlockers(host, facts), warnings: [] },
    state.cluster.distribution === 'k3s' ? k3sConcerns(work, facts) : kubeadmConcerns(host, facts),
  ]);
}

function clockConcerns(host: string, skewSec: number | undefined): Concerns {
  const offSec = Math.abs(skewSec ?? 0);
  if (skewSec === undefined || offSec < warnSkewSec) return noConcerns;
  const found: Concern = {
    host,
    message: say('its clock is {0} s off', Math.round(skewSec)),
    remedy: say('let it take the time from the same servers as the cluster'),
  };
  return offSec >= worstSkewSec ? { blockers: [found], warnings: [] } : { blockers: [], warnings: [found] };
}

/** A machine that runs k3s already, or something else on the ports of a node. */
function takenBlockers({ machine, state, isServer }: MachineWork, facts: JoinFacts): readonly Concern[] {
  const host = machine.name;
  const { distribution } = state.cluster;
  const runs = [...facts.units].filter(([, active]) => active === 'active' || active === 'activating');
  const own = distribution === 'k3s' ? ['k3s', 'k3s-agent'] : [];
  const running = runs.find(([name]) => own.includes(name))?.[0];
  if (running !== undefined) {
    return [
      {
        host,
        message: say('{0} runs there already', running),
        remedy: say('stop it and disable it, if the machine belongs to no other cluster'),
      },
    ];
  }
  const taken = ports[distribution][isServer ? 'server' : 'agent'].filter((port) => facts.ports.has(port));
  if (taken.length === 0) return [];
  return [
    {
      host,
      message: say('something listens on port {0} there', taken.join(', ')),
      remedy: say('stop it: the node needs these ports itself'),
    },
  ];
}

/** Addresses that it has to reach, its routes and its disk. */
function surroundingBlockers(host: string, facts: JoinFacts): readonly Concern[] {
  const blockers: Concern[] = [];
  for (const { url, code } of facts.unreached) {
    const remedy = say('open the way from {0}; see addresses, routes and firewalls', host);
    const message =
      code === 6
        ? say('the name in {0} is not known there', url)
        : code === 7
          ? say('{0} refuses connections from there', url)
          : say('{0} cannot be reached from there', url);
    blockers.push({ host, message, remedy });
  }
  if (!facts.hasRoute) {
    blockers.push({
      host,
      message: say('it has no default route, which kubelet needs to know its own address'),
      remedy: say('add one, if need be over a dummy interface'),
    });
  }
  if (facts.freeKib !== undefined && facts.freeKib < neededKib) {
    blockers.push({
      host,
      message: say('only {0} MiB are free below /var/lib', Math.floor(facts.freeKib / 1024)),
      remedy: say('make room: images and etcd need at least {0} MiB', neededKib / 1024),
    });
  }
  return blockers;
}

function k3sConcerns({ machine, isServer, parameters }: MachineWork, facts: JoinFacts): Concerns {
  const { blockers, warnings } = none();
  const host = machine.name;
  const [unit, other] = isServer ? ['k3s', 'k3s-agent'] : ['k3s-agent', 'k3s'];
  const isThere = parameters.programs.from === 'machine';
  if (isThere && facts.k3sVersion === undefined) {
    blockers.push({ host, message: say('k3s is not installed there'), remedy: say('let it be installed') });
  } else if (isThere && !facts.units.has(unit)) {
    blockers.push({ host, message: say('there is no unit {0}', unit), remedy: say('let it be installed') });
  }
  if (facts.units.has(other)) {
    blockers.push({
      host,
      message: say('it has the unit {0} as well, and both would run after a reboot', other),
      remedy: say('uninstall that first'),
    });
  }
  return { blockers, warnings };
}

function kubeadmConcerns(host: string, facts: JoinFacts): Concerns {
  const { blockers, warnings } = none();
  for (const path of facts.leftovers) {
    blockers.push({
      host,
      message: say('{0} is left from an earlier cluster', path),
      remedy: say('run "kubeadm reset -f" there, if nothing on it is needed'),
    });
  }
  if (!facts.hasContainerRuntime) {
    blockers.push({ host, message: say('no container runtime answers there'), remedy: say('install and start one') });
  }
  if (facts.swaps) {
    warnings.push({ host, message: say('swap is on: kubelet does not start unless it is told to bear that') });
  }
  return { blockers, warnings };
}

/** Nodes are not newer than the servers, and servers at most one minor release apart (Kubernetes version skew policy). */
function versionConcerns({ machine, state, isServer, parameters }: JoinWork): Concerns {
  const { blockers, warnings } = none();
  const host = machine.name;
  const { facts, nodes, programs } = parameters;
  const isK3s = state.cluster.distribution === 'k3s';
  const own = isK3s ? (programs.from === 'machine' ? facts?.k3sVersion : parameters.release) : facts?.kubeletVersion;
  const servers = nodes.filter((each) =>
    state.cluster.nodes.some((one) => one.roles.includes('server') && nodeOfMachine([each], one) !== undefined),
  );
  const [oldest] = servers.map((each) => each.version).sort(compareReleases);
  if (!isK3s && (facts?.kubeadmVersion === undefined || facts.kubeletVersion === undefined)) {
    blockers.push({
      host,
      message: say('kubeadm or kubelet is not installed there'),
      remedy: say('install the release that the cluster runs'),
    });
    return { blockers, warnings };
  }
  if (own === undefined || oldest === undefined) return { blockers, warnings };
  const minor = (release: string) => parseVersion(release)?.[1] ?? 0;
  const apart = minor(oldest) - minor(own);
  const remedy = say('install {0} there', oldest);
  if (apart < 0) {
    blockers.push({ host, message: say('it has {0}, which is newer than {1} of the servers', own, oldest), remedy });
  } else if (apart > (isServer ? 1 : 3)) {
    blockers.push({
      host,
      message: say('it has {0}, which is too old beside {1} of the servers', own, oldest),
      remedy,
    });
  } else if (compareReleases(own, oldest) !== 0) {
    warnings.push({ host, message: say('it has {0}, and the servers run {1}', own, oldest), remedy });
  }
  return { blockers, warnings };
}

function settingConcerns({ machine, state, isServer, through, withEtcd, asked, parameters }: JoinWork): Concerns {
  const { blockers, warnings } = none();
  const host = machine.name;
  const { config, differences, servedNames, programs, release, caHash } = parameters;
  const hostOf = /^\[?(.+?)\]?:\d+$/.exec(through)?.[1] ?? through;
  if (state.cluster.distribution === 'kubeadm') {
    if (caHash === undefined) {
      blockers.push({
        message: say('the certificate of the cluster could not be read on {0}', asked.name),
        remedy: say('see that openssl and /etc/kubernetes/pki/ca.crt are there'),
      });
    }
    if (state.cluster.endpoint === undefined && isServer) {
      blockers.push({
        message: say('the inventory names no endpoint, and a control plane joins only through one'),
        remedy: say('write "endpoint: host:port" in haven.yaml, as in controlPlaneEndpoint'),
      });
    }
  } else if (isServer) {
    for (const { key, own, running } of differences) {
      blockers.push({
        host,
        message: say('{0} is {1} here and {2} on the servers, which refuse it', key, own || '""', running || '""'),
        remedy:
          config === undefined
            ? say('name a file for {0} under "configs" in the inventory, with this setting', host)
            : say('set it alike in {0}', config.name),
      });
    }
    if (!withEtcd && config?.settings.get('disable-etcd') === 'true') {
      warnings.push({ host, message: say('disable-etcd is set: it joins without a member of etcd') });
    }
  }
  if (state.cluster.distribution === 'k3s' && programs.from !== 'machine' && release === undefined) {
    blockers.push({
      message: say('nobody told which release the servers run'),
      remedy: say('refresh the cluster first'),
    });
  }
  if (servedNames !== undefined && missingNames([hostOf], servedNames).length > 0) {
    blockers.push({
      host,
      message: say('the certificate of the API is not good for {0}, through which it joins', hostOf),
      remedy: say('join through another name, or add it to the names of the certificate first'),
    });
  }
  if (state.cluster.distribution === 'k3s' && isServer && state.vips.some((each) => each.address === hostOf)) {
    warnings.push({
      host,
      message: say('it joins through the virtual address {0}, which can lead it to itself', hostOf),
      remedy: say('name a server in "server:" while it joins'),
    });
  }
  return { blockers, warnings };
}
