import { BoltError } from '../../../ops/snapshot-file/bolt';
import { type EtcdStore, idOf } from '../etcd/store';
import { restartsItself, setActive, setInactive } from '../units';
import type { Cluster, ControlPlane, Etcd, EtcdProcess, Machine, Service, Unit } from '../world';
import { beginK3s, furnishK3s } from './beginning';
import { addNames, makeCertificates } from './certificates';
import { bootstrapKey, k3sVersion, readConfig, tokenOf } from './config';
import { makeEtcdClient } from './etcd-client';
import { newCluster } from './new-cluster';
import { isKnownAs, passwordKey } from './node-password';
import { etcdFolder, k3sData, memberName } from './places';

/** Seconds that things take on a practice machine, near those recorded from a real one. */
const pace = { boot: 2, ready: 6, learner: 9, promoted: 14, restart: 6, quorumLost: 10, heartbeat: 10 };

/** The k3s of one machine while it runs. */
interface Running {
  readonly startedMs: number;
  /** Of the program that was started; the one on the disk can be another by now. */
  readonly version: string;
  phase: 'starting' | 'joining' | 'waiting' | 'ready' | 'crashing' | 'removed';
  /** Since when the phase lasts. */
  sinceMs: number;
  readyMs?: number;
  etcd?: EtcdProcess | undefined;
  /** With an external datastore there is no etcd. */
  external?: boolean;
  beatMs: number;
  /** kubelet asks for the name of the machine once, when it starts. */
  readonly hostName: string;
}

/**
 * k3s as a unit: what it does when it is started, by the files it finds, and how long that takes. An agent is only told
 * apart from a server by what it does not have.
 */
export class K3sService implements Service, ControlPlane {
  private readonly running = new Map<Machine, Running>();

  constructor(
    private readonly cluster: Cluster,
    private readonly etcd: Etcd,
  ) {}

  furnish(machine: Machine): void {
    furnishK3s(machine, this.cluster.now());
  }

  begin(): void {
    const { nodes } = this.cluster;
    beginK3s(this.etcd, nodes, this.cluster.now());
    for (const machine of nodes.filter((each) => each.role !== 'loadbalancer')) this.adopt(machine);
  }

  /** Nothing runs beside the unit. */
  powerOff(): void {}

  start(machine: Machine, unit: Unit): void {
    const nowMs = this.cluster.now();
    Object.assign(unit, { active: 'activating', sub: 'start', result: 'success', exitStatus: 0, sinceMs: nowMs });
    unit.mainPid = 1000 + (Math.floor(nowMs / 1000) % 20_000);
    machine.files.place(`/proc/${unit.mainPid}/comm`, machine.role === 'server' ? 'k3s-server\n' : 'k3s-agent\n');
    const version = k3sVersion(machine);
    this.running.set(machine, {
      startedMs: nowMs,
      version,
      phase: 'starting',
      sinceMs: nowMs,
      beatMs: 0,
      hostName: machine.hostName,
    });
    makeCertificates(machine, nowMs);
    if (machine.role === 'server') makeEtcdClient(machine);
    if (machine.role === 'server') addNames(machine, readConfig(machine).get('tls-san') ?? '');
    this.cluster.write(machine, unit.name, `time="" level=info msg="Starting k3s ${version} (00000000)"`);
  }

  stop(machine: Machine, unit: Unit): void {
    const etcd = this.running.get(machine)?.etcd;
    if (etcd !== undefined) this.etcd.stop(etcd);
    this.running.delete(machine);
    if (unit.mainPid > 0 && machine.files.has(`/proc/${unit.mainPid}`)) machine.files.remove(`/proc/${unit.mainPid}`);
  }

  /** Whether the API of this server answers. */
  isReady(machine: Machine): boolean {
    const found = this.running.get(machine);
    return machine.hasPower && found?.phase === 'ready' && (found.external === true || this.etcd.isServing(found.etcd));
  }

