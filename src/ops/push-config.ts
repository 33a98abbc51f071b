import type { FileKind } from '../base/file-kind';
import { say } from '../base/message';
import type { InventoryNode } from '../model/inventory/inventory';
import {
  askDoor,
  checkConfig,
  checkerOf,
  doorAnswers,
  draftPath,
  fileIs,
  fileIsStill,
  keptPath,
  type NodeConfig,
  replaceFile,
  stagedPath,
} from './commands/config-file';
import { makeFolderStep, removeFilesStep } from './commands/folder';
import { isActive, markedUnit, unitMarked } from './commands/unit';
import {
  armWayBack,
  disarmWayBack,
  goBack,
  readMark,
  wayBackArmed,
  wayBackConfirmed,
  wayBackDisarmed,
  wayBackPath,
  wayBackScript,
  wentBack,
} from './commands/way-back';
import { type ConfigTarget, unitOf } from './config-target';
import { wrongMachine } from './node-identity';
import { membersOutlook } from './outlook';
import type { Concern, Concerns, Plan, Step } from './plan';
import { refusedWrites } from './refused-writes';
import { type ClusterState, isMember } from './status/cluster-state';
import { holderLast, leaderLast, restartTitle, type StopEffect, stopEffect } from './stop-effect';

/** A file to push: where it lies on this machine and what it holds, so that nothing else than what was seen is sent. */
export interface PushFile extends ConfigTarget {
  readonly localPath: string;
  readonly sha256: string;
  readonly bytes: number;
}

export interface PushParameters {
  /** Names what the run keeps on the nodes: `20261121-031500`. */
  readonly stamp: string;
  readonly files: readonly PushFile[];
  /** How long the operator has to say that all is well before a node goes back, in seconds. */
  readonly confirmSec: number;
  /** What stands against the files themselves, from their diagnostics. */
  readonly concerns: Concerns;
}

/** How long the operator usually has to look at a node before it goes back by itself, in seconds. */
export const usualConfirmSec = 120;

/** What the nodes say of the files, units and doors; a node that did not answer is absent. */
export type PushFacts = ReadonlyMap<string, NodeConfig>;

/** A unit that reads the new file is seen again within this time, in seconds: k3s takes 6 to 26, and longer on slow disks. */
const restartSec = 300;
const doorSec = 30;
/** What the steps between arming and asking may take at most, so that a node does not go back under the operator's hands. */
const workSec = 120;

/**
 * Brings files of the repository to their nodes, one node after another: checked by the program that will read them, the
 * old ones kept, replaced in one move, read, and looked at. A node that nobody confirms goes back by itself, also when it
 * cannot be reached any more.
 */
export function planPush(state: ClusterState, facts: PushFacts, parameters: PushParameters): Plan {
  const { files, stamp, concerns } = parameters;
  const blockers: Concern[] = [...concerns.blockers];
  const warnings: Concern[] = [...concerns.warnings];
  const changed = files.filter((file) => {
    const found = facts.get(file.host)?.files.find((each) => each.path === file.path);
    return found?.sha256 !== file.sha256;
  });
  const hosts = inOrder(state, [...new Set(changed.map((file) => file.host))]);
  const isServer = (host: string) =>
    state.cluster.nodes.some((each) => each.name === host && each.roles.includes('server'));
  if (hosts.some(isServer)) blockers.push(...refusedWrites(state));
  const steps = hosts.flatMap((host) => {
    const node = state.cluster.nodes.find((each) => each.name === host);
    const found = facts.get(host);
    const own = changed.filter((file) => file.host === host);
    if (node === undefined || found === undefined) {
      blockers.push({
        host,
        message: say('the node did not answer, so its files were not seen'),
        remedy: say('refresh the cluster, or leave the node out'),
      });
      return [];
    }
    const units = unitsOf(own, node);
    const stop = units.some((unit) => unit.verb === 'restart') ? stopEffect(state, host) : {};
    const concerned = concernsOf(node, found, own);
    blockers.push(...wrongMachine(state, host), ...concerned.blockers, ...one(stop.blocker));
    warnings.push(...concerned.warnings, ...one(stop.warning));
    return nodeSteps({ node, found, own, units, stop, stamp, confirmSec: parameters.confirmSec });
  });
  return {
    operation: 'push-config',
    cluster: state.cluster.name,
    title:
      hosts.length === 0
        ? say('Every file of {0} is on its nodes as it is here', state.cluster.name)
        : say('Push {0} files to {1}', changed.length, hosts.join(', ')),
    blockers,
    warnings,
    outlook: membersOutlook(state, blockers.length > 0 ? [] : steps),
    steps: blockers.length > 0 ? [] : steps,
    wayBack:
      hosts.length === 0
        ? []
        : [
            say(
              'Each node keeps the files it had in {0}, and {1} puts them back. It does so by itself when nobody confirms',
              keptPath(stamp, ''),
              wayBackPath(stamp),
            ),
          ],
    destructive: false,
  };
}

