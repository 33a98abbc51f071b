import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { type Machine, PracticeCluster, type PracticeOptions } from '../../src/run/practice/practice-cluster';
import { installPracticeFile, practiceFile } from '../../src/run/practice/practice-files';
import { type PracticeServer, servePractice } from '../../src/run/practice/practice-server';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line in a home of its own, beside a folder that describes a practice cluster. */
export class CliWorld {
  private constructor(
    readonly home: string,
    /** Holds `haven.yaml`. */
    readonly folder: string,
    readonly practice: PracticeCluster,
    readonly server: PracticeServer,
  ) {}

  static async make(network: string, clock: () => number = Date.now, options: PracticeOptions = {}): Promise<CliWorld> {
    const home = mkdtempSync(join(tmpdir(), 'haven-cli-'));
    // As one file it starts in a tenth of the time, and it is started often here.
    await build({
      entryPoints: ['src/cli/main.ts'],
      outfile: join(home, 'cli.js'),
      bundle: true,
      platform: 'node',
      external: ['*.node', 'cpu-features'],
      logLevel: 'error',
    });
    const folder = join(home, 'repository');
    const practice = new PracticeCluster(clock, { network, ...options });
    const server = await servePractice(practice);
    cpSync('examples', folder, { recursive: true });
    for (const path of [
      'haven.yaml',
      ...['k3s', 'lb'].flatMap((each) => readdirSync(join(folder, each)).map((name) => `${each}/${name}`)),
    ]) {
      const text = practiceFile(readFileSync(join(folder, path), 'utf8'), {
        network: practice.network,
        port: server.port,
      });
      writeFileSync(join(folder, path), text);
      installPracticeFile(practice, path, text);
    }
    const world = new CliWorld(home, folder, practice, server);
    mkdirSync(join(home, '.ssh'));
    writeFileSync(world.knownHosts, server.knownHosts);
    return world;
  }

  get knownHosts(): string {
    return join(this.home, '.ssh', 'known_hosts');
  }

  /** Where the command line keeps what outlives it. */
  get stateFolder(): string {
    return join(this.home, '.local/state/haven');
  }

  async close(): Promise<void> {
    await this.server.close();
    rmSync(this.home, { recursive: true, force: true });
  }

  start(args: readonly string[], stdin?: string): ChildProcess {
    const { SSH_AUTH_SOCK: _, XDG_STATE_HOME: __, ...env } = process.env;
    const child = spawn(process.execPath, [join(this.home, 'cli.js'), ...args], {
      env: { ...env, HOME: this.home },
      stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    child.stdin?.end(stdin);
    return child;
  }

  run(args: readonly string[], stdin?: string): Promise<Ended> {
    return new Promise((resolve) => {
      const child = this.start(args, stdin);
      let [stdout, stderr] = ['', ''];
      child.stdout?.on('data', (chunk: Buffer) => {
        stdout += chunk;
      });
      child.stderr?.on('data', (chunk: Buffer) => {
        stderr += chunk;
      });
      child.once('close', (code) => resolve({ code, stdout, stderr }));
    });
  }

  machine(name: string): Machine {
    const found = this.practice.nodes.find((each) => each.name === name);
    assert.ok(found !== undefined);
    return found;
  }
}

/** Lines of JSON. */
export function rows(text: string): Record<string, unknown>[] {
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