  /** Whether the server has lost its quorum so lately that it has not ended yet. */
  isLeaderless(machine: Machine): boolean {
    return machine.hasPower && this.running.get(machine)?.phase === 'ready';
  }

  /** Since when the API of a server answers. */
  readySince(machine: Machine): number | undefined {
    const found = this.running.get(machine);
    return found?.phase === 'ready' ? found.readyMs : undefined;
  }

  /** The etcd of a machine, while it runs. */
  etcdOf(machine: Machine): EtcdProcess | undefined {
    return this.running.get(machine)?.etcd;
  }

  /** Makes this machine a running server without the time that takes: for the beginning of a cluster. */
  private adopt(machine: Machine): void {
    const unit = machine.units.get(machine.role === 'server' ? 'k3s' : 'k3s-agent');
    if (unit === undefined) return;
    this.start(machine, unit);
    const found = this.running.get(machine);
    if (found === undefined) return;
    if (machine.role === 'server') found.etcd = this.etcd.start(machine, etcdFolder);
    const store = found.etcd?.store;
    if (store !== undefined) isKnownAs(machine.name, machine, store);
    found.phase = 'ready';
    found.beatMs = this.cluster.now();
    setActive(unit, this.cluster.now());
  }

  settle(): void {
    for (const [machine, found] of this.running) {
      const unit = machine.units.get(machine.role === 'server' ? 'k3s' : 'k3s-agent');
      if (unit === undefined || !machine.hasPower) continue;
      this.step(machine, unit, found);
    }
  }

  private step(machine: Machine, unit: Unit, found: Running): void {
    const nowMs = this.cluster.now();
    const lasted = (nowMs - found.sinceMs) / 1000;
    const turn = (phase: Running['phase']) => Object.assign(found, { phase, sinceMs: nowMs });
    if (found.phase === 'crashing') {
      const times = Math.floor(lasted / pace.restart);
      if (times === 0) return;
      // The cause may have gone meanwhile: it tries again as a start does.
      unit.restarts += times;
      turn('starting');
      Object.assign(unit, { active: 'activating', sub: 'start' });
    } else if (found.phase === 'starting' && lasted >= pace.boot) this.boot(machine, unit, found, turn);
    else if (found.phase === 'joining') this.join(machine, unit, found, lasted, turn);
    else if (found.phase === 'waiting') {
      const serving = found.etcd?.servingSinceMs;
      // The leader promotes learners that have caught up, also one that was interrupted while it joined.
      if (found.etcd?.isLearner === true) {
        if (serving !== undefined && nowMs - serving >= pace.promoted * 1000) promote(found.etcd);
        return;
      }
      if (found.external === true || (serving !== undefined && nowMs - serving >= pace.ready * 1000)) {
        if (!this.mayBeNode(machine, unit, found)) return;
        turn('ready');
        found.readyMs = nowMs;
        setActive(unit, nowMs);
        found.beatMs = 0;
        if (machine.role === 'server' && machine.files.has(`${k3sData}/server/db/reset-flag`))
          machine.files.remove(`${k3sData}/server/db/reset-flag`);
        this.cluster.write(machine, unit.name, `time="" level=info msg="k3s is up and running"`);
      }
    }
    if (found.phase === 'ready') this.live(machine, unit, found, turn);
  }

  /** After a reset, k3s forgets the password of its own Node by itself; of others it does not. */
  private mayBeNode(machine: Machine, unit: Unit, { etcd, external }: Running): boolean {
    if (etcd === undefined || external === true) return true;
    const name = readConfig(machine).get('node-name') ?? machine.name;
    if (machine.files.has(`${k3sData}/server/db/reset-flag`)) etcd.store.delete(passwordKey(name));
    if (isKnownAs(name, machine, etcd.store)) return true;
    const text = `Node password rejected, duplicate hostname or contents of '/etc/rancher/node/password' may not match server node-passwd entry, try enabling a unique node name with the --with-node-id flag`;
    this.cluster.write(machine, unit.name, `time="" level=info msg="Waiting to retrieve agent configuration; ${text}"`);
    return false;
  }