/** Load balancers first, the one that carries the address last of them; then servers, the leader last; then the others. */
function inOrder(state: ClusterState, hosts: readonly string[]): readonly string[] {
  const nodeOf = (host: string) => state.cluster.nodes.find((each) => each.name === host);
  const members = hosts.filter((host) => {
    const node = nodeOf(host);
    return node !== undefined && isMember(node);
  });
  const balancers = hosts.filter((host) => !members.includes(host) && nodeOf(host)?.roles.includes('loadbalancer'));
  const others = hosts.filter((host) => !members.includes(host) && !balancers.includes(host));
  return [...holderLast(state, balancers), ...holderLast(state, leaderLast(state, members)), ...others];
}

function concernsOf(node: InventoryNode, found: NodeConfig, files: readonly PushFile[]) {
  const host = node.name;
  const blockers: Concern[] = [];
  const warnings: Concern[] = [];
  for (const { kind, path, file } of files) {
    const checker = checkerOf(kind)?.program;
    if (checker !== undefined && !found.programs.includes(checker)) {
      blockers.push({
        host,
        message: say('{0} is not installed, so {1} cannot be checked there', checker, file),
        remedy: say('install it, or take the node out of "on" in the inventory'),
      });
    }
    const unit = unitOf(kind, node);
    if (unit !== undefined && found.units.get(unit.name)?.startsWith('loaded/') === false) {
      blockers.push({
        host,
        message: say('there is no unit {0} that would read {1}', unit.name, path),
        remedy: say('install it first'),
      });
    } else if (unit !== undefined && found.units.get(unit.name)?.endsWith('/active') === false) {
      warnings.push({
        host,
        message: say('{0} does not run now; it is started with the new file', unit.name),
      });
    }
    if (kind === 'kubeadm') {
      warnings.push({
        host,
        message: say('kubeadm reads {0} only when it is run: nothing that runs now changes', path),
      });
    }
    if (!found.files.some((each) => each.path === path) && !found.absent.includes(path)) {
      blockers.push({
        host,
        message: say('{0} could not be read', path),
        remedy: say('look at it on the node: it must be a file that root can read'),
      });
    }
  }
  if (!found.programs.includes('systemd-run')) {
    blockers.push({
      host,
      message: say('systemd-run is missing, so the node could not go back by itself'),
      remedy: say('push the file by hand'),
    });
  }
  const doors = [...found.doors.keys()];
  if (doors.length > 0 && !found.programs.includes('curl')) {
    warnings.push({
      host,
      message: say(
        'curl is not installed, so it is not seen whether {0} still answers with the new file',
        doors.join(', '),
      ),
      remedy: say('install it, or try that yourself before you confirm'),
    });
  }
  return { blockers, warnings };
}

interface NodeWork {
  readonly node: InventoryNode;
  readonly found: NodeConfig;
  /** The files that this node gets. */
  readonly own: readonly PushFile[];
  /** The units that read them. */
  readonly units: ReturnType<typeof unitsOf>;
  /** What a restart of its units means for etcd and the virtual address. */
  readonly stop: StopEffect;
  readonly stamp: string;
  readonly confirmSec: number;
}

