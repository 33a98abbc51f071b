import { say } from '../base/message';
import type { InventoryNode } from '../model/inventory/inventory';
import { peerGone, removeMember, removePeer } from './commands/etcd-peer';
import { keepKubernetesStep } from './commands/keep-kubernetes';
import { deleteNode, nodeFree, nodeGone } from './commands/kubectl';
import { markSeen, withMark } from './commands/mark';
import { drainStep } from './drain-steps';
import { type MemberRow, memberGone } from './etcd-members';
import type { Step } from './plan';
import type { ClusterState } from './status/cluster-state';

/** A node that leaves, when nothing stands against it. */
interface RemoveWork {
  readonly state: ClusterState;
  readonly machine: InventoryNode;
  /** Its Node; undefined where the API lists none. */
  readonly node: string | undefined;
  /** What a Node that its kubelet makes again would be called; undefined where nobody can tell. */
  readonly ownName: string | undefined;
  /** A server that stays and is asked to take it out. */
  readonly asked: string;
  readonly row: MemberRow | undefined;
  /** Members that vote, this one among them. */
  readonly voters: number;
  readonly alive: boolean;
  readonly parameters: { readonly stamp: string; readonly drain: boolean; readonly uninstall: boolean };
}

/** In the order that `planRemove` says. */
export function removeSteps(work: RemoveWork): Step[] {
  const { machine, state, alive } = work;
  const isServer = machine.roles.includes('server');
  if (!alive) return [...deleteSteps(work), ...memberSteps(work)];
  const drain = drainSteps(work);
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
  if (memberGoesFirst(work)) {
    return [
      ...drain,
      holdStep(work),
      ...deleteSteps(work),
      ...memberSteps(work),
      ...newMemberSteps(work),
      stopStep(work),
      // A kubelet that was started anew in between would have made it again.
      ...deleteSteps(work, 'forget-node'),
      ...uninstallSteps(work),
    ];
  }
  return [
    ...drain,
    stopStep(work),
    ...deleteSteps(work),
    ...memberSteps(work),
    ...newMemberSteps(work),
    ...uninstallSteps(work),
  ];
}

/**
 * Whether a server of k3s may be on its way back while it leaves: its Node or its member was taken away before, and k3s
 * comes back by itself, as a voter under a new number, within a minute (seen: 36 s).
 */
function comesBack({ state, machine, node, row, alive }: RemoveWork): boolean {
  const isServer = machine.roles.includes('server');
  return alive && isServer && state.cluster.distribution === 'k3s' && (node === undefined || row === undefined);
}

/** Of two voters, the one that stays could not let the other go once it is silent; one that comes back is the second one. */
function memberGoesFirst(work: RemoveWork): boolean {
  const { voters, row } = work;
  return row === undefined ? comesBack(work) && voters <= 1 : voters <= 2;
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
  const last = isServer && memberGoesFirst(work);
  const isMember = isServer && row !== undefined && !row.learner && !last;
  const words = last ? [unholdScript, 'sh', unit, holdDropIn] : [stopScript, 'sh', unit];
  return {
    id: `stop@${host}`,
    host,
    title:
      isServer && row !== undefined && !last
        ? say('Stop {0} on {1} for good ({2} of {3} members stay up)', unit, host, voters - 1, voters)
        : say('Stop {0} on {1} for good', unit, host),
    risk: 'change',
    // One that came back meanwhile may vote: of two it is not stopped then, and a resume lets its new member go first.
    quorum: isMember || comesBack(work) ? { stops: [host] } : {},
    run: withMark({ argv: ['sh', '-c', ...words], root: true, timeoutSec: 120 }, markOf(work, 'stop')),
    done: markSeen(host, markOf(work, 'stop')),
    ...(!last && { undo: [startAgainStep(host, unit)] }),
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
  const { asked, state, machine, row, alive } = work;
  // A Node that was gone when this was planned may be there again: its kubelet makes it when it is started anew.
  const node = work.node ?? (alive ? work.ownName : undefined);
  if (node === undefined) return [];
  const { distribution } = state.cluster;
  const isFirst = name === 'delete-node';
  const isFirstToGo = machine.roles.includes('server') && distribution === 'k3s' && memberGoesFirst(work);
  const removes = isFirst && isFirstToGo && row !== undefined && !row.learner && alive;
  return [
    {
      id: `${name}@${machine.name}`,
      host: asked,
      title:
        work.node === undefined ? say('Delete the Node {0}, if there is one', node) : say('Delete the Node {0}', node),
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
  const remove = removeMember(distribution, row.id);
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
          : { ...remove, argv: ['sh', '-c', patientScript, 'sh', ...remove.argv], timeoutSec: 250 },
      done: memberGone(asked, distribution, row.id, 30),
    },
  ];
}

/** A member that is a new one since the plan was made has another number: it is known by its address. */
function newMemberSteps(work: RemoveWork): Step[] {
  const { asked, state, machine } = work;
  if (!comesBack(work)) return [];
  const { distribution } = state.cluster;
  return [
    {
      id: `leave@${machine.name}`,
      host: asked,
      title: say('Take the member of {0} out of etcd', machine.name),
      risk: 'destroy',
      noWayBack: true,
      run: removePeer(distribution, machine.address),
      done: peerGone(asked, distribution, machine.address, 30),
    },
  ];
}

/** The controller gets the time that it was seen to need; where it was faster, the member is in no list any more. */
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

/**
 * The old data stay until here, and are moved aside rather than deleted: whoever needs them back finds them. So do the volumes
 * that k3s makes on its nodes (local-path, `storage`), which the script of k3s deletes with the rest of its folder.
 */
const uninstallScript = `d=/var/lib/rancher/k3s
if [ -e "$d/server" ] && [ ! -e "$1" ]; then
  mkdir -p -- "\${1%/*}" && rm -rf -- "$1.part" && cp -a -- "$d/server" "$1.part" && mv -T -- "$1.part" "$1" || exit 1
fi
v=\${1%/*}/storage
if [ -n "$(ls -A "$d/storage" 2>/dev/null)" ]; then
  [ ! -e "$v" ] || { echo "volumes lie in $d/storage, and in $v already" >&2; exit 1; }
  mkdir -p -- "\${1%/*}" && mv -T -- "$d/storage" "$v" || exit 1
fi
for f in /usr/local/bin/k3s-uninstall.sh /usr/local/bin/k3s-agent-uninstall.sh; do
  if [ -x "$f" ]; then "$f"; fi
done
[ ! -e /usr/local/bin/k3s ]`;

function uninstallSteps(work: RemoveWork): Step[] {
  if (!work.parameters.uninstall) return [];
  const host = work.machine.name;
  const kept = `/var/lib/haven/kept/${work.parameters.stamp}/var/lib/rancher/k3s`;
  return [
    {
      id: `uninstall@${host}`,
      host,
      title: say('Take k3s off {0}; its server data and the volumes of its pods stay in {1}', host, kept),
      risk: 'destroy',
      noWayBack: true,
      quorum: {},
      run: withMark(
        // Volumes that come to lie on another disk are copied.
        { argv: ['sh', '-c', uninstallScript, 'sh', `${kept}/server`], root: true, timeoutSec: 3600 },
        markOf(work, 'uninstall'),
      ),
      done: markSeen(host, markOf(work, 'uninstall')),
    },
  ];
}
