// Real machines on this one, for tests and for trying things by hand:
//   npm run test:lab [-- --only TEXT]                   makes each kind of lab, runs its tests, takes it down again
//   npm run lab -- up [machines|k3s|kubeadm]            makes a lab that stays
//   npm run lab -- status | ssh NODE COMMAND | down [--all]
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePackages } from '../../scripts/setup/packages.mjs';
import { ensureVscodeServer } from '../../scripts/setup/vscode-server';
import { workbenchMissing } from '../support/workbench';
import { kubeadmPrograms } from './support/kubeadm';
import { Lab } from './support/lab';
import { type Mode, modes, stateFolder } from './support/layout';
import { inLab, must } from './support/shell';
import { absenceVariable } from './support/suite';
import { clearNetworks } from './support/vrrp-network';
import { whyNoLab, whyNoNetwork } from './support/why-no-lab';

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Ends the work that is going on, and lets what follows clean up. */
const interrupted = new AbortController();

/** Why a kind of lab cannot be made; its tests are skipped with these words. */
async function whyNot(mode: Mode): Promise<string | undefined> {
  const { HAVEN_K3S: k3s, HAVEN_KUBEADM: kubeadm } = process.env;
  if (mode === 'k3s' && (k3s === undefined || !existsSync(k3s))) return 'HAVEN_K3S does not name a k3s binary';
  if (mode === 'kubeadm') {
    if (kubeadm === undefined || !existsSync(kubeadm))
      return "HAVEN_KUBEADM does not name a folder with kubeadm's programs";
    const missing = kubeadmPrograms.filter((each) => !existsSync(join(kubeadm, each)));
    if (missing.length > 0) return `HAVEN_KUBEADM has no ${missing.join(', ')}`;
    if (!existsSync('/usr/bin/gcc')) return '/usr/bin/gcc not installed';
  }
  return whyNoLab() ?? (await Lab.whyImpossible(mode));
}

/** Whether a suite has test files, of those that `--only` leaves. */
function hasTests(suite: string, options: readonly string[]): boolean {
  const folder = `test/lab/${suite}`;
  const only = options[options.indexOf('--only') + 1];
  if (!existsSync(folder)) return false;
  return readdirSync(folder).some(
    (name) => name.endsWith('.test.ts') && (!options.includes('--only') || `${folder}/${name}`.includes(only ?? '')),
  );
}

/** Runs the tests below test/lab/SUITE; in the network of the lab when its machines are up. */
function runSuite(suite: string, absent: string | undefined, only: readonly string[], counts: Counts): Promise<void> {
  const argv = [process.execPath, '--import', 'tsx', 'test/run.ts', `lab/${suite}`, ...only];
  const [program = '', ...args] = Lab.isUp() && absent === undefined ? inLab(...argv) : argv;
  return new Promise((done) => {
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'inherit'],
      // A group of its own, as the runner does not end the processes of its test files.
      detached: true,
      env: { ...process.env, [absenceVariable]: absent ?? '' },
    });
    const stop = () => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
    };
    interrupted.signal.addEventListener('abort', stop);
    let last = '';
    child.stdout.on('data', (chunk: Buffer) => {
      last = `${last}${chunk.toString()}`.slice(-2000);
      process.stdout.write(chunk);
    });
    child.on('close', (code) => {
      interrupted.signal.removeEventListener('abort', stop);
      const said = /^(\d+) passed, (\d+) failed, (\d+) skipped$/m.exec(last);
      counts.passed += Number(said?.[1] ?? 0);
      counts.failed += Number(said?.[2] ?? 0);
      counts.skipped += Number(said?.[3] ?? 0);
      if (code !== 0 && said === null) counts.failed++;
      done();
    });
  });
}

/** The daemons that need no machines. */
async function testNetwork(only: readonly string[], counts: Counts): Promise<void> {
  process.stdout.write('lab: network\n');
  clearNetworks();
  await runSuite('network', whyNoNetwork(), only, counts);
  clearNetworks();
}

