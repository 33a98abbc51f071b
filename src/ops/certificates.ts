import { sameIp } from '../base/address';
import { say } from '../base/message';
import { certificateSerial, type NodeCertificates } from './commands/certificates';
import { ownTokenStep } from './commands/k3s-token';
import { keepKubernetesStep, keptKubernetes } from './commands/keep-kubernetes';
import { markSeen, stoppedOrMarkSeen, withMark } from './commands/mark';
import { podImagesStep } from './commands/pod-images';
import {
  startStaticPods,
  staticPodsStarted,
  staticPodsStopped,
  staticPodsUnstopped,
  stopStaticPods,
  unstopStaticPods,
} from './commands/static-pods';
import { isActive } from './commands/unit';
import { healthyAgain } from './healthy-again';
import { wrongMachine } from './node-identity';
import { membersOutlook } from './outlook';
import type { Concern, Plan, Step } from './plan';
import { refusedWrites } from './refused-writes';
import { clockWarnings } from './status/clocks';
import type { ClusterState, NodeState } from './status/cluster-state';
import { carriesEtcd, holderLast, leaderLast, type StopEffect, stopEffect, stopTitle } from './stop-effect';

const dayMs = 86_400_000;

/** A certificate of a node with the time it has left. */
export interface CertificateRow {
  readonly host: string;
  /** The file, or `host:port` of a served one. */
  readonly place: string;
  readonly served: boolean;
  readonly subject: string;
  readonly notAfterMs: number;
  /** Whole days, negative when it has ended. */
  readonly daysLeft: number;
  readonly names: readonly string[];
}

/** Every certificate of every node, the one that ends first on top, in one order whoever answers first. `nowMs` is milliseconds since 1970. */
export function certificateRows(facts: ReadonlyMap<string, NodeCertificates>, nowMs: number): CertificateRow[] {
  const rows = [...facts].flatMap(([host, { files, served }]) => [
    ...files.map((each) => ({ ...each, host, place: each.path, served: false })),
    ...served.map((each) => ({ ...each, host, place: each.endpoint, served: true })),
  ]);
  return rows
    .map(({ host, place, served, subject, notAfterMs, names }) => {
      return { host, place, served, subject, notAfterMs, daysLeft: Math.floor((notAfterMs - nowMs) / dayMs), names };
    })
    .sort((a, b) => a.notAfterMs - b.notAfterMs || a.place.localeCompare(b.place) || a.host.localeCompare(b.host));
}

/** The names among `wanted` that a certificate is not good for: addresses by value, DNS names without case, `*.` for one label. */
export function missingNames(wanted: readonly string[], names: readonly string[]): string[] {
  return wanted.filter((want) => !names.some((name) => covers(name, want)));
}

function covers(name: string, want: string): boolean {
  if (sameIp(name, want)) return true;
  const [given, asked] = [name.toLowerCase(), want.toLowerCase()];
  if (given === asked) return true;
  return given.startsWith('*.') && asked.includes('.') && asked.slice(asked.indexOf('.')) === given.slice(1);
}

interface RenewParameters {
  readonly stamp: string;
  /** Names of the nodes whose certificates are renewed; servers and, with k3s, agents. */
  readonly hosts: readonly string[];
}

/** A file that shows by another serial number that the certificates were renewed. */
const witness = {
  k3sServer: '/var/lib/rancher/k3s/server/tls/client-admin.crt',
  k3sAgent: '/var/lib/rancher/k3s/agent/client-kubelet.crt',
  kubeadm: '/etc/kubernetes/pki/apiserver.crt',
};

/**
 * Renews the certificates of nodes, one node after another, and sees that each works again before the next. Certificate
 * authorities stay as they are: joined nodes and kubeconfigs trust them.
 */
