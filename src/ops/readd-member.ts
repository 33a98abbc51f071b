import { say } from '../base/message';
import type { Command, Probe } from './command';
import { containersLeft, dataUsed } from './commands/containers-left';
import { etcdPost } from './commands/etcd-gateway';
import { peerGone, peerUrl, peerVotes, removePeer } from './commands/etcd-peer';
import { podImagesStep } from './commands/pod-images';
import { type MemberFacts, memberRows, stillLearning, unlisted } from './etcd-members';
import { healthyAgain } from './healthy-again';
import { wrongMachine } from './node-identity';
import { membersOutlook } from './outlook';
import type { Concern, Plan, Step } from './plan';
import { refusedWrites } from './refused-writes';
import { type ClusterState, statusOf } from './status/cluster-state';

interface ReaddMemberParameters {
  readonly stamp: string;
  /** Name of the control plane whose member was taken out. */
  readonly host: string;
}

/**
 * Lets the etcd of a kubeadm control plane, whose member was taken out of the list while the machine stayed, be a member
 * again: its data move aside, a new member is added as one that learns, starts empty, is sent everything, and then votes.
 * What it had alone is not brought back. A machine without its files joins with "Join Node", and so does a server of k3s.
 */
export function planReaddMember(state: ClusterState, facts: MemberFacts, { stamp, host }: ReaddMemberParameters): Plan {
  const rows = memberRows(state, facts);
  const node = state.nodes.find((each) => each.node.name === host);
  const address = node?.node.address ?? '';
  const url = peerUrl(address);
  const blockers: Concern[] = [...refusedWrites(state), ...wrongMachine(state, host)];
  const warnings: Concern[] = [];
  if (state.cluster.distribution === 'k3s') {
    blockers.push({
      host,
      message: say('a server of k3s that was taken out joins as a new one'),
      remedy: say('use "Join Node"'),
    });
  } else if (node === undefined || !node.node.roles.includes('server')) {
    blockers.push({ host, message: say('{0} is no server of this cluster', host), remedy: say('choose a server') });
  } else if (statusOf(node)?.units.some((each) => each.name === 'kubelet' && each.active === 'active') !== true) {
    blockers.push({
      host,
      message: say('kubelet does not run there'),
      remedy: say('start it; a machine that was reset joins with "Join Node"'),
    });
  }
  const voters = rows.filter((each) => !each.learner);
  const asked = voters.find((each) => each.leads && each.host !== host) ?? voters.find((each) => each.host !== host);
  if (rows.length === 0 || asked?.host === undefined) blockers.push(unlisted);
  if (rows.some((each) => each.peerUrls.includes(url))) {
    blockers.push({
      host,
      message: say('its member is still in the list'),
      remedy: say('take it out first, if it cannot be brought back'),
    });
  }
  for (const dead of rows.filter((each) => each.facts === undefined)) {
    blockers.push({
      message: say('{0} does not answer, and etcd adds no member meanwhile', dead.name),
      remedy: say('bring it back or take it out of etcd first'),
    });
  }
  if (rows.some((each) => each.learner)) {
    blockers.push(stillLearning);
  }
  if ((voters.length + 1) % 2 === 0) {
    warnings.push({
      message: say('{0} members bear no more failures than {1}', voters.length + 1, voters.length),
      remedy: say('join another server soon'),
    });
  }
  const from = asked?.host;
  const all = [...rows.map((each) => `${each.name}=${each.peerUrls[0] ?? ''}`)].join(',');
  return {
    operation: 'readd-member',
    cluster: state.cluster.name,
    title: say('Let {0} be a member of etcd again: {1} members then vote', host, voters.length + 1),
    blockers,
    warnings,
    outlook: blockers.length > 0 || from === undefined ? [] : membersOutlook(state, [], { joins: 1 }),
    steps: blockers.length > 0 || from === undefined ? [] : readdSteps({ host, from, stamp, address, url, all }),
    wayBack: [
      say('Its former data stay on {0} as {1}', host, `/var/lib/etcd/haven-removed-${stamp}`),
      say('Until it is done it is taken back: the new member leaves, and the former data and etcd.yaml are put back'),
    ],
    destructive: false,
  };
}

interface Readd {
  readonly host: string;
  /** The server that is asked to change the list. */
  readonly from: string;
  readonly stamp: string;
  readonly address: string;
  readonly url: string;
  /** The members there are, as `--initial-cluster` wants them. */
  readonly all: string;
}

