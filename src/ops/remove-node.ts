import { say } from '../base/message';
import type { InventoryNode } from '../model/inventory/inventory';
import { etcdPost } from './commands/etcd-gateway';
import { keepKubernetesStep } from './commands/keep-kubernetes';
import { deleteNode, isNodeName, type KubeNode, nodeFree, nodeGone, nodeOfMachine } from './commands/kubectl';
import { markSeen, withMark } from './commands/mark';
import { drainStep } from './drain-steps';
import { type MemberFacts, type MemberRow, memberGone, memberRows } from './etcd-members';
import { identityConcerns } from './node-identity';
import { membersOutlook } from './outlook';
import type { Concern, Plan, Step } from './plan';
import { refusedWrites } from './refused-writes';
import { type ClusterState, statusOf } from './status/cluster-state';

export interface RemoveParameters {
  readonly stamp: string;
  /** Name of the node in the inventory. */
  readonly host: string;
  readonly nodes: readonly KubeNode[];
  readonly drain: boolean;
  /** Also takes k3s with all its data off the machine. kubeadm's reset always does. */
  readonly uninstall: boolean;
  /** Files of the repository whose load balancer still sends to the node. */
  readonly inBackends: readonly string[];
}

/**
 * Takes a server or agent out of the cluster. The order depends on the number of voters: of three and more, the server is
 * stopped before its Node is deleted, because a running one comes back within a minute; of two, stopping first would take
 * the quorum, so its member goes first while it runs and is kept from starting again. A machine that does not answer is
 * taken out of the lists alone.
 */
export function planRemove(state: ClusterState, facts: MemberFacts, parameters: RemoveParameters): Plan {
  const { host, nodes, inBackends } = parameters;
  const { cluster } = state;
  const blockers: Concern[] = refusedWrites(state);
  const warnings: Concern[] = [];
  const machine = cluster.nodes.find((each) => each.name === host);
  const reached = state.nodes.find((each) => each.node.name === host);
  const node = machine === undefined ? undefined : nodeOfMachine(nodes, machine);
  const rows = memberRows(state, facts);
  const row = rows.find((each) => each.host === host);
  const alive = reached?.report.kind === 'answered';
  const asked = askedFor(state, rows, host);

  if (machine === undefined || !(machine.roles.includes('server') || machine.roles.includes('agent'))) {
    blockers.push({
      host,
      message: say('{0} is no server or agent of this cluster', host),
      remedy: say('choose a server or an agent'),
    });
  }
  if (asked === undefined) {
    blockers.push({
      message: say('no other server answers, so nobody could take {0} out', host),
      remedy: say('bring another server back, or restore from a snapshot'),
    });
  }
  if (node !== undefined && !isNodeName(node.name)) {
    blockers.push({ message: say('"{0}" cannot be the name of a Node', node.name) });
  }
  if (machine !== undefined && node !== undefined) {
    const identity = identityConcerns(state, nodes, machine, node);
    blockers.push(...identity.blockers);
    warnings.push(...identity.warnings);
  }
  const servers = cluster.nodes.filter((each) => each.roles.includes('server'));
  if (machine?.roles.includes('server') === true && servers.length === 1) {
    blockers.push({
      host,
      message: say('{0} is the only server: without it there is no cluster', host),
      remedy: say('join another server first'),
    });
  }
  const isMember = machine?.roles.includes('server') === true && row !== undefined;
  const voters = rows.filter((each) => !each.learner);
  const answering = voters.filter((each) => each.facts !== undefined && each.host !== host).length;
  if (machine?.roles.includes('server') === true && rows.length === 0) {
    blockers.push({
      message: say('no member with a leader told who the members are'),
      remedy: say('when the quorum is lost, bring members back or restore from a snapshot'),
    });
  }
  if (isMember) {
    const after = voters.length - (row?.learner === true ? 0 : 1);
    const needed = Math.floor(after / 2) + 1;
    if (after > 0 && answering < needed) {
      blockers.push({
        host,
        message: say(
          'without {0}, {1} of {2} members would answer, and {3} are needed',
          host,
          answering,
          after,
          needed,
        ),
        remedy: say('take the dead members out first, or bring them back'),
      });
    }
    if (after > 0 && after % 2 === 0) {
      warnings.push({
        message: say('{0} members bear no more failures than {1}', after, after - 1),
        remedy: say('join another server soon'),
      });
    }
    if (after === 1) warnings.push({ message: say('one member bears no failure at all') });
  }
  if (!alive && machine !== undefined) {
    warnings.push({
      host,
      message: say('{0} does not answer: it is only taken out of the lists', host),
      remedy: say('see that it never starts again with its old data'),
    });
  }
  for (const file of inBackends) {
    warnings.push({
      message: say('{0} still sends to {1}', file, host),
      remedy: say('take it out there and push the file'),
    });
  }
  if (cluster.nodes.filter((each) => each.roles.includes('loadbalancer')).some((each) => each.name === host)) {
    warnings.push({ host, message: say('{0} is a load balancer too: haproxy and keepalived stay on it', host) });
  }
  const units = reached === undefined ? undefined : statusOf(reached)?.units;
  const hasKeepalived = units?.some((each) => each.name === 'keepalived' && each.active === 'active') === true;
  // A load balancer is there to carry the address; a server that leaves would carry it where nothing answers.
  if (hasKeepalived && machine?.roles.includes('loadbalancer') === false && state.vips.length > 0) {
    const addresses = state.vips.map((each) => each.address).join(', ');
    warnings.push({
      host,
      message: say('keepalived stays on {0} and may carry {1} where no API server is any more', host, addresses),
      remedy: say('take the node out of keepalived on all nodes, and stop it there, before you remove it'),
    });
  }
  if (
    node !== undefined &&
    !node.controlPlane &&
    machine?.roles.includes('server') === true &&
    cluster.distribution === 'k3s'
  ) {
    warnings.push({ host, message: say('the Node {0} does not carry the label of a server', node.name) });
  }
  const steps =
    machine === undefined || asked === undefined
      ? []
      : stepsFor({ state, machine, node: node?.name, asked, row, voters: voters.length, alive, parameters });
  return {
    operation: 'remove-node',
    cluster: cluster.name,
    title: isMember
      ? say('Remove the server {0}: {1} members stay', host, voters.length - 1)
      : say('Remove {0} from {1}', host, cluster.name),
    blockers,
    warnings,
    outlook: blockers.length > 0 ? [] : membersOutlook(state, steps, { leaves: isMember ? [host] : [] }),
    steps: blockers.length > 0 ? [] : steps,
    wayBack: [say('A removed node joins again as a new one: "Join Node"')],
    destructive: true,
  };
}

