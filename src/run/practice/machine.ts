import { FileTree } from './file-tree';
import type { PracticeCluster } from './practice-cluster';
import type { Program } from './program';
import { programs } from './programs';
import { MachineGone, Shell } from './shell/shell';
import { Collector, Input } from './shell/streams';
import type { Unit } from './units';

export type PracticeRole = 'server' | 'agent' | 'loadbalancer';

/** How a command on a practice machine ended. */
export interface PracticeAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Hears output as it comes. */
export interface OutputListener {
  stdout(bytes: Buffer): void;
  stderr(bytes: Buffer): void;
}

/** A machine of the practice cluster as it is now: its disk, its units, whether it has power. */
export class Machine {
  readonly files: FileTree;
  readonly units = new Map<string, Unit>();
  /** Programs that are not on this machine although the practice cluster knows them. */
  readonly missing = new Set<string>();
  /** Programs that behave otherwise here than they should: that hang, refuse, or answer late. */
  readonly played = new Map<string, Program>();
  readonly running = new Set<Promise<unknown>>();
  /** What the machine calls itself; the name it has for us stays when that is changed. */
  hostName: string;
  hasPower = true;
  /** How often it was started: a script that began before the last start has nobody to answer to. */
  boots = 1;
  /** When it was started last; undefined for one that has always been on. */
  bootMs: number | undefined;

  constructor(
    readonly cluster: PracticeCluster,
    readonly name: string,
    readonly address: string,
    readonly role: PracticeRole,
  ) {
    this.hostName = name;
    this.files = new FileTree(() => cluster.now());
    for (const folder of [
      '/etc/systemd/system',
      '/root',
      '/run',
      '/tmp',
      '/usr/local/bin',
      '/var/lib',
      '/var/log',
      '/home/practice',
    ])
      this.files.makeFolders(folder);
  }

  program(name: string): Program | undefined {
    const short = name.split('/').at(-1) ?? name;
    if (this.programPath(name) === undefined) return undefined;
    return this.played.get(short) ?? programs.get(short);
  }

  /** Where a program stands on this machine, if it does. */
  programPath(name: string): string | undefined {
    const short = name.split('/').at(-1) ?? name;
    if (!programs.has(short) || this.missing.has(short)) return undefined;
    const local = short === 'k3s';
    return name.includes('/') ? name : `${local ? '/usr/local/bin' : '/usr/bin'}/${name}`;
  }

  /** Work that goes on after the command that began it has ended. */
  background(work: Promise<unknown>): void {
    const quiet = work.catch((error: unknown) => {
      if (!(error instanceof MachineGone)) throw error;
    });
    this.running.add(quiet);
    void quiet.finally(() => this.running.delete(quiet));
  }

  /**
   * Runs a command line as sshd would give it to the login shell.
   * @throws MachineGone when the machine has no power, or loses it meanwhile
   */
  async exec(line: string, stdin: Buffer = Buffer.alloc(0), listener?: OutputListener): Promise<PracticeAnswer> {
    if (!this.hasPower) throw new MachineGone(`${this.name} has no power`);
    await this.cluster.settle();
    const stdout = new Collector((bytes) => listener?.stdout(bytes));
    const stderr = new Collector((bytes) => listener?.stderr(bytes));
    const shell = new Shell(this);
    const code = await shell.script(line, {
      stdin: new Input(stdin),
      outputs: new Map([
        [1, stdout],
        [2, stderr],
      ]),
    });
    return { code, stdout: stdout.bytes().toString('utf8'), stderr: stderr.bytes().toString('utf8') };
  }
}
