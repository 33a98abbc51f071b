import { majorityOf } from '../../../base/majority';
import { BoltError } from '../../../ops/snapshot-file/bolt';
import { folderOf } from '../file-tree';
import type { Etcd, EtcdProcess, Machine } from '../world';
import { EtcdStore, hex, idOf } from './store';

class RunningEtcd implements EtcdProcess {
  servingSinceMs: number | undefined;
  isRemoved = false;
  slackBytes = 0;

  constructor(
    readonly machine: Machine,
    readonly folder: string,
    readonly clusterId: bigint,
    readonly memberId: bigint,
    public store: EtcdStore,
    readonly startedMs: number,
    public speaksFromMs: number,
  ) {}

  get name(): string {
    return this.store.members.find((each) => each.id === this.memberId)?.name ?? '';
  }

  get isLearner(): boolean {
    return this.store.members.find((each) => each.id === this.memberId)?.learner ?? false;
  }
}

interface Identity {
  readonly clusterId: string;
  readonly memberId: string;
}

const walFile = 'member/wal/0000000000000000-0000000000000000.wal';

/** Every etcd of the practice cluster: who finds whom, who has quorum, what each has on its disk. */
export class EtcdEngine implements Etcd {
  readonly processes = new Set<EtcdProcess>();

  constructor(private readonly now: () => number) {}

  hasData({ files }: Machine, folder: string): boolean {
    return files.isFolder(`${folder}/member/wal`);
  }

  /** Writes the data of a member that has not run yet. Its id comes from its address and the cluster's token alone. */
  create(
    machine: Machine,
    folder: string,
    options: {
      readonly name: string;
      readonly clusterId: bigint;
      readonly memberId: bigint;
      readonly store: EtcdStore;
    },
  ): void {
    const { files } = machine;
    files.makeFolders(`${folder}/member/wal`, 0o700);
    files.makeFolders(`${folder}/member/snap`, 0o700);
    const identity: Identity = { clusterId: hex(options.clusterId), memberId: hex(options.memberId) };
    files.write(`${folder}/${walFile}`, `${JSON.stringify(identity)}\n`, 0o600);
    files.write(`${folder}/member/snap/db`, options.store.toBytes(), 0o600);
  }

  /**
   * Starts a member on the data in `folder`; it speaks with its peers `silentMs` later.
   * @throws BoltError when the data is damaged
   */
  start(machine: Machine, folder: string, silentMs = 0): EtcdProcess {
    const { files } = machine;
    const identity = JSON.parse(files.textOr(`${folder}/${walFile}`, '{}')) as Partial<Identity>;
    if (identity.clusterId === undefined || identity.memberId === undefined) throw new BoltError('the log is damaged');
    const store = EtcdStore.fromBytes(files.read(`${folder}/member/snap/db`));
    const ids = [BigInt(`0x${identity.clusterId}`), BigInt(`0x${identity.memberId}`)] as const;
    const process = new RunningEtcd(machine, folder, ...ids, store, this.now(), this.now() + silentMs);
    this.processes.add(process);
    return process;
  }

  /**
   * Ends a member; what it had is on its disk then, wherever the folder was moved to meanwhile. A full disk takes none of it:
   * etcd had it there when it said yes to it.
   */
  stop(process: EtcdProcess): void {
    this.processes.delete(process);
    const { machine, folder, store } = process;
    const path = `${folder}/member/snap/db`;
    if (machine.files.isFolder(folderOf(path))) machine.files.reveal(path, store.toBytes(), 0o600);
  }

  /** The members of one cluster that run and belong to it. */
  group(clusterId: bigint): EtcdProcess[] {
    return [...this.processes].filter(
      (each) =>
        each.clusterId === clusterId && each.machine.hasPower && !each.isRemoved && each.speaksFromMs <= this.now(),
    );
  }

  /** The one that leads, if enough voters run. */
  leader(clusterId: bigint): EtcdProcess | undefined {
    const running = this.group(clusterId);
    // The member that has seen most tells who belongs.
    const newest = running.toSorted((a, b) => b.store.revision - a.store.revision)[0];
    if (newest === undefined) return undefined;
    const voters = newest.store.members.filter((each) => !each.learner);
    const up = running.filter((each) => voters.some(({ id }) => id === each.memberId));
    if (up.length < majorityOf(voters.length)) return undefined;
    return up.toSorted((a, b) => a.startedMs - b.startedMs || (a.memberId < b.memberId ? -1 : 1))[0];
  }

  /** Lets members that can find each other agree: the newest data counts, and those left out learn of it. */
  settle(): void {
    for (const clusterId of new Set([...this.processes].map((each) => each.clusterId))) {
      const leader = this.leader(clusterId);
      const running = this.group(clusterId);
      if (leader === undefined) {
        for (const each of running) each.servingSinceMs = undefined;
        continue;
      }
      const newest = running.toSorted((a, b) => b.store.revision - a.store.revision)[0] ?? leader;
      for (const each of running) {
        if (!newest.store.members.some(({ id }) => id === each.memberId)) {
          each.isRemoved = true;
          each.servingSinceMs = undefined;
          continue;
        }
        each.store = newest.store;
        each.servingSinceMs ??= this.now();
      }
    }
  }

  /** The members that answer clients now. */
  isServing(process: EtcdProcess | undefined): process is EtcdProcess {
    return process?.servingSinceMs !== undefined && this.processes.has(process);
  }

  on(machine: Machine): EtcdProcess | undefined {
    return [...this.processes].find((each) => each.machine === machine);
  }
}

/** The ids that etcd gives a new cluster: from addresses and token alone, so the same again for the same. */
export function idsOf(
  peerUrls: readonly string[],
  own: string,
  token: string,
): { clusterId: bigint; memberId: bigint } {
  const members = peerUrls.map((url) => idOf(`${url}${token}`)).sort((a, b) => (a < b ? -1 : 1));
  return { clusterId: idOf(members.join()), memberId: idOf(`${own}${token}`) };
}
