import { say } from '../base/message';
import type { InventoryNode } from '../model/inventory/inventory';
import { keptPath, replaceFile, stagedPath } from './commands/config-file';
import { makeFolderStep, removeFilesStep } from './commands/folder';
import { keepKubernetesStep } from './commands/keep-kubernetes';
import { isNodeName, type KubeNode, kubectl, nodeAlive, nodeOfMachine } from './commands/kubectl';
import { markSeen, withMark } from './commands/mark';
import { putBackStep } from './commands/put-back';
import { serverHealthy } from './commands/server-health';
import { isActive } from './commands/unit';
import { drainStep, uncordonStep } from './drain-steps';
import { healthyAgain } from './healthy-again';
import type { LocalFile } from './local-file';
import { identityConcerns } from './node-identity';
import { membersOutlook } from './outlook';
import type { Concern, Plan, Step } from './plan';
import { refusedWrites } from './refused-writes';
import { saveSteps } from './snapshot';
import { type ClusterState, statusOf } from './status/cluster-state';
import { carriesEtcd, holderLast, leaderLast, restartTitle, type StopEffect, stopEffect } from './stop-effect';
import { canGoBack, keepSettings, manifestsBack, programBack } from './upgrade-back';
import { isRelease, skewConcerns } from './version-skew';

/** Programs of a new release that lie on this machine: `k3s`, or `kubeadm`, `kubelet` and `kubectl`. */
export interface UpgradePrograms {
  readonly release: string;
  /** By the path that they get on a node: `/usr/local/bin/k3s`. Absent: each node has them already or downloads them. */
  readonly files: ReadonlyMap<string, LocalFile>;
  /** Let each node download k3s of this release from the project's own page and compare its hash. */
  readonly online: boolean;
}

export interface RollingParameters {
  readonly stamp: string;
  /** Names of the nodes in the inventory. */
  readonly hosts: readonly string[];
  /** The Nodes as the API lists them. */
  readonly nodes: readonly KubeNode[];
  readonly drain: boolean;
  /** Absent: only restarted. */
  readonly upgrade?: UpgradePrograms;
}

/**
 * Restarts nodes one after another, with another release when one is given: the servers first, whoever leads or carries
 * the address last of them, then the others. It ends at the first node that does not come back as it was.
 */