/** A server that answers and stays: best the one that leads. */
function askedFor(state: ClusterState, rows: readonly MemberRow[], host: string): string | undefined {
  const able = state.nodes.filter(
    (each) => each.node.roles.includes('server') && each.report.kind === 'answered' && each.node.name !== host,
  );
  const leader = rows.find((each) => each.leads)?.host;
  return (able.find((each) => each.node.name === leader) ?? able[0])?.node.name;
}

interface RemoveWork {
  readonly state: ClusterState;
  readonly machine: InventoryNode;
  readonly node: string | undefined;
  readonly asked: string;
  readonly row: MemberRow | undefined;
  readonly voters: number;
  readonly alive: boolean;
  readonly parameters: RemoveParameters;
}

function stepsFor(work: RemoveWork): Step[] {
  const { machine, state, row, voters, alive } = work;
  const isServer = machine.roles.includes('server');
  const drain = alive ? drainSteps(work) : [];
  if (!alive) return [...deleteSteps(work), ...memberSteps(work)];
  if (state.cluster.distribution === 'kubeadm') {
    // reset takes the member out only while the Node is still there, so the Node goes last.
    const keep = keepKubernetesStep(machine.name, work.parameters.stamp);
    return [
      ...drain,
      keep,
      beginStep(work),
      resetStep(work),
      ...(isServer ? memberSteps(work) : []),
      ...deleteSteps(work),
    ];
  }
  if (!isServer) return [...drain, stopStep(work), ...deleteSteps(work), ...uninstallSteps(work)];
  const memberGoesFirst = voters <= 2 && row !== undefined;
  if (memberGoesFirst) {
    return [
      ...drain,
      holdStep(work),
      ...deleteSteps(work),
      ...memberSteps(work),
      stopStep(work),
      // A kubelet that was started anew in between would have made it again.
      ...deleteSteps(work, 'forget-node'),
      ...uninstallSteps(work),
    ];
  }
  return [...drain, stopStep(work), ...deleteSteps(work), ...memberSteps(work), ...uninstallSteps(work)];
}

const markOf = ({ parameters, machine }: RemoveWork, act: string): string => {
  return `remove-${parameters.stamp}-${act}-${machine.name}`;
};

function drainSteps(work: RemoveWork): Step[] {
  const { parameters, node, asked, state, machine } = work;
  if (!parameters.drain || node === undefined) return [];
  const { distribution } = state.cluster;
  // A Node that was deleted meanwhile has nothing to be let.
  const free = nodeFree(asked, distribution, node);
  return [drainStep({ host: machine.name, asked, distribution, node }, markOf(work, 'drain'), free)];
}