/** $1 act, $2 folder for the manifest, $3 stamp, $4 members there are. Every act may be repeated. */
const script = `act=$1 out=$2 stamp=$3 members=$4
m=/etc/kubernetes/manifests/etcd.yaml
flag() { sed -n "s/^ *- *--$1=//p" "$out/etcd.yaml" | head -n 1; }
${containersLeft(['etcd'])}
${dataUsed}
off() { [ ! -e "$m" ] && [ "$(left)" -eq 0 ]; }
gone() { i=0; until [ "$(left)" -eq 0 ]; do i=$((i + 1)); [ $i -le 60 ] || { echo 'etcd still runs after 60 s' >&2; exit 1; }; sleep 1; done; }
# Nothing is moved under an etcd that runs, whoever has started it.
# A log that lies elsewhere (wal-dir) would stay that of the former member.
data() { d=$(flag data-dir); [ -n "$d" ] && [ -z "$(flag wal-dir)" ] && off && ! used "$d" || { echo 'etcd runs, or its data are not known' >&2; exit 1; }; }
case $act in
stop)
  mkdir -p -- "$out" || exit 1
  [ -e "$out/etcd.yaml" ] || mv -- "$m" "$out/etcd.yaml" || exit 1
  sync; gone; : >"$out/stopped";;
is-stop) [ -e "$out/stopped" ] && echo yes;;
unstop)
  if [ -e "$out/etcd.yaml" ]; then mv -f -- "$out/etcd.yaml" "$m" || exit 1; fi
  rm -f -- "$out/stopped";;
is-unstop) [ -e "$out/etcd.yaml" ] || [ -e "$out/stopped" ] || echo yes;;
aside)
  data
  if [ -e "$d/member" ] && [ ! -e "$d/haven-removed-$stamp" ]; then mv -T -- "$d/member" "$d/haven-removed-$stamp" || exit 1; fi
  sync; : >"$out/aside";;
is-aside) [ -e "$out/aside" ] && echo yes;;
unaside)
  [ -e "$out/aside" ] || exit 0
  data
  if [ -e "$d/haven-removed-$stamp" ]; then
    rm -rf -- "$d/haven-readded-$stamp"
    [ ! -e "$d/member" ] || mv -T -- "$d/member" "$d/haven-readded-$stamp" || exit 1
    mv -T -- "$d/haven-removed-$stamp" "$d/member" || exit 1
  fi
  rm -f -- "$out/aside";;
is-unaside) [ -e "$out/aside" ] || echo yes;;
start)
  put() { printf '%s\\n' "$1" || exit 1; }
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in
    *'- --initial-cluster-state='*) ;;
    *'- --initial-cluster='*)
      put "\${line%%--*}--initial-cluster=$members,$(flag name)=$(flag initial-advertise-peer-urls)"
      put "\${line%%--*}--initial-cluster-state=existing";;
    *) put "$line";;
    esac
  done <"$out/etcd.yaml" >"$out/next" || exit 1
  chmod 600 "$out/next" && mv -f -- "$out/next" "$m" && sync;;
is-start) grep -q -- '--initial-cluster-state=existing' "$m" 2>/dev/null && [ -e "$out/etcd.yaml" ] && echo yes;;
unstart)
  if [ -e "$out/etcd.yaml" ] && [ -e "$m" ]; then mv -f -- "$m" "$out/tried"; fi
  gone;;
is-unstart) if [ ! -e "$out/etcd.yaml" ] || off; then echo yes; fi;;
esac
exit 0`;

/** $1 peer, $2 base, then curl with its certificates: adds one that learns; etcd refuses for seconds after a start. */
const addScript = `peer=$1 base=$2; shift 2
i=0
while :; do
  case $("$@" -d '{}' "$base/v3/cluster/member/list") in *"\\"$peer\\""*) exit 0;; esac
  said=$("$@" -d "{\\"peerURLs\\":[\\"$peer\\"],\\"isLearner\\":true}" "$base/v3/cluster/member/add")
  i=$((i + 1)); [ $i -lt 10 ] || { printf '%s\\n' "$said" >&2; exit 1; }
  sleep 2
done`;

const promoteScript = `peer=$1 base=$2; shift 2
i=0
while :; do
  one=$("$@" -d '{}' "$base/v3/cluster/member/list" | tr '{' '\\n' | grep -F "\\"$peer\\"")
  case $one in *'"isLearner":true'*) ;; ?*) exit 0;; esac
  id=$(printf '%s\\n' "$one" | sed -n 's/^"ID":"\\([0-9]*\\)".*/\\1/p')
  said=$("$@" -d "{\\"ID\\":\\"$id\\"}" "$base/v3/cluster/member/promote")
  i=$((i + 1)); [ $i -lt 90 ] || { printf '%s\\n' "$said" >&2; exit 1; }
  sleep 2
done`;