export function planRolling(state: ClusterState, parameters: RollingParameters): Plan {
  const { stamp, hosts, nodes, upgrade } = parameters;
  const { distribution } = state.cluster;
  const blockers: Concern[] = [];
  const warnings: Concern[] = [];
  const machines = hosts.flatMap((host) => state.cluster.nodes.find((each) => each.name === host) ?? []);
  const isServer = (each: InventoryNode) => each.roles.includes('server');
  const servers = machines.filter(isServer).map((each) => each.name);
  const order = [
    ...holderLast(state, leaderLast(state, servers)),
    ...machines.filter((each) => !isServer(each) && each.roles.includes('agent')).map((each) => each.name),
  ];
  blockers.push(...refusedWrites(state));
  if (order.length === 0) {
    blockers.push({ message: say('there is no server or agent among the chosen nodes'), remedy: say('choose one') });
  }
  if (nodes.length === 0) {
    blockers.push({
      message: say('the API did not list its Nodes, so nobody can be drained or seen to be ready'),
      remedy: say('bring the API back first'),
    });
  }
  if (upgrade !== undefined) blockers.push(...upgradeConcerns(state, parameters, upgrade));
  const steps: Step[] = [];
  const from = machines.flatMap((each) => nodeOfMachine(nodes, each)?.version ?? []);
  const goesBack = upgrade !== undefined && canGoBack(from, upgrade.release);
  const voters = state.quorum;
  if (servers.length > 0 && voters?.members.some((each) => each.learner) === true) {
    blockers.push({
      message: say('a member is still learning: another server is joining'),
      remedy: say('wait until it votes'),
    });
  }
  for (const host of order) {
    const machine = machines.find((each) => each.name === host);
    const reached = state.nodes.find((each) => each.node.name === host);
    if (machine === undefined || reached === undefined) continue;
    if (reached.report.kind !== 'answered') {
      blockers.push({
        host,
        message: say('the node did not answer'),
        remedy: say('refresh the cluster, or leave the node out'),
      });
    }
    const node = nodeOfMachine(nodes, machine);
    if (nodes.length > 0 && (node === undefined || !isNodeName(node.name))) {
      blockers.push({
        host,
        message: say('the API knows no Node of this name or address'),
        remedy: say('see "kubectl get nodes -o wide"'),
      });
    }
    if (node !== undefined) {
      const identity = identityConcerns(state, nodes, machine, node);
      blockers.push(...identity.blockers);
      warnings.push(...identity.warnings);
    }
    if (node !== undefined && !node.ready) {
      blockers.push({
        host,
        message: say('the Node {0} is not ready now', node.name),
        remedy: say('mend it first, or leave it out'),
      });
    }
    const asked = askedServer(state, host);
    if (asked === undefined) {
      blockers.push({ host, message: say('no server answers that could be asked while {0} restarts', host) });
    }
    const stop = stopEffect(state, host);
    if (stop.blocker !== undefined) blockers.push(stop.blocker);
    if (stop.warning !== undefined) warnings.push(stop.warning);
    if (node === undefined || asked === undefined) continue;
    if (node.cordoned && parameters.drain) {
      warnings.push({ host, message: say('the Node {0} is cordoned now and stays so', node.name) });
    }
    const etcd = carriesEtcd(reached);
    const first = host === order[0];
    steps.push(...nodeSteps({ state, machine, node, asked, etcd, stop, parameters, first, goesBack }));
  }
  const before = upgrade !== undefined && servers.length > 0 ? snapshotSteps(state, stamp) : [];
  if (upgrade !== undefined && servers.length > 0 && before.length === 0) {
    warnings.push({
      message: say('no healthy etcd member answered, so no snapshot is taken before the upgrade'),
      remedy: say('with an external datastore, save it with its own tools first'),
    });
  }
  const all = [...before, ...steps];
  return {
    operation: upgrade === undefined ? 'rolling-restart' : 'upgrade',
    cluster: state.cluster.name,
    title:
      upgrade === undefined
        ? order.length === 1
          ? say('Restart {0}', order.join(', '))
          : say('Restart {0}, one after another', order.join(', '))
        : order.length === 1
          ? say('Upgrade {0} to {1}', order.join(', '), upgrade.release)
          : say('Upgrade {0} to {1}, one after another', order.join(', '), upgrade.release),
    blockers,
    warnings,
    outlook: membersOutlook(state, blockers.length > 0 ? [] : all),
    steps: blockers.length > 0 ? [] : all,
    wayBack:
      upgrade === undefined
        ? []
        : [
            say('The programs that were there are kept in {0} on each node', keptPath(stamp, '')),
            ...(goesBack
              ? [
                  say(
                    'As long as they are there, the run can be taken back, also when it is done: the old programs read what {0} has written',
                    upgrade.release,
                  ),
                ]
              : [
                  say('It cannot be taken back by the old programs: over a minor release the data may have changed'),
                  distribution === 'k3s'
                    ? say(
                        'Back over a minor release: stop all servers, put the old program back, restore the snapshot {0}',
                        snapshotName(stamp),
                      )
                    : say(
                        'kubeadm keeps the old manifests and etcd data in /etc/kubernetes/tmp and goes back by itself when a component does not start',
                      ),
                ]),
          ],
    destructive: false,
  };
}

/** The server that answers questions while `host` is away. */
function askedServer(state: ClusterState, host: string): string | undefined {
  const able = state.nodes.filter((each) => each.node.roles.includes('server') && each.report.kind === 'answered');
  return (able.find((each) => each.node.name !== host) ?? able[0])?.node.name;
}

const snapshotName = (stamp: string): string => `before-upgrade-${stamp}`;