  private crash(machine: Machine, unit: Unit, found: Running, text: string, status = 1): void {
    if (found.etcd !== undefined) this.etcd.stop(found.etcd);
    found.etcd = undefined;
    if (!restartsItself(machine, unit)) {
      this.stop(machine, unit);
      setInactive(unit, this.cluster.now());
      Object.assign(unit, { active: 'failed', sub: 'failed', result: 'exit-code', exitStatus: status });
      this.cluster.write(machine, unit.name, `time="" level=fatal msg="${text}"`);
      return;
    }
    Object.assign(found, { phase: 'crashing', sinceMs: this.cluster.now() });
    Object.assign(unit, { active: 'activating', sub: 'auto-restart', result: 'exit-code', exitStatus: status });
    unit.restarts++;
    this.cluster.write(machine, unit.name, `time="" level=fatal msg="${text}"`);
  }

  private boot(machine: Machine, unit: Unit, found: Running, turn: (phase: Running['phase']) => void): void {
    if (machine.role !== 'server') {
      const config = readConfig(machine);
      const store = this.storeAt(config.get('server') ?? '');
      if (config.has('server') && store === undefined) return;
      if (store !== undefined && store.get(bootstrapKey(tokenOf(machine))) === undefined) {
        const text = 'failed to retrieve configuration from server: not authorized';
        this.cluster.write(
          machine,
          unit.name,
          `time="" level=info msg="Waiting to retrieve agent configuration; ${text}"`,
        );
        turn('starting');
        return;
      }
      turn('ready');
      found.beatMs = 0;
      setActive(unit, this.cluster.now());
      return;
    }
    const { files } = machine;
    const config = readConfig(machine);
    if (config.get('cluster-reset') === 'true') {
      const flag = `${k3sData}/server/db/reset-flag`;
      this.crash(
        machine,
        unit,
        found,
        `Managed etcd cluster membership was previously reset, please remove the cluster-reset flag and start k3s normally. If you need to perform another cluster reset, you must first manually delete the file at ${flag}`,
      );
      return;
    }
    if (config.has('datastore-endpoint')) {
      found.external = true;
      turn('waiting');
      return;
    }
    if (files.has(`${etcdFolder}/tombstone`)) {
      if ((config.get('server') ?? '') === '') {
        const text = `tombstone file has been detected but --server is empty: backup and delete ${k3sData}/server/db to create a new cluster, or set --server to rejoin the cluster`;
        this.crash(machine, unit, found, text);
        return;
      }
      files.rename(etcdFolder, `${k3sData}/server/db/etcd-backup-${Math.floor(this.cluster.now() / 1000)}`);
    }
    const token = tokenOf(machine);
    if (!this.etcd.hasData(machine, etcdFolder)) {
      if ((config.get('server') ?? '') !== '') {
        turn('joining');
        return;
      }
      // Nobody asks: a server without data and without an address to join begins a cluster of its own.
      newCluster(this.etcd, machine, token);
    }
    try {
      found.etcd = this.etcd.start(machine, etcdFolder);
    } catch (error) {
      if (!(error instanceof BoltError)) throw error;
      this.crash(machine, unit, found, 'unexpected fault address: SIGBUS', 2);
      return;
    }
    if (files.textOr(`${k3sData}/server/cred/passwd`, '').startsWith('newer')) {
      const text = `${k3sData}/server/cred/passwd newer than datastore and could cause a cluster outage. Remove the file(s) from disk and restart to be recreated from datastore.`;
      this.crash(machine, unit, found, text);
      return;
    }
    if (found.etcd.store.below('/bootstrap/').length > 0 && found.etcd.store.get(bootstrapKey(token)) === undefined) {
      this.crash(machine, unit, found, 'bootstrap data already found and encrypted with different token');
      return;
    }
    turn('waiting');
  }

  /** What the server at this address keeps, while it answers. */
  private storeAt(url: string): EtcdStore | undefined {
    const target = this.cluster.serverAt(url, undefined);
    return target !== undefined && this.isReady(target) ? this.etcdOf(target)?.store : undefined;
  }

