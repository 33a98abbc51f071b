import { say } from '../base/message';
import type { InventoryNode } from '../model/inventory/inventory';
import { keptPath, replaceFile, stagedPath } from './commands/config-file';
import { makeFolderStep, removeFilesStep } from './commands/folder';
import { keepKubernetesStep } from './commands/keep-kubernetes';
import { type KubeNode, kubectl, nodeAlive } from './commands/kubectl';
import { markSeen, withMark } from './commands/mark';
import { putBackStep } from './commands/put-back';
import { serverHealthy } from './commands/server-health';
import { isActive } from './commands/unit';
import { drainStep, uncordonStep } from './drain-steps';
import { healthyAgain } from './healthy-again';
import type { LocalFile } from './local-file';
import type { Step } from './plan';
import type { ClusterState } from './status/cluster-state';
import { restartTitle, type StopEffect } from './stop-effect';
import { keepSettings, manifestsBack, programBack } from './upgrade-back';

/** Programs of a new release that lie on this machine: `k3s`, or `kubeadm`, `kubelet` and `kubectl`. */
export interface UpgradePrograms {
  readonly release: string;
  /** By the path that they get on a node: `/usr/local/bin/k3s`. Absent: each node has them already or downloads them. */
  readonly files: ReadonlyMap<string, LocalFile>;
  /** Let each node download k3s of this release from the project's own page and compare its hash. */
  readonly online: boolean;
}

/** One node of a rolling restart, when nothing stands against it. */
interface RollingWork {
  readonly state: ClusterState;
  readonly machine: InventoryNode;
  readonly node: KubeNode;
  /** The server that answers questions while the node is away. */
  readonly asked: string;
  readonly etcd: boolean;
  readonly stop: StopEffect;
  readonly parameters: { readonly stamp: string; readonly drain: boolean; readonly upgrade?: UpgradePrograms };
  /** Whether it is the first node of the run. */
  readonly first: boolean;
  /** Whether the programs that are replaced could run again on what the new ones leave. */
  readonly goesBack: boolean;
}

/** Restarts one node: drained, with the programs of the upgrade in place, and seen to be back before it takes pods again. */
export function rollingSteps(work: RollingWork): Step[] {
  const { state, machine, node, asked, parameters } = work;
  const { distribution } = state.cluster;
  const host = machine.name;
  const { upgrade } = parameters;
  const draining = { host, asked, distribution, node: node.name };
  const drains = parameters.drain && !node.cordoned;
  const drain: Step = {
    ...drainStep(draining, markOf(work, 'drain')),
    onFailure: { undoTo: `drain@${host}`, isPart: true },
  };
  const steps = [
    ...(upgrade === undefined ? [] : newPrograms(work, upgrade)),
    ...(drains ? [drain] : []),
    ...(upgrade !== undefined && distribution === 'kubeadm' ? programSteps(work, upgrade, ['kubelet', 'kubectl']) : []),
    ...restartSteps(work),
    ...backAgainSteps(work),
    ...(upgrade === undefined ? [] : [releaseStep(work, upgrade)]),
    ...(drains ? [uncordonStep(draining)] : []),
  ];
  const staged = steps.flatMap((step) => ('upload' in step ? [step.upload.path] : []));
  if (upgrade?.online === true && distribution === 'k3s') staged.push(stagedPath('/usr/local/bin/k3s'));
  return staged.length === 0 ? steps : [...steps, removeFilesStep(host, staged)];
}

const markOf = ({ parameters, machine }: RollingWork, act: string): string =>
  `rolling-${parameters.stamp}-${act}-${machine.name}`;

function unitOf({ state, machine }: RollingWork): 'kubelet' | 'k3s' | 'k3s-agent' {
  if (state.cluster.distribution === 'kubeadm') return 'kubelet';
  return machine.roles.includes('server') ? 'k3s' : 'k3s-agent';
}

/** A kubelet that restarts leaves its pods alone, etcd among them. */
const stopsServer = ({ state, machine }: RollingWork): boolean =>
  state.cluster.distribution === 'k3s' && machine.roles.includes('server');

