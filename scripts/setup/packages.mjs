// The programs Haven is checked with: Debian packages, installed as root, or named in one line where that may not be done.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** What each program is for; the suites that need a missing one are skipped by name. */
const programs = [
  { package: 'haproxy', path: '/usr/sbin/haproxy' },
  { package: 'keepalived', path: '/usr/sbin/keepalived' },
  { package: 'etcd-server', path: '/usr/bin/etcd' },
  { package: 'etcd-client', path: '/usr/bin/etcdctl' },
  { package: 'nginx', path: '/usr/sbin/nginx' },
  { package: 'openssh-server', path: '/usr/sbin/sshd' },
  { package: 'openssh-client', path: '/usr/bin/ssh-keygen' },
  { package: 'sudo', path: '/usr/bin/sudo' },
  { package: 'iproute2', path: '/usr/sbin/ip', also: '/sbin/ip' },
  { package: 'ripgrep', path: '/usr/bin/rg' },
  { package: 'chromium', path: '/usr/bin/chromium' },
  { package: 'fonts-noto-cjk', path: '/usr/share/fonts/opentype/noto' },
  { package: 'python3', path: '/usr/bin/python3' },
  { package: 'g++', path: '/usr/bin/g++' },
  { package: 'make', path: '/usr/bin/make' },
];

const labPrograms = [
  { package: 'systemd-container', path: '/usr/bin/systemd-nspawn' },
  { package: 'debootstrap', path: '/usr/sbin/debootstrap' },
  { package: 'openssl', path: '/usr/bin/openssl' },
  { package: 'curl', path: '/usr/bin/curl' },
];

/** Installs what is missing when it may; returns the names of the packages that are missing afterwards. */
export function ensurePackages({ lab = false } = {}) {
  const wanted = lab ? [...programs, ...labPrograms] : programs;
  const missing = () =>
    wanted.filter((each) => ![each.path, each.also].some((path) => path !== undefined && existsSync(path)));
  const names = missing().map((each) => each.package);
  if (names.length === 0) return [];
  const mayInstall = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
  if (mayInstall) {
    console.log(`installing ${names.join(' ')}`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    // Debian starts a daemon when it is installed; a machine that only checks Haven wants none of them running.
    const policy = '/usr/sbin/policy-rc.d';
    const ours = !existsSync(policy);
    if (ours) spawnSync('sh', ['-c', `printf '#!/bin/sh\\nexit 101\\n' >${policy} && chmod 755 ${policy}`]);
    spawnSync('apt-get', ['update', '-q'], { stdio: 'ignore', env });
    spawnSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...names], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env,
    });
    if (ours) spawnSync('rm', ['-f', policy]);
  }
  const left = missing().map((each) => each.package);
  if (left.length > 0) console.log(`missing, and what needs them is skipped: apt-get install ${left.join(' ')}`);
  return left;
}
