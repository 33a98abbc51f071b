import { FileTree } from './file-tree';
import { programs } from './programs';
import { MachineGone } from './shell/leave';
import { Shell } from './shell/shell';
import { Collector, Input } from './shell/streams';
import type { Cluster, Machine, OutputListener, PracticeAnswer, PracticeRole, Program, Unit } from './world';

/** A machine whose login shell is ours, with the programs that we play. */
export class PracticeMachine implements Machine {
  readonly files: FileTree;
  readonly units = new Map<string, Unit>();
  readonly missing = new Set<string>();
  readonly lostImages = new Set<string>();
  reachesRegistry = true;
  readonly played = new Map<string, Program>();
  readonly running = new Set<Promise<unknown>>();
  hostName: string;
  hasPower = true;
  boots = 1;
  bootMs: number | undefined;
  aheadMs = 0;

  constructor(
    readonly cluster: Cluster,
    readonly name: string,
    readonly address: string,
    readonly role: PracticeRole,
  ) {
    this.hostName = name;
    this.files = new FileTree(() => this.now());
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

  now(): number {
    return this.cluster.now() + this.aheadMs;
  }

  program(name: string): Program | undefined {
    const short = name.split('/').at(-1) ?? name;
    if (this.programPath(name) === undefined) return undefined;
    return this.played.get(short) ?? programs.get(short);
  }

  programPath(name: string): string | undefined {
    const short = name.split('/').at(-1) ?? name;
    if (!programs.has(short) || this.missing.has(short)) return undefined;
    const local = short === 'k3s';
    return name.includes('/') ? name : `${local ? '/usr/local/bin' : '/usr/bin'}/${name}`;
  }

  background(work: Promise<unknown>): void {
    const quiet = work.catch((error: unknown) => {
      if (!(error instanceof MachineGone)) throw error;
    });
    this.running.add(quiet);
    void quiet.finally(() => this.running.delete(quiet));
  }

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