function snapshotSteps(state: ClusterState, stamp: string): Step[] {
  const member = state.nodes.find((each) => {
    const etcd = statusOf(each)?.etcd;
    return etcd?.healthy === true && !etcd.learner;
  });
  if (member === undefined) return [];
  return saveSteps(state, member.node.name, snapshotName(stamp));
}

function upgradeConcerns(
  state: ClusterState,
  { hosts, nodes }: RollingParameters,
  upgrade: UpgradePrograms,
): Concern[] {
  const { distribution } = state.cluster;
  const found: Concern[] = [];
  if (!isRelease(upgrade.release, distribution)) {
    found.push({
      message: say('"{0}" is no release', upgrade.release),
      remedy: distribution === 'k3s' ? say('write it as in v1.34.1+k3s1') : say('write it as in v1.34.1'),
    });
    return found;
  }
  if (distribution === 'kubeadm' && upgrade.files.size === 0) {
    found.push({
      message: say('the programs of {0} are needed: kubeadm, kubelet and kubectl', upgrade.release),
      remedy: say('choose the folder that holds them'),
    });
  }
  if (distribution === 'k3s' && upgrade.files.size === 0 && !upgrade.online) {
    found.push({
      message: say('the program k3s of {0} is needed', upgrade.release),
      remedy: say('choose the file, or let the nodes download it'),
    });
  }
  const byHost = (roles: 'server' | 'all', only: readonly string[]) =>
    new Set(
      state.cluster.nodes.flatMap((machine) => {
        if (!only.includes(machine.name) || (roles === 'server' && !machine.roles.includes('server'))) return [];
        return nodeOfMachine(nodes, machine)?.name ?? [];
      }),
    );
  const every = state.cluster.nodes.map((each) => each.name);
  found.push(
    ...skewConcerns(upgrade.release, nodes, {
      distribution,
      servers: byHost('server', every),
      upgraded: byHost('all', hosts),
    }),
  );
  return found;
}

interface RollingWork {
  readonly state: ClusterState;
  readonly machine: InventoryNode;
  readonly node: KubeNode;
  readonly asked: string;
  readonly etcd: boolean;
  readonly stop: StopEffect;
  readonly parameters: RollingParameters;
  readonly first: boolean;
  /** Whether the programs that are replaced could run again on what the new ones leave. */
  readonly goesBack: boolean;
}