/** The five of a member that comes back; each may be taken back until it votes. */
function readdSteps(work: Readd): Step[] {
  const onFailure = { undoTo: `stop-etcd@${work.host}` };
  const steps = [stopEtcdStep(work), asideStep(work), addStep(work), startEtcdStep(work), promoteStep(work)];
  return [
    podImagesStep(work.host),
    ...steps.map((step): Step => ({ ...step, onFailure })),
    healthyAgain(work.host, 'kubeadm', true),
  ];
}

function command({ stamp, all }: Readd, act: string, timeoutSec: number): Command {
  const out = `/etc/kubernetes/haven-readd-${stamp}`;
  return { argv: ['sh', '-c', script, 'sh', act, out, stamp, all], root: true, timeoutSec };
}

/** An act of the script with its question. */
function act(work: Readd, name: string, timeoutSec: number): { readonly run: Command; readonly done: Probe } {
  const { host } = work;
  return {
    run: command(work, name, timeoutSec),
    done: { host, command: command(work, `is-${name}`, 20), yesWhen: { stdoutMatches: '^yes$' }, withinSec: 0 },
  };
}

/** A script that asks etcd's gateway with the certificates of the server it runs on. */
function asking({ url }: Readd, text: string, timeoutSec: number): Command {
  const { argv } = etcdPost('kubeadm', 'cluster/member/list');
  const address = String(argv.at(-1));
  const curl = argv.slice(0, argv.indexOf('-d'));
  const base = address.slice(0, address.indexOf('/v3/'));
  return { argv: ['sh', '-c', text, 'sh', url, base, ...curl], root: true, timeoutSec };
}

function stopEtcdStep(work: Readd): Step {
  const { host } = work;
  return {
    id: `stop-etcd@${host}`,
    host,
    title: say('Keep etcd on {0} from starting, a reboot included', host),
    risk: 'change',
    quorum: {},
    ...act(work, 'stop', 120),
    undo: [
      {
        id: `etcd-yaml-back@${host}`,
        host,
        title: say('Put etcd.yaml of {0} back as it was', host),
        risk: 'change',
        ...act(work, 'unstop', 30),
      },
    ],
  };
}

function asideStep(work: Readd): Step {
  const { host } = work;
  return {
    id: `aside@${host}`,
    host,
    title: say('Move the data of its former member aside'),
    risk: 'change',
    ...act(work, 'aside', 60),
    undo: [
      {
        id: `data-back@${host}`,
        host,
        title: say('Put the former data of etcd on {0} back', host),
        risk: 'change',
        ...act(work, 'unaside', 60),
      },
    ],
  };
}

function addStep(work: Readd): Step {
  const { host, from, url, address } = work;
  return {
    id: `add@${host}`,
    host: from,
    title: say('Add {0} to the members as one that learns', url),
    risk: 'change',
    run: asking(work, addScript, 120),
    done: {
      host: from,
      command: etcdPost('kubeadm', 'cluster/member/list'),
      yesWhen: { stdoutHas: `"${url}"` },
      withinSec: 0,
    },
    undo: [
      {
        id: `leave@${host}`,
        host: from,
        title: say('Take the member of {0} out of etcd', host),
        risk: 'change',
        run: removePeer('kubeadm', address),
        done: peerGone(from, 'kubeadm', address, 20),
      },
    ],
  };
}

function startEtcdStep(work: Readd): Step {
  const { host } = work;
  return {
    id: `start-etcd@${host}`,
    host,
    title: say('Let etcd on {0} start empty, as a member of the others', host),
    risk: 'change',
    ...act(work, 'start', 30),
    undo: [
      {
        id: `stop-again@${host}`,
        host,
        title: say('Stop etcd on {0}', host),
        risk: 'change',
        quorum: {},
        ...act(work, 'unstart', 120),
      },
    ],
  };
}

function promoteStep(work: Readd): Step {
  const { host, from, address } = work;
  return {
    id: `promote@${host}`,
    host: from,
    title: say('Let it vote as soon as it has what the others have'),
    risk: 'change',
    run: asking(work, promoteScript, 300),
    done: peerVotes(from, 'kubeadm', address, 60),
  };
}