/** In memory, so that a machine that is rebooted is as it was; `systemctl disable` in the stop step is what stays. */
const holdDropIn = '/run/systemd/system/k3s.service.d/90-haven-removal.conf';

const holdScript = `mkdir -p -- "\${1%/*}" && printf '[Service]\\nRestart=no\\n' >"$1" || exit 1
systemctl disable k3s && systemctl daemon-reload`;

/** k3s writes the tombstone when its member was taken out: then there is nothing to go back to. */
const tombstone = '/var/lib/rancher/k3s/server/db/etcd/tombstone';
const releaseScript = `[ ! -e ${tombstone} ] || exit 0
rm -f -- "$1"; systemctl daemon-reload
systemctl enable k3s && systemctl start --no-block k3s`;
const releasedScript = `if [ -e ${tombstone} ]; then echo gone; elif [ ! -e "$1" ]; then systemctl is-active k3s; fi`;

function holdStep(work: RemoveWork): Step {
  const host = work.machine.name;
  return {
    id: `hold@${host}`,
    host,
    title: say('Keep k3s on {0} from starting again once it ends', host),
    risk: 'change',
    run: withMark(
      { argv: ['sh', '-c', holdScript, 'sh', holdDropIn], root: true, timeoutSec: 30 },
      markOf(work, 'hold'),
    ),
    done: markSeen(host, markOf(work, 'hold')),
    undo: [
      {
        id: `release@${host}`,
        host,
        title: say('Let k3s on {0} start by itself again, and start it', host),
        risk: 'change',
        run: { argv: ['sh', '-c', releaseScript, 'sh', holdDropIn], root: true, timeoutSec: 60 },
        done: {
          host,
          command: { argv: ['sh', '-c', releasedScript, 'sh', holdDropIn], root: true, timeoutSec: 20 },
          yesWhen: { stdoutMatches: '^(?:gone|active)$' },
          withinSec: 180,
        },
      },
    ],
  };
}

const stopScript = `systemctl disable "$1"; systemctl stop "$1"
case $(systemctl is-active "$1") in inactive|failed) ;; *) exit 1;; esac`;

/** A unit that is stopped for good is held no longer: one that joins again has to start again when it crashes. */
const unholdScript = `${stopScript}
rm -f -- "$2" && systemctl daemon-reload`;

function stopStep(work: RemoveWork): Step {
  const { machine, voters, row } = work;
  const host = machine.name;
  const isServer = machine.roles.includes('server');
  const unit = isServer ? 'k3s' : 'k3s-agent';
  const last = voters <= 2;
  const words = isServer && last ? [unholdScript, 'sh', unit, holdDropIn] : [stopScript, 'sh', unit];
  return {
    id: `stop@${host}`,
    host,
    title:
      isServer && row !== undefined && !last
        ? say('Stop {0} on {1} for good ({2} of {3} members stay up)', unit, host, voters - 1, voters)
        : say('Stop {0} on {1} for good', unit, host),
    risk: 'change',
    quorum: isServer && row !== undefined && !row.learner && !last ? { stops: [host] } : {},
    run: withMark({ argv: ['sh', '-c', ...words], root: true, timeoutSec: 120 }, markOf(work, 'stop')),
    done: markSeen(host, markOf(work, 'stop')),
    ...(!(isServer && last) && { undo: [startAgainStep(host, unit)] }),
  };
}

const startScript = 'systemctl enable "$1" && systemctl start --no-block "$1"';
const startedScript = 'systemctl is-enabled "$1" && systemctl is-active "$1"';

/** While its Node and its member are there, a server that was stopped goes on where it was. */
function startAgainStep(host: string, unit: string): Step {
  return {
    id: `start-again@${host}`,
    host,
    title: say('Let {0} on {1} start at every boot again, and start it', unit, host),
    risk: 'change',
    run: { argv: ['sh', '-c', startScript, 'sh', unit], root: true, timeoutSec: 60 },
    done: {
      host,
      command: { argv: ['sh', '-c', startedScript, 'sh', unit], root: true, timeoutSec: 20 },
      yesWhen: { stdoutMatches: '^active$' },
      withinSec: 180,
    },
  };
}