function nodeSteps(work: RollingWork): Step[] {
  const { state, machine, node, asked, parameters } = work;
  const { distribution } = state.cluster;
  const host = machine.name;
  const { stamp, upgrade } = parameters;
  const mark = (act: string) => `rolling-${stamp}-${act}-${host}`;
  const isServer = machine.roles.includes('server');
  const drains = parameters.drain && !node.cordoned;
  const steps: Step[] = [];
  const draining = { host, asked, distribution, node: node.name };
  const drain: Step = { ...drainStep(draining, mark('drain')), onFailure: { undoTo: `drain@${host}`, isPart: true } };
  if (upgrade !== undefined) {
    steps.push(makeFolderStep(host, keptPath(stamp, '/programs'), '0700'));
    steps.push(...programSteps(work, upgrade, distribution === 'k3s' ? ['k3s'] : ['kubeadm']));
  }
  if (upgrade !== undefined && distribution === 'kubeadm')
    steps.push(...kubeadmUpgrade(work, upgrade, mark('kubeadm')));
  if (drains) steps.push(drain);
  if (upgrade !== undefined && distribution === 'kubeadm')
    steps.push(...programSteps(work, upgrade, ['kubelet', 'kubectl']));
  const unit = distribution === 'kubeadm' ? 'kubelet' : isServer ? 'k3s' : 'k3s-agent';
  // A kubelet that restarts leaves its pods alone, etcd among them.
  const stops = distribution === 'k3s' && isServer;
  // One that has just booted does not vote yet, and the quorum guard would refuse what it bears some seconds later.
  if (stops && asked !== host)
    steps.push({
      id: `well@${host}`,
      host: asked,
      title: say('See that {0} is well', asked),
      risk: 'read',
      waitFor: serverHealthy(asked, distribution, work.etcd),
    });
  steps.push({
    id: `restart@${host}`,
    host,
    title: restartTitle(unit, host, stops ? work.stop : {}),
    risk: 'change',
    quorum: stops ? (work.stop.quorum ?? {}) : {},
    run: withMark(
      {
        argv: ['sh', '-c', 'systemctl daemon-reload && systemctl restart "$1"', 'sh', unit],
        root: true,
        timeoutSec: 330,
      },
      mark('restart'),
    ),
    done: markSeen(host, mark('restart')),
  });
  steps.push(
    isServer
      ? healthyAgain(host, distribution, work.etcd)
      : {
          id: `runs@${host}`,
          host,
          title: say('See that {0} runs on {1}', unit, host),
          risk: 'read',
          waitFor: isActive(host, unit, 120),
        },
    {
      id: `ready@${host}`,
      host: asked,
      title: say('Wait until the Node {0} is ready', node.name),
      risk: 'read',
      waitFor: nodeAlive(asked, distribution, node.name, 180),
    },
  );
  if (upgrade !== undefined) {
    const template = 'jsonpath={.status.nodeInfo.kubeletVersion}';
    steps.push({
      id: `version@${host}`,
      host: asked,
      title: say('See that the Node {0} runs {1}', node.name, upgrade.release),
      risk: 'read',
      waitFor: {
        host: asked,
        command: kubectl(distribution, ['get', 'node', node.name, '--request-timeout=10s', '-o', template], 20),
        yesWhen: { stdoutMatches: `^${upgrade.release.replace(/[.+]/g, '\\$&')}$` },
        withinSec: 120,
      },
    });
  }
  if (drains) steps.push(uncordonStep(draining));
  const staged = steps.flatMap((step) => ('upload' in step ? [step.upload.path] : []));
  if (upgrade?.online === true && distribution === 'k3s') staged.push(stagedPath('/usr/local/bin/k3s'));
  if (staged.length > 0) steps.push(removeFilesStep(host, staged));
  return steps;
}

/** Brings the programs of these names to the node: beside the old one, asked for its release, then moved over it. */
function programSteps(work: RollingWork, upgrade: UpgradePrograms, names: readonly string[]): Step[] {
  const { machine, parameters, goesBack } = work;
  const host = machine.name;
  const { stamp } = parameters;
  const steps: Step[] = [];
  const wanted = [...upgrade.files].filter(([path]) => names.includes(path.slice(path.lastIndexOf('/') + 1)));
  const place = (path: string) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const flag = name === 'kubectl' || name === 'kubeadm' ? 'version' : '--version';
    const ask = (program: string) => ({
      argv: (name === 'kubectl' ? [program, flag, '--client'] : [program, flag]) as [string, ...string[]],
      root: true,
      timeoutSec: 30,
    });
    const isNew = { stdoutMatches: `(?:^|[\\s"])${upgrade.release.replace(/[.+]/g, '\\$&')}(?:[\\s"]|$)` };
    steps.push(
      {
        id: `asked-${name}@${host}`,
        host,
        title: say('See that the new {0} is {1} and runs here', name, upgrade.release),
        risk: 'read',
        waitFor: { host, command: ask(stagedPath(path)), yesWhen: isNew, withinSec: 0 },
      },
      {
        id: `replace-${name}@${host}`,
        host,
        title: say('Keep {0} and put the new one in its place', path),
        risk: 'change',
        run: replaceFile(stagedPath(path), path, keptPath(stamp, path)),
        done: { host, command: ask(path), yesWhen: isNew, withinSec: 0 },
        ...(goesBack && { undo: runsBack(work, name, path) }),
      },
    );
  };
  for (const [path, file] of wanted) {
    steps.push({
      id: `upload-${path}@${host}`,
      host,
      title: say('Lay the new {0} beside the old one', path),
      risk: 'change',
      upload: {
        content: { file: file.localPath, sha256: file.sha256, bytes: file.bytes },
        path: stagedPath(path),
        mode: '0755',
        root: true,
      },
    });
    place(path);
  }
  if (wanted.length === 0 && upgrade.online && names.includes('k3s')) {
    const path = '/usr/local/bin/k3s';
    steps.push({
      id: `download-${path}@${host}`,
      host,
      title: say('Download k3s {0} on {1} and compare its hash', upgrade.release, host),
      risk: 'change',
      run: { argv: ['sh', '-c', downloadScript, 'sh', upgrade.release, stagedPath(path)], root: true, timeoutSec: 900 },
      done: {
        host,
        command: { argv: [stagedPath(path), '--version'], root: true, timeoutSec: 30 },
        yesWhen: { stdoutHas: `k3s version ${upgrade.release} ` },
        withinSec: 0,
      },
    });
    place(path);
  }
  return steps;
}

