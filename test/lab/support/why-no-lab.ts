import { existsSync } from 'node:fs';

const programs = [
  '/usr/bin/systemd-nspawn',
  '/usr/sbin/debootstrap',
  '/usr/bin/nsenter',
  '/usr/bin/openssl',
  '/usr/bin/curl',
  '/usr/bin/ssh',
];

/** Why no machines can be made here; undefined where they can. */
export function whyNoLab(): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux';
  if (process.getuid?.() !== 0) return 'needs root';
  const missing = programs.filter((path) => !existsSync(path));
  if (missing.length > 0) return `${missing.join(' and ')} not installed`;
  if (!existsSync('/sys/fs/cgroup/systemd') && !existsSync('/sys/fs/cgroup/cgroup.controllers'))
    return 'no cgroups here';
  return undefined;
}