export function planRenewCertificates(
  state: ClusterState,
  facts: ReadonlyMap<string, NodeCertificates>,
  { stamp, hosts }: RenewParameters,
): Plan {
  const isK3s = state.cluster.distribution === 'k3s';
  const blockers: Concern[] = refusedWrites(state);
  const warnings: Concern[] = [...clockWarnings(state)];
  const nodes = hosts.flatMap((host) => state.nodes.find((each) => each.node.name === host) ?? []);
  const isServer = (each: NodeState) => each.node.roles.includes('server');
  const names = (list: readonly NodeState[]) => list.map((each) => each.node.name);
  const order = [
    ...holderLast(state, leaderLast(state, names(nodes.filter(isServer)))),
    ...names(nodes.filter((each) => !isServer(each))),
  ];
  const steps: Step[] = [];
  const checks: Step[] = [];
  for (const host of order) {
    const node = nodes.find((each) => each.node.name === host);
    if (node === undefined) continue;
    if (!isK3s && !isServer(node)) {
      warnings.push({ host, message: say('kubelet renews the certificate of a worker by itself, so it is left out') });
      continue;
    }
    blockers.push(...wrongMachine(state, host));
    const own = facts.get(host);
    const path = isK3s ? (isServer(node) ? witness.k3sServer : witness.k3sAgent) : witness.kubeadm;
    const serial = own?.files.find((each) => each.path === path)?.serial;
    if (own?.unreadable === true) {
      blockers.push({
        host,
        message: say('openssl is missing, so nobody could see whether the renewal worked'),
        remedy: say('install openssl there'),
      });
    } else if (serial === undefined) {
      blockers.push({
        host,
        message: say('{0} could not be read', path),
        remedy: say('see that the node answers and that it is a server or agent of this cluster'),
      });
    }
    const stop = stopEffect(state, host);
    if (stop.blocker !== undefined) blockers.push(stop.blocker);
    if (stop.warning !== undefined) warnings.push(stop.warning);
    const work = { state, host, etcd: carriesEtcd(node), stamp, serial: serial ?? '', path, stop };
    steps.push(...(isK3s ? k3sSteps(work, isServer(node)) : kubeadmSteps(work)));
    if (!isK3s) checks.push(podImagesStep(host));
    else if (isServer(node)) checks.push(ownTokenStep(host));
  }
  if (!isK3s && steps.length > 0) {
    warnings.push({
      message: say('kubeconfigs that were copied from /etc/kubernetes/admin.conf keep their old certificate'),
      remedy: say('copy it again afterwards'),
    });
  }
  return {
    operation: 'renew-certificates',
    cluster: state.cluster.name,
    title: say('Renew the certificates of {0}', order.join(', ')),
    blockers,
    warnings,
    outlook: membersOutlook(state, blockers.length > 0 ? [] : steps),
    // On all before the first one is stopped: one that lacks an image would leave the run in the middle.
    steps: blockers.length > 0 ? [] : [...checks, ...steps],
    wayBack: [
      isK3s
        ? say('k3s keeps the old certificates as server/tls-<time> and agent/*-<time>; put them back with k3s stopped')
        : say('The old certificates are kept in {0}', keptKubernetes(stamp)),
    ],
    destructive: false,
  };
}

interface RenewWork {
  readonly state: ClusterState;
  readonly host: string;
  readonly etcd: boolean;
  readonly stamp: string;
  readonly serial: string;
  readonly path: string;
  readonly stop: StopEffect;
}

function k3sSteps({ state, host, etcd, stamp, serial, path, stop }: RenewWork, isServer: boolean): Step[] {
  const unit = isServer ? 'k3s' : 'k3s-agent';
  const mark = (act: string) => `renew-${stamp}-${act}-${host}`;
  const act = (name: string, argv: [string, ...string[]], timeoutSec: number) => ({
    run: withMark({ argv, root: true, timeoutSec }, mark(name)),
    done: markSeen(host, mark(name)),
  });
  const start: Step = {
    id: `start@${host}`,
    host,
    title: say('Start {0} on {1}', unit, host),
    risk: 'change',
    ...act('start', ['systemctl', 'start', unit], 320),
  };
  return [
    {
      id: `stop@${host}`,
      host,
      title: stopTitle(unit, host, stop),
      risk: 'change',
      quorum: stop.quorum ?? {},
      run: { argv: ['systemctl', 'stop', unit], root: true, timeoutSec: 120 },
      done: stoppedOrMarkSeen(host, unit, mark('rotate')),
      undo: [
        {
          id: `start-again@${host}`,
          host,
          title: say('Start {0} on {1}', unit, host),
          risk: 'change',
          run: { argv: ['systemctl', 'start', unit], root: true, timeoutSec: 320 },
          done: isActive(host, unit, 60),
        },
      ],
    },
    {
      id: `rotate@${host}`,
      host,
      title: say('Move the old certificates of {0} aside', host),
      risk: 'change',
      ...act('rotate', ['k3s', 'certificate', 'rotate'], 60),
      onFailure: { undoTo: `stop@${host}` },
    },
    start,
    {
      id: `renewed@${host}`,
      host,
      title: say('See that {0} has new certificates', host),
      risk: 'read',
      waitFor: { host, command: certificateSerial(path), yesWhen: isOther(serial), withinSec: 60 },
    },
    isServer
      ? healthyAgain(host, state.cluster.distribution, etcd)
      : {
          id: `healthy@${host}`,
          host,
          title: say('See that {0} runs on {1}', unit, host),
          risk: 'read',
          waitFor: isActive(host, unit, 60),
        },
  ];
}