/** While pods still run: the program that is restarted, or kubeadm, which upgrades the control plane before its kubelet. */
function newPrograms(work: RollingWork, upgrade: UpgradePrograms): Step[] {
  const folder = makeFolderStep(work.machine.name, keptPath(work.parameters.stamp, '/programs'), '0700');
  if (work.state.cluster.distribution === 'k3s') return [folder, ...programSteps(work, upgrade, ['k3s'])];
  return [folder, ...programSteps(work, upgrade, ['kubeadm']), ...kubeadmUpgrade(work, upgrade)];
}

function restartSteps(work: RollingWork): Step[] {
  const { state, machine, asked, etcd, stop } = work;
  const { distribution } = state.cluster;
  const host = machine.name;
  const unit = unitOf(work);
  const stops = stopsServer(work);
  const restart: Step = {
    id: `restart@${host}`,
    host,
    title: restartTitle(unit, host, stops ? stop : {}),
    risk: 'change',
    quorum: stops ? (stop.quorum ?? {}) : {},
    run: withMark(
      {
        argv: ['sh', '-c', 'systemctl daemon-reload && systemctl restart "$1"', 'sh', unit],
        root: true,
        timeoutSec: 330,
      },
      markOf(work, 'restart'),
    ),
    done: markSeen(host, markOf(work, 'restart')),
  };
  if (!stops || asked === host) return [restart];
  // One that has just booted does not vote yet, and the quorum guard would refuse what it bears some seconds later.
  const well: Step = {
    id: `well@${host}`,
    host: asked,
    title: say('See that {0} is well', asked),
    risk: 'read',
    waitFor: serverHealthy(asked, distribution, etcd),
  };
  return [well, restart];
}

function backAgainSteps(work: RollingWork): Step[] {
  const { state, machine, node, asked, etcd } = work;
  const { distribution } = state.cluster;
  const host = machine.name;
  const unit = unitOf(work);
  return [
    machine.roles.includes('server')
      ? healthyAgain(host, distribution, etcd)
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
  ];
}

function releaseStep({ state, machine, node, asked }: RollingWork, { release }: UpgradePrograms): Step {
  const template = 'jsonpath={.status.nodeInfo.kubeletVersion}';
  const words = ['get', 'node', node.name, '--request-timeout=10s', '-o', template];
  return {
    id: `version@${machine.name}`,
    host: asked,
    title: say('See that the Node {0} runs {1}', node.name, release),
    risk: 'read',
    waitFor: {
      host: asked,
      command: kubectl(state.cluster.distribution, words, 20),
      yesWhen: { stdoutMatches: `^${escaped(release)}$` },
      withinSec: 120,
    },
  };
}

/** A release as a regular expression that fits it alone. */
const escaped = (release: string): string => release.replace(/[.+]/g, '\\$&');

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
    const isNew = { stdoutMatches: `(?:^|[\\s"])${escaped(upgrade.release)}(?:[\\s"]|$)` };
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
        // Taken back from behind it, a run would say that all is as before, and the new program would stay.
        ...(goesBack ? { undo: runsBack(work, name, path) } : { noWayBack: true as const }),
      },
    );
  };
  // What lies there is as large as the program, and nobody else would ever take it away.
  const gone = (path: string, ...more: readonly string[]) => ({
    undo: [{ ...removeFilesStep(host, [stagedPath(path), ...more]), id: `take-away-${path}@${host}` }],
  });
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
      ...gone(path),
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
      ...gone(path, `${stagedPath(path)}.part`),
    });
    place(path);
  }
  return steps;
}

/** What a step back works with. */
function backWork(work: RollingWork) {
  const { state, machine, parameters, etcd, stop } = work;
  return {
    host: machine.name,
    stamp: parameters.stamp,
    distribution: state.cluster.distribution,
    unit: unitOf(work),
    isServer: machine.roles.includes('server'),
    etcd,
    quorum: stopsServer(work) ? (stop.quorum ?? {}) : {},
  };
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
function kubeadmUpgrade(work: RollingWork, upgrade: UpgradePrograms): Step[] {
  const { machine, first, stop, parameters, goesBack } = work;
  const host = machine.name;
  const isServer = machine.roles.includes('server');
  const applies = isServer && first;
  const argv: [string, ...string[]] = applies
    ? ['kubeadm', 'upgrade', 'apply', upgrade.release, '-y']
    : ['kubeadm', 'upgrade', 'node'];
  const quorum = stop.quorum ?? {};
  const mark = markOf(work, 'kubeadm');
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