/** Makes a lab; a second time where the first one does not come up, as on a machine that has too much to do. */
async function raise(mode: Mode): Promise<void> {
  try {
    await Lab.up(mode, interrupted.signal, process.pid);
  } catch (error) {
    if (interrupted.signal.aborted) throw error;
    process.stdout.write(
      `the lab of ${mode} did not come up, once more: ${error instanceof Error ? error.message : error}\n`,
    );
    await Lab.down();
    await Lab.up(mode, interrupted.signal, process.pid);
  }
}

/** One kind of lab from making to taking down. A lab that was made by hand is used and stays. */
async function testMode(mode: Mode, only: readonly string[], counts: Counts): Promise<void> {
  await Lab.clearStale();
  const failed = (error: unknown) => {
    counts.failed++;
    const words = error instanceof Error ? error.message : String(error);
    process.stdout.write(`FAILED: the lab of ${mode} did not come up\n${words}\n`);
  };
  let absent: string | undefined;
  try {
    absent = await whyNot(mode);
  } catch (error) {
    return failed(error);
  }
  if (absent !== undefined) return runSuite(mode, absent, only, counts);
  const made = Lab.isUp();
  const owner = made ? Lab.running().owner : undefined;
  if (owner !== undefined) return runSuite(mode, `process ${owner} tests on the machines now`, only, counts);
  if (made && Lab.running().mode !== mode)
    return runSuite(mode, `a lab of another kind is up: npm run lab -- down`, only, counts);
  try {
    if (!made) await raise(mode);
    await runSuite(mode, undefined, only, counts);
  } catch (error) {
    failed(error);
  } finally {
    if (!made) await Lab.down();
  }
}

async function test(options: readonly string[]): Promise<number> {
  ensurePackages({ lab: true });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort());
  // Both want programs from elsewhere, and the network of a lab leads nowhere.
  must([process.execPath, 'scripts/build.mjs']);
  if (workbenchMissing === false) ensureVscodeServer();
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  const wanted = modes.filter((mode) => hasTests(mode, options));
  const prepared = wanted.length > 0 && whyNoLab() === undefined ? Lab.prepare(interrupted.signal) : undefined;
  const testMachines = async () => {
    await prepared;
    for (const mode of wanted) {
      if (interrupted.signal.aborted) return;
      process.stdout.write(`lab: ${mode}\n`);
      await testMode(mode, options, counts);
    }
  };
  // The daemons of the one mostly wait, in networks of their own: what the others stand on is made meanwhile, and they are tested.
  await Promise.all([hasTests('network', options) ? testNetwork(options, counts) : undefined, testMachines()]);
  process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
  if (interrupted.signal.aborted) return 130;
  return counts.failed > 0 ? 1 : 0;
}

async function main([verb = '', ...rest]: readonly string[]): Promise<number> {
  switch (verb) {
    case 'up': {
      const mode = modes.find((each) => each === (rest[0] ?? 'machines'));
      if (mode === undefined) break;
      const reason = await whyNot(mode);
      if (reason !== undefined) throw new Error(reason);
      const { machines } = await Lab.up(mode, interrupted.signal);
      process.stdout.write(`up: ${machines.map((each) => `${each.name} ${each.address}`).join(', ')}\n`);
      return 0;
    }
    case 'down':
      await Lab.down();
      if (rest.includes('--all')) rmSync(stateFolder, { recursive: true, force: true });
      return 0;
    case 'status': {
      const lab = Lab.running();
      process.stdout.write(`virtual address on ${lab.holders().join(' and ') || 'no machine'}\n`);
      return 0;
    }
    case 'ssh': {
      const { code, stdout, stderr } = Lab.running().ssh(rest[0] ?? '', rest.slice(1).join(' '));
      process.stdout.write(stdout);
      process.stderr.write(stderr);
      return code;
    }
    case 'test':
      return test(rest);
  }
  process.stderr.write(`test [--only TEXT] | up [${modes.join('|')}] | status | ssh NODE COMMAND | down [--all]\n`);
  return 2;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
