import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type DrillReport, drillCommand, parseDrill } from '../../src/ops/restore/drill';
import type { SnapshotContent } from '../../src/ops/snapshot-file/etcd-snapshot';
import { type LocalSnapshot, readLocalSnapshot } from '../../src/run/read-snapshot';
import { KubeadmHosts } from './kubeadm-hosts';

/** What the script of a drill calls, each of which may go wrong; not those that it calls for every process of the machine. */
export const drillPrograms = [
  ...['curl', 'cut', 'date', 'grep', 'head', 'mktemp', 'od', 'openssl', 'rm', 'sed', 'sha256sum', 'tail', 'wc'],
  ...['etcd', 'etcdctl'],
] as const;

/**
 * What happens to one call of a program: it fails, prints what nobody understands, or while it is called the etcd of the drill
 * dies, the drill is told to end, or is killed.
 */
export const drillFaults = ['fails', 'babbles', 'etcd dies', 'told to end', 'killed'] as const;

export interface DrillBreak {
  readonly program: (typeof drillPrograms)[number];
  /** At which call of it, from one. */
  readonly at: number;
  readonly fault: (typeof drillFaults)[number];
}

const acts: Readonly<Record<DrillBreak['fault'], string>> = {
  fails: 'exit 1',
  babbles: "echo 'nobody knows'; exit 0",
  // By the folder that its arguments name.
  'etcd dies': `for c in /proc/[0-9]*; do
  ! tr '\\0' ' ' 2>/dev/null <"$c/cmdline" | grep -q -- "--data-dir $TMPDIR" || kill -9 "\${c#/proc/}"
done`,
  'told to end': 'read -r of <"$W/pid"; kill -TERM "$of"',
  killed: 'read -r of <"$W/pid"; kill -9 "$of"; exit 1',
};

/** A machine on which drills are tried: a snapshot of a real etcd, and programs that go wrong when they are told to. */
export class DrillWeather {
  readonly folder = mkdtempSync(join(tmpdir(), 'haven-drill-weather-'));
  private readonly bin = join(this.folder, 'bin');
  private constructor(readonly snapshot: LocalSnapshot) {
    mkdirSync(this.bin);
    for (const name of drillPrograms) {
      const path = join(this.bin, name);
      const real = spawnSync('which', [name], { encoding: 'utf8' }).stdout.trim();
      // Of what the shell itself can do: the script calls some of them for every process of the machine.
      writeFileSync(
        path,
        `#!/bin/sh
W='${this.folder}' n=0
[ ! -e "$W/${name}" ] || read -r n <"$W/${name}"
n=$((n + 1))
echo $n >"$W/${name}"
read -r at <"$W/at"
if [ "${name} $n" = "$at" ]; then . "$W/act"; fi
exec ${real} "$@"
`,
      );
      chmodSync(path, 0o755);
    }
  }

  static async make(): Promise<DrillWeather> {
    const world = await KubeadmHosts.make();
    const folder = mkdtempSync(join(tmpdir(), 'haven-drill-file-'));
    try {
      for (let i = 0; i < 8; i++) world.etcdctl('cp1', 'put', `/registry/c${i}`, String(i));
      world.etcdctl('cp1', 'snapshot', 'save', join(folder, 'snapshot.db'));
      return new DrillWeather(await readLocalSnapshot(join(folder, 'snapshot.db'), 'here'));
    } finally {
      world.close();
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
    rmSync(join(this.snapshot.path, '..'), { recursive: true, force: true });
  }

  /** One drill that ends by itself, and what it leaves behind. */
  async drill(
    scratch: string,
    content: SnapshotContent,
    broken?: DrillBreak,
  ): Promise<{ readonly report: DrillReport; readonly left: readonly string[] }> {
    for (const name of drillPrograms) rmSync(join(this.folder, name), { force: true });
    writeFileSync(join(this.folder, 'at'), broken === undefined ? 'never' : `${broken.program} ${broken.at}`);
    writeFileSync(join(this.folder, 'act'), broken === undefined ? ':' : acts[broken.fault]);
    const command = drillCommand(this.snapshot.path, content, false).argv.map(String);
    const child = spawn('sh', ['-c', 'echo $$ >"$W/pid"; exec "$@"', 'sh', ...command], {
      env: { PATH: `${this.bin}${delimiter}${process.env.PATH}`, TMPDIR: scratch, W: this.folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => {
      said.stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      said.stderr += chunk.toString();
    });
    // An etcd that outlives a drill that was killed holds its streams no longer than this.
    await new Promise((done) => child.once('exit', done));
    return { report: parseDrill(said.stdout, content, said.stderr), left: this.left(scratch) };
  }

  /** Folders of drills, and etcds that run on them. */
  private left(scratch: string): readonly string[] {
    const running = readdirSync('/proc').filter((each) => {
      try {
        return /^\d+$/.test(each) && readFileSync(`/proc/${each}/cmdline`, 'utf8').includes(`--data-dir\0${scratch}/`);
      } catch {
        return false;
      }
    });
    return [...readdirSync(scratch), ...running];
  }

  /** Whatever goes wrong: nothing false is said, nothing is left for longer than until the next drill, and the file is as it was. */
  async weather(broken: DrillBreak, isOther: boolean, told: (line: string) => void): Promise<void> {
    const scratch = mkdtempSync(join(this.folder, 'scratch-'));
    const { content, path } = this.snapshot;
    const before = readFileSync(path);
    const { report, left } = await this.drill(
      scratch,
      isOther ? { ...content, keys: content.keys + 1 } : content,
      broken,
    );
    told(`${JSON.stringify(broken)}${isOther ? ' of another content' : ''}: ${JSON.stringify(report)}, left: ${left}`);
    if (report.kind === 'failed') assert.notEqual(report.why, '', 'it says why');
    // Only what babbles can make a file look like another one.
    else if (isOther) assert.equal(report.matches, false, 'a file that holds something else is not called the same');
    else if (broken.fault !== 'babbles') assert.equal(report.matches, true, 'a good file is not called another one');
    // What could not be removed, or was not asked to, goes with the next one.
    if (broken.fault !== 'killed' && broken.program !== 'rm') assert.deepEqual(left, []);
    const next = await this.drill(scratch, content);
    assert.ok(next.report.kind === 'started' && next.report.matches, JSON.stringify(next.report));
    assert.deepEqual(next.left, []);
    assert.deepEqual(readFileSync(path), before);
    rmSync(scratch, { recursive: true });
  }
}
