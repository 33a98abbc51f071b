import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { PracticeCluster, type PracticeOptions } from '../../src/run/practice/practice-cluster';
import { installPracticeFile, kubeadmFiles, practiceFile } from '../../src/run/practice/practice-files';
import { type PracticeServer, servePractice } from '../../src/run/practice/practice-server';
import type { Machine } from '../../src/run/practice/world';
import { bundleCli } from './bundle-cli';

interface Ended {
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
    await bundleCli(join(home, 'dist', 'cli.js'));
    const korean = readdirSync('l10n/ko').map((each) => JSON.parse(readFileSync(join('l10n/ko', each), 'utf8')));
    writeFileSync(
      join(home, 'dist', 'texts-ko.json.br'),
      // Small enough at once: to pack them as the build does takes longer than most tests.
      brotliCompressSync(JSON.stringify(Object.assign({}, ...korean)), {
        params: { [constants.BROTLI_PARAM_QUALITY]: 1 },
      }),
    );
    const folder = join(home, 'repository');
    const practice = new PracticeCluster(clock, { network, ...options });
    const server = await servePractice(practice);
    const paths = [
      'haven.yaml',
      ...['k3s', 'lb'].flatMap((each) => readdirSync(join('examples', each)).map((name) => `${each}/${name}`)),
    ];
    const examples = new Map(paths.map((path) => [path, readFileSync(join('examples', path), 'utf8')]));
    const files = options.distribution === 'kubeadm' ? kubeadmFiles(examples, practice) : examples;
    for (const [path, example] of files) {
      const text = practiceFile(example, { network: practice.network, port: server.port });
      mkdirSync(dirname(join(folder, path)), { recursive: true });
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

  start(args: readonly string[], stdin?: string, variables: NodeJS.ProcessEnv = {}): ChildProcess {
    const { SSH_AUTH_SOCK: _, XDG_STATE_HOME: __, LC_ALL: ___, LC_MESSAGES: ____, LANG: _____, ...env } = process.env;
    const child = spawn(process.execPath, [join(this.home, 'dist', 'cli.js'), ...args], {
      env: { ...env, HOME: this.home, ...variables },
      stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    child.stdin?.end(stdin);
    return child;
  }

  run(args: readonly string[], stdin?: string, variables: NodeJS.ProcessEnv = {}): Promise<Ended> {
    return new Promise((resolve) => {
      const child = this.start(args, stdin, variables);
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