/** What a step back works with. */
function backWork({ state, machine, parameters, etcd, stop }: RollingWork) {
  const { distribution } = state.cluster;
  const isServer = machine.roles.includes('server');
  const unit = distribution === 'kubeadm' ? ('kubelet' as const) : isServer ? ('k3s' as const) : ('k3s-agent' as const);
  const quorum = distribution === 'k3s' && isServer ? (stop.quorum ?? {}) : {};
  return { host: machine.name, stamp: parameters.stamp, distribution, unit, isServer, etcd, quorum };
}

/** The program comes back; the one that a unit runs is started again with it. */
function runsBack(work: RollingWork, name: string, path: string): Step[] {
  const host = work.machine.name;
  if (name === 'k3s' || name === 'kubelet') return programBack(backWork(work), path);
  return [putBackStep({ host, path, keep: keptPath(work.parameters.stamp, path) })];
}

/** The hash list stands beside the program on the project's release page (k3s, install.sh). */
const downloadScript = `release=$1 to=$2
case $(uname -m) in x86_64|amd64) a=amd64 s=;; aarch64|arm64) a=arm64 s=-arm64;; armv7l|armv8l|arm) a=arm s=-armhf;; *) echo "no k3s for $(uname -m)" >&2; exit 1;; esac
from=https://github.com/k3s-io/k3s/releases/download/$(printf %s "$release" | sed 's/+/%2B/')
want=$(curl -sfL --max-time 60 "$from/sha256sum-$a.txt" | sed -n "s/^\\([0-9a-f]\\{64\\}\\)  *k3s$s\\$/\\1/p")
[ -n "$want" ] || { echo 'the list of hashes could not be read' >&2; exit 1; }
curl -sfL --max-time 800 -o "$to.part" "$from/k3s$s" || exit 1
have=$(sha256sum <"$to.part" | cut -d ' ' -f 1)
[ "$have" = "$want" ] || { rm -f -- "$to.part"; echo 'the hash is another one' >&2; exit 1; }
chmod 0755 "$to.part" && mv -f -- "$to.part" "$to"`;

/** The first server takes the whole cluster's settings along; the others follow with what they find there. */
function kubeadmUpgrade(work: RollingWork, upgrade: UpgradePrograms, mark: string): Step[] {
  const { machine, first, stop, parameters, goesBack } = work;
  const host = machine.name;
  const isServer = machine.roles.includes('server');
  const applies = isServer && first;
  const argv: [string, ...string[]] = applies
    ? ['kubeadm', 'upgrade', 'apply', upgrade.release, '-y']
    : ['kubeadm', 'upgrade', 'node'];
  const quorum = stop.quorum ?? {};
  const step: Step = {
    id: `kubeadm@${host}`,
    host,
    title: isServer
      ? say('Upgrade the control plane of {0} to {1}', host, upgrade.release)
      : say('Take the settings of {0} over on {1}', upgrade.release, host),
    risk: 'change',
    ...(isServer && { quorum }),
    run: withMark({ argv, root: true, timeoutSec: 900 }, mark),
    done: markSeen(host, mark),
    ...(goesBack && isServer && { undo: manifestsBack({ ...backWork(work), quorum }) }),
  };
  if (!isServer) return [step];
  const kept = keepKubernetesStep(host, parameters.stamp);
  return [kept, ...(applies ? [keepSettings(host, parameters.stamp, goesBack)] : []), step];
}