  private join(
    machine: Machine,
    unit: Unit,
    found: Running,
    lasted: number,
    turn: (phase: Running['phase']) => void,
  ): void {
    const config = readConfig(machine);
    const target = this.cluster.serverAt(config.get('server') ?? '', machine);
    // It asks again and again, and the unit stays in `activating` meanwhile.
    if (target === undefined || !this.isReady(target)) return;
    const leader = this.etcdOf(target);
    if (leader === undefined) return;
    const token = tokenOf(machine);
    if (leader.store.get(bootstrapKey(token)) === undefined) {
      this.crash(machine, unit, found, 'failed to bootstrap cluster data: not authorized');
      return;
    }
    if (found.etcd === undefined) {
      if (lasted < pace.learner) return;
      const peerUrl = `https://${machine.address}:2380`;
      const born = String(this.cluster.now());
      const name = memberName(machine, born);
      const member = { id: idOf(`${peerUrl}${born}`), name, peerUrl, learner: true };
      const others = leader.store.members.filter((each) => each.peerUrl !== peerUrl);
      leader.store.members = [...others, member];
      leader.store.revision++;
      const { clusterId } = leader;
      this.etcd.create(machine, etcdFolder, { name, clusterId, memberId: member.id, store: leader.store });
      machine.files.write(`${etcdFolder}/name`, name, 0o600);
      machine.files.write(`${etcdFolder}/config`, `name: ${name}\n`, 0o600);
      found.etcd = this.etcd.start(machine, etcdFolder);
      return;
    }
    if (lasted < pace.promoted) return;
    promote(found.etcd, leader.store);
    turn('waiting');
  }

  /** A running server: it says that it lives, and ends when etcd has had no leader for ten seconds. */
  private live(machine: Machine, unit: Unit, found: Running, turn: (phase: Running['phase']) => void): void {
    const nowMs = this.cluster.now();
    if (machine.role !== 'server') {
      this.beat(machine, found, this.cluster.anyStore());
      return;
    }
    if (found.external === true) return;
    if (found.etcd?.isRemoved === true) {
      machine.files.write(`${etcdFolder}/tombstone`, '', 0o600);
      this.crash(machine, unit, found, 'the member has been permanently removed from the cluster');
      return;
    }
    if (!this.etcd.isServing(found.etcd)) {
      if (nowMs - found.sinceMs < pace.quorumLost * 1000) return;
      unit.restarts++;
      Object.assign(unit, { active: 'activating', sub: 'start', result: 'exit-code' });
      this.cluster.write(machine, unit.name, 'time="" level=error msg="leaderelection lost"');
      turn('waiting');
      return;
    }
    found.sinceMs = nowMs;
    this.beat(machine, found, found.etcd.store);
  }

  private beat(machine: Machine, found: Running, store: EtcdStore | undefined): void {
    const nowMs = this.cluster.now();
    // What writes signs of life is refused as everything else is while an alarm is raised.
    if (store === undefined || store.alarms.length > 0 || nowMs - found.beatMs < pace.heartbeat * 1000) return;
    const name = readConfig(machine).get('node-name') ?? found.hostName;
    // A kubelet makes its Node when it starts; one that is deleted under it stays away until then.
    const isFirst = found.beatMs === 0;
    found.beatMs = nowMs;
    if (!isFirst && store.get(`/registry/minions/${name}`) === undefined) return;
    const before = JSON.parse(store.get(`/registry/minions/${name}`) ?? '{}') as Readonly<Record<string, unknown>>;
    const own = { heartbeatMs: nowMs, address: machine.address, server: machine.role === 'server' };
    const node = { ...before, ...own, version: found.version };
    store.put(`/registry/minions/${name}`, JSON.stringify(node));
  }
}

/** Lets a learner vote. */
function promote({ memberId, store }: EtcdProcess, of: EtcdStore = store): void {
  of.members = of.members.map((each) => (each.id === memberId ? { ...each, learner: false } : each));
  of.revision++;
}