function deleteSteps(work: RemoveWork, name: 'delete-node' | 'forget-node' = 'delete-node'): Step[] {
  const { node, asked, state, machine, row, voters, alive } = work;
  if (node === undefined) return [];
  const { distribution } = state.cluster;
  const isFirst = name === 'delete-node';
  const removes = isFirst && distribution === 'k3s' && row !== undefined && !row.learner && alive && voters <= 2;
  return [
    {
      id: `${name}@${machine.name}`,
      host: asked,
      title: say('Delete the Node {0}', node),
      risk: 'destroy',
      noWayBack: true,
      ...(removes && { quorum: { removes: [machine.name] } }),
      // Held back and without the other one, neither of two could go on: then it is started again.
      ...(removes && { onFailure: { undoTo: `hold@${machine.name}` } }),
      run: deleteNode(distribution, node),
      done: nodeGone(asked, distribution, node, 30),
    },
  ];
}

/**
 * The controller of k3s takes the member of a deleted Node out within seconds; of a stopped server's Node without its
 * annotations it does not, and kubeadm's reset says 0 either way. So the list is looked at, and the member taken out if it
 * is still there.
 */
function memberSteps(work: RemoveWork): Step[] {
  const { row, asked, state, machine } = work;
  if (row === undefined) return [];
  const { distribution } = state.cluster;
  const remove = etcdPost(distribution, 'cluster/member/remove', { ID: row.id }, 20);
  return [
    {
      id: `member@${machine.name}`,
      host: asked,
      title: say('See that the member {0} has left etcd, or take it out', row.name === '' ? row.id : row.name),
      risk: 'destroy',
      noWayBack: true,
      run:
        distribution === 'kubeadm'
          ? remove
          : { ...remove, argv: ['sh', '-c', patientScript, 'sh', ...remove.argv], timeoutSec: 45 },
      done: memberGone(asked, distribution, row.id, 30),
    },
  ];
}

/** The controller gets the time that it was seen to need; where it was faster, etcd says that there is no such member. */
const patientScript = 'sleep 10; "$@"';

/**
 * A reset that fails half way has taken the member out, or deleted what kubelet reads, or both, and exits with something else
 * than 0: nobody can say that nothing happened. So what stands before it is not taken back any more once it may have begun.
 */
function beginStep(work: RemoveWork): Step {
  const { machine, row } = work;
  const host = machine.name;
  return {
    id: `begin-reset@${host}`,
    host,
    title: say('Note on {0} that its reset begins: from here on it is only gone on with', host),
    risk: 'change',
    noWayBack: true,
    ...(row !== undefined && !row.learner && { quorum: { removes: [host] } }),
    run: withMark({ argv: ['true'], root: true, timeoutSec: 20 }, markOf(work, 'begin-reset')),
    done: markSeen(host, markOf(work, 'begin-reset')),
  };
}

function resetStep(work: RemoveWork): Step {
  const { machine, row, voters } = work;
  const host = machine.name;
  return {
    id: `reset@${host}`,
    host,
    title:
      row === undefined
        ? say('Reset {0} with kubeadm', host)
        : say('Reset {0} with kubeadm: its member leaves etcd ({1} of {2} stay)', host, voters - 1, voters),
    risk: 'destroy',
    noWayBack: true,
    ...(row !== undefined && !row.learner && { quorum: { removes: [host] } }),
    run: withMark({ argv: ['kubeadm', 'reset', '-f'], root: true, timeoutSec: 180 }, markOf(work, 'reset')),
    done: markSeen(host, markOf(work, 'reset')),
  };
}

/** The old data stay until here, and are moved aside rather than deleted: whoever needs them back finds them. */
const uninstallScript = `d=/var/lib/rancher/k3s
if [ -e "$d/server" ] && [ ! -e "$1" ]; then
  mkdir -p -- "\${1%/*}" && rm -rf -- "$1.part" && cp -a -- "$d/server" "$1.part" && mv -T -- "$1.part" "$1" || exit 1
fi
for f in /usr/local/bin/k3s-uninstall.sh /usr/local/bin/k3s-agent-uninstall.sh; do
  if [ -x "$f" ]; then "$f"; fi
done
[ ! -e /usr/local/bin/k3s ]`;

function uninstallSteps(work: RemoveWork): Step[] {
  if (!work.parameters.uninstall) return [];
  const host = work.machine.name;
  const kept = `/var/lib/haven/kept/${work.parameters.stamp}/var/lib/rancher/k3s/server`;
  return [
    {
      id: `uninstall@${host}`,
      host,
      title: say('Take k3s off {0}; a copy of its server data stays in {1}', host, kept),
      risk: 'destroy',
      noWayBack: true,
      quorum: {},
      run: withMark(
        { argv: ['sh', '-c', uninstallScript, 'sh', kept], root: true, timeoutSec: 180 },
        markOf(work, 'uninstall'),
      ),
      done: markSeen(host, markOf(work, 'uninstall')),
    },
  ];
}