/** One node: nothing that runs is touched before all its files are checked and its way back is armed. */
function nodeSteps(work: NodeWork): Step[] {
  return [
    ...stageSteps(work),
    ...unchangedSteps(work),
    ...armSteps(work),
    ...replaceSteps(work),
    ...readSteps(work),
    ...healthSteps(work),
    ...keepSteps(work),
  ];
}

/** What lies beside the files of a node until the run is over. */
const stagedOf = (own: readonly PushFile[]) =>
  own.map((file) => stagedPath(file.path)).flatMap((each) => [each, draftPath(each)]);

/**
 * The node goes back by itself as soon as a step fails: one that comes after arming, or one before it, when only the new files
 * lie beside the old ones and no unit has anything to read anew.
 */
const wayBackOf = ({ node, own }: NodeWork) => ({ undoTo: `stage-${own[0]?.path}@${node.name}` });

/** Lays the files beside those in use and asks the programs that will read them. */
function stageSteps(work: NodeWork): Step[] {
  const { node, found, own, stamp } = work;
  const host = node.name;
  const onFailure = wayBackOf(work);
  const steps: Step[] = [makeFolderStep(host, keptPath(stamp, ''), '0700')];
  for (const [index, file] of own.entries()) {
    const staging = stagedPath(file.path);
    const old = found.files.find((each) => each.path === file.path);
    const folder = file.path.slice(0, file.path.lastIndexOf('/'));
    if (old === undefined && !steps.some((step) => step.id === `folder-${folder}@${host}`))
      steps.push(makeFolderStep(host, folder, '0755'));
    steps.push({
      id: `stage-${file.path}@${host}`,
      host,
      title: say('Lay {0} beside {1}', file.file, file.path),
      risk: 'change',
      upload: {
        content: { file: file.localPath, sha256: file.sha256, bytes: file.bytes },
        path: staging,
        mode: old === undefined ? newMode(file.kind) : old.mode.padStart(4, '0'),
        root: true,
      },
      ...(index === 0 && { undo: [{ ...removeFilesStep(host, stagedOf(own)), id: `unstage@${host}` }] }),
      onFailure,
    });
    const check = checkConfig(file.kind, staging);
    if (check !== undefined) {
      const title = say('Ask {0} on {1} whether it takes the file', checkerOf(file.kind)?.program ?? '', host);
      steps.push({ id: `check-${file.path}@${host}`, host, title, risk: 'read', run: check, onFailure });
    }
  }
  return steps;
}

/** Last of all before the node is changed: what somebody has written there meanwhile is not pushed away unseen. */
function unchangedSteps(work: NodeWork): Step[] {
  const { node, found, own } = work;
  return own.map(({ path, sha256 }) => ({
    id: `unchanged-${path}@${node.name}`,
    host: node.name,
    title: say('See that {0} is still as it was when this was planned', path),
    risk: 'read',
    run: fileIsStill(path, found.files.find((each) => each.path === path)?.sha256, sha256),
    onFailure: wayBackOf(work),
  }));
}

/** Lays the way back down on the node, and a timer that goes it when nobody confirms. */
function armSteps(work: NodeWork): Step[] {
  const { node, own, units, stamp, confirmSec } = work;
  const host = node.name;
  const paths = own.map((file) => file.path);
  const sec = confirmSec + workSec + units.filter((unit) => unit.verb === 'restart').length * restartSec;
  return [
    {
      id: `way-back@${host}`,
      host,
      title: say('Write down the way back on {0}', host),
      risk: 'change',
      upload: {
        content: { text: [wayBackScript({ stamp, paths, staged: stagedOf(own), units })] },
        path: wayBackPath(stamp),
        mode: '0700',
        root: true,
      },
      onFailure: wayBackOf(work),
    },
    {
      id: `arm@${host}`,
      host,
      title: say('Let {0} go back by itself in {1} seconds, unless it is confirmed before', host, sec),
      risk: 'change',
      run: armWayBack(stamp, sec),
      done: wayBackArmed(host, stamp),
      undo: [
        {
          id: `go-back@${host}`,
          host,
          title: say('Put the files of {0} back as they were', host),
          risk: 'change',
          run: goBack(stamp, 60 + units.length * restartSec),
          done: { ...wentBack(host, stamp), withinSec: 20 },
        },
      ],
      onFailure: wayBackOf(work),
    },
  ];
}