const putBackScript = `[ -e "$1/complete" ] || exit 0
cp -a -- "$1/pki/." /etc/kubernetes/pki/ && cp -a -- "$1"/*.conf /etc/kubernetes/ && sync && : >"$1/put-back"`;

function kubeadmSteps({ host, stamp, serial, path, etcd, stop }: RenewWork): Step[] {
  const folder = keptKubernetes(stamp);
  const mark = `renew-${stamp}-${host}`;
  const test = (name: string) => ({
    host,
    command: { argv: ['test', '-e', `${folder}/${name}`] as const, root: true, timeoutSec: 20 },
    yesWhen: { code: 0 },
    withinSec: 0,
  });
  return [
    keepKubernetesStep(host, stamp),
    {
      id: `renew@${host}`,
      host,
      title: say('Renew the certificates of {0}', host),
      risk: 'change',
      run: withMark({ argv: ['kubeadm', 'certs', 'renew', 'all'], root: true, timeoutSec: 120 }, mark),
      done: markSeen(host, mark),
      undo: [
        {
          id: `put-back@${host}`,
          host,
          title: say('Put the old certificates of {0} back', host),
          risk: 'change',
          run: { argv: ['sh', '-c', putBackScript, 'sh', folder], root: true, timeoutSec: 30 },
          done: test('put-back'),
        },
      ],
    },
    {
      id: `renewed@${host}`,
      host,
      title: say('See that {0} has new certificates', host),
      risk: 'read',
      waitFor: { host, command: certificateSerial(path), yesWhen: isOther(serial), withinSec: 0 },
      onFailure: { undoTo: `renew@${host}` },
    },
    ...restartStaticPods({ host, stamp, etcd, stop }),
  ];
}

/** Ports show a renewed certificate at once, but clients inside the pods hold the old one until they start anew. */
function restartStaticPods({ host, stamp, etcd, stop }: Pick<RenewWork, 'host' | 'stamp' | 'etcd' | 'stop'>): Step[] {
  return [
    {
      id: `stop-pods@${host}`,
      host,
      title: stopTitle('control plane', host, stop),
      risk: 'change',
      quorum: stop.quorum ?? {},
      run: stopStaticPods(stamp),
      done: staticPodsStopped(host, stamp),
      undo: [
        {
          id: `pods-back@${host}`,
          host,
          title: say('Start the control plane of {0}', host),
          risk: 'change',
          run: unstopStaticPods(stamp),
          done: staticPodsUnstopped(host, stamp),
        },
      ],
      onFailure: { undoTo: `stop-pods@${host}` },
    },
    {
      id: `start-pods@${host}`,
      host,
      title: say('Start the control plane of {0}', host),
      risk: 'change',
      run: startStaticPods(stamp),
      done: staticPodsStarted(host, stamp),
    },
    healthyAgain(host, 'kubeadm', etcd),
  ];
}

/** Another certificate than the one with this serial number is in the file. */
function isOther(serial: string) {
  return { all: [{ stdoutMatches: '^serial=' }, { stdoutLacks: `serial=${serial}\n` }] };
}
