import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A user of this machine with a password, for one test. */
export interface SystemUser {
  readonly name: string;
  readonly password: string;
  /** Lets sudo run everything for it: with its password, or without. */
  allowSudo(rule: string): void;
  remove(): void;
}

/** Why no user can be made here; false when one can. */
export const systemUserMissing: string | false =
  process.getuid?.() === 0 &&
  ['useradd', 'chpasswd', 'sudo'].every((each) => spawnSync('sh', ['-c', `command -v ${each}`]).status === 0)
    ? false
    : 'making a user needs root, useradd and sudo';

/** `home` belongs to it; `shell` is its login shell. */
export function makeSystemUser(shell = '/bin/sh', home = '/tmp'): SystemUser {
  const name = `haven-t${process.pid}`;
  const password = `it's "long" $(enough) ${process.pid}`;
  execFileSync('useradd', ['--no-create-home', '--home-dir', home, '--shell', shell, name]);
  execFileSync('chpasswd', { input: `${name}:${password}\n` });
  const rules = join('/etc/sudoers.d', name);
  return {
    name,
    password,
    allowSudo: (rule) => writeFileSync(rules, `${name} ${rule}\n`, { mode: 0o440 }),
    remove: () => {
      rmSync(rules, { force: true });
      spawnSync('userdel', ['--force', name]);
    },
  };
}