function replaceSteps(work: NodeWork): Step[] {
  const { node, own, stamp } = work;
  return own.map(({ path, sha256 }) => ({
    id: `replace-${path}@${node.name}`,
    host: node.name,
    title: say('Keep {0} and put the new one in its place', path),
    risk: 'change',
    run: replaceFile(stagedPath(path), path, keptPath(stamp, path)),
    done: fileIs(node.name, path, sha256),
    onFailure: wayBackOf(work),
  }));
}

/** Lets each unit read its new files. */
function readSteps(work: NodeWork): Step[] {
  const { node, found, units, stop, stamp } = work;
  const host = node.name;
  const quorum = stop.quorum === undefined ? {} : { quorum: stop.quorum };
  return units.map(({ name, verb }): Step => {
    const mark = readMark(stamp, name);
    // A unit that is down has nothing to reload.
    const act = found.units.get(name)?.endsWith('/active') === false ? 'restart' : verb;
    return {
      id: `${act}-${name}@${host}`,
      host,
      title:
        act === 'restart'
          ? restartTitle(name, host, verb === 'restart' ? stop : {})
          : say('Let {0} on {1} read the new file', name, host),
      risk: 'change',
      run: markedUnit(act, name, mark, act === 'restart' ? restartSec : 60),
      done: unitMarked(host, name, mark, 20),
      onFailure: wayBackOf(work),
      ...(verb === 'restart' ? quorum : {}),
    };
  });
}

/** Asks the operator, and only then takes the way back off. */
function keepSteps(work: NodeWork): Step[] {
  const { node, own, stamp, confirmSec } = work;
  const host = node.name;
  const staged = stagedOf(own);
  return [
    {
      id: `confirm@${host}`,
      host,
      title: say('Ask whether {0} shall stay so', host),
      risk: 'read',
      confirm: {
        question: say('{0} runs with the new files. Keep them? Without an answer it goes back.', host),
        withinSec: confirmSec,
      },
      done: wayBackConfirmed(host, stamp),
      onFailure: wayBackOf(work),
    },
    {
      id: `keep@${host}`,
      host,
      title: say('Keep the new files on {0}', host),
      risk: 'change',
      run: disarmWayBack(stamp, staged),
      done: wayBackDisarmed(host, stamp, staged),
      onFailure: wayBackOf(work),
    },
  ];
}

/** After the file is read: the units run, and every door that led somewhere before does so still. */
function healthSteps(work: NodeWork): Step[] {
  const { node, found, units } = work;
  const host = node.name;
  const back = wayBackOf(work);
  const steps: Step[] = units.map(({ name }) => ({
    id: `runs-${name}@${host}`,
    host,
    title: say('See that {0} runs on {1}', name, host),
    risk: 'read',
    waitFor: isActive(host, name, 20),
    onFailure: back,
  }));
  for (const [door, status] of found.doors) {
    if (status === '000' || status === '') continue;
    steps.push({
      id: `door-${door}@${host}`,
      host,
      title: say('See that {0} still answers, as it did before', door),
      risk: 'read',
      waitFor: { host, command: askDoor(door), yesWhen: doorAnswers, withinSec: doorSec },
      onFailure: back,
    });
  }
  return steps;
}

const one = (concern: Concern | undefined): readonly Concern[] => (concern === undefined ? [] : [concern]);

/** The units that read these files, each once. */
function unitsOf(files: readonly PushFile[], node: InventoryNode) {
  const units = files.flatMap((file) => unitOf(file.kind, node) ?? []);
  return units.filter((unit, index) => units.findIndex((each) => each.name === unit.name) === index);
}

/** Of a file that was not there: those with passwords and tokens are for root alone. */
function newMode(kind: FileKind | undefined): string {
  return kind === 'k3s' || kind === 'keepalived' || kind === 'kubeadm' || kind === 'static-pod' ? '0600' : '0644';
}
