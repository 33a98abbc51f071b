import type { Machine } from '../../src/run/practice/world';

/** Stands for install.sh, which writes the unit and starts nothing where it is told so. */
export const k3sInstaller = `#!/bin/sh
[ "$INSTALL_K3S_SKIP_START" = true ] && [ "$INSTALL_K3S_SKIP_DOWNLOAD" = true ] || exit 1
printf '[Service]\\nExecStart=/usr/local/bin/k3s server\\nRestart=always\\n' >/etc/systemd/system/k3s.service
systemctl daemon-reload
`;

/** Makes a new machine of one: nothing of k3s is on it, and it answers under the old name. */
export function emptyK3sMachine(machine: Machine): void {
  const { cluster, files, units } = machine;
  cluster.powerOff(machine);
  for (const path of ['/var/lib/rancher', '/etc/rancher', '/etc/systemd/system/k3s.service', '/var/lib/haven'])
    if (files.has(path)) files.remove(path);
  units.delete('k3s');
  cluster.powerOn(machine);
}
