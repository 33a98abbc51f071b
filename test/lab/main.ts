// npm run lab -- up | down | status | test | ssh NODE COMMAND: real machines on this one, for tests and for trying things by hand.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePackages } from '../../scripts/setup/packages.mjs';
import { ensureVscodeServer } from '../../scripts/setup/vscode-server.mjs';
import { Lab } from './support/lab';
import { stateFolder } from './support/layout';
import { inLab, must } from './support/shell';
import { whyNoLab } from './support/why-no-lab';

const shape = { servers: 3, balancers: 2, agents: 1 };

/** Brings the lab up if it is not, runs the suite in its network, and takes it down again if it was brought up here. */
async function test(only: readonly string[]): Promise<number> {
  ensurePackages({ lab: true });
  const reason = whyNoLab();
  if (reason !== undefined) {
    process.stdout.write(`skipped: lab (${reason})\n0 passed, 0 failed, 1 skipped\n`);
    return 0;
  }
  const ours = !Lab.isUp();
  const end = () => {
    if (ours) void Lab.down().finally(() => process.exit(130));
  };
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  try {
    // Both want programs from elsewhere, and the lab's network leads nowhere.
    must([process.execPath, 'scripts/build.mjs']);
    ensureVscodeServer();
    if (ours) await Lab.up(shape);
    const [program = '', ...args] = inLab(process.execPath, '--import', 'tsx', 'test/run.ts', 'lab', ...only);
    const { status } = spawnSync(program, args, { stdio: 'inherit' });
    return status ?? 1;
  } finally {
    if (ours) await Lab.down();
  }
}

async function main([verb = '', ...rest]: readonly string[]): Promise<number> {
  switch (verb) {
    case 'up':
      await Lab.up(shape);
      process.stdout.write(
        `up: ${Lab.running()
          .machines.map((each) => `${each.name} ${each.address}`)
          .join(', ')}\n`,
      );
      return 0;
    case 'down':
      await Lab.down();
      if (rest.includes('--all')) rmSync(join(stateFolder), { recursive: true, force: true });
      return 0;
    case 'status': {
      const lab = Lab.running();
      process.stdout.write(
        `virtual address on ${lab.holders().join(' and ') || 'no machine'}; healthy members: ${lab.healthyMembers().join(' ')}\n`,
      );
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
    default:
      process.stderr.write('npm run lab -- up | down [--all] | status | ssh NODE COMMAND | test [--only TEXT]\n');
      return 2;
  }
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
