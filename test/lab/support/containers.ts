import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { folderOf, layerOf, type Machine } from './layout';
import { must, run } from './shell';

/** Folders that a container runtime puts overlays into, which an overlay itself cannot carry. */
const realFolders = ['/var/lib/containerd', '/var/lib/rancher', '/var/lib/kubelet'];

/** Where a file of a machine lies on this one. */
export function placeOf(machine: string, path: string): string {
  const real = realFolders.some((each) => path.startsWith(`${each}/`));
  return join(folderOf(machine), real ? 'data' : 'upper', path);
}

/** Makes the layer with a container runtime, over the root file system that all machines share, unless it is there. */
export function makeContainerLayer(base: string): void {
  const layer = layerOf('containers');
  if (existsSync(`${layer}.done`)) return;
  must([resolve('test/lab/machine/build-layer.sh'), base, layer], { timeoutSec: 900 });
  writeFileSync(`${layer}.done`, '');
}

/** How a file of a machine is written before its first boot. */
export interface MachineFiles {
  write(path: string, text: string, mode?: number): void;
  /** Lets a unit start at every boot, by the path of its file. */
  enable(unit: string): void;
}

/** What a machine needs in order to run containers and a kubelet: rights, real folders, cgroups it may write. */
export function provisionContainers(machine: Machine, files: MachineFiles, podNetwork: string): void {
  const data = join(folderOf(machine.name), 'data');
  for (const each of realFolders) mkdirSync(join(data, each), { recursive: true });
  const options = [
    '--capability=all',
    // Or it could set this machine's clock.
    '--drop-capability=CAP_SYS_TIME',
    '--bind=/dev/kmsg',
    '--system-call-filter=add_key keyctl request_key bpf',
    ...realFolders.map((each) => `--bind=${data}${each}:${each}`),
  ];
  writeFileSync(join(folderOf(machine.name), 'nspawn.options'), `${options.join('\n')}\n`);
  files.write('etc/systemd/system/lab-cgroups.service', cgroupsUnit);
  files.enable('/etc/systemd/system/lab-cgroups.service');
  files.enable('/lib/systemd/system/containerd.service');
  // One bridge for each machine and no routes between them: nothing in the lab needs pods that talk.
  const plugins = [
    {
      type: 'bridge',
      bridge: 'cni0',
      isGateway: true,
      ipMasq: false,
      ipam: {
        type: 'host-local',
        ranges: [[{ subnet: `${podNetwork}.${machine.address.split('.')[3]}.0/24` }]],
        routes: [{ dst: '0.0.0.0/0' }],
      },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
  ];
  files.write('etc/cni/net.d/10-lab.conflist', JSON.stringify({ cniVersion: '0.4.0', name: 'lab', plugins }));
}

/**
 * systemd-nspawn mounts the controllers read-only. Three settings that kubelet insists on belong to the host: it is shown
 * files with the values it wants, and then writes nothing.
 */
const cgroupsUnit = `[Unit]
Description=Make the cgroups of this machine writable
Before=containerd.service k3s-agent.service k3s.service kubelet.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'mount -o remount,rw /sys/fs/cgroup; for c in /sys/fs/cgroup/*; do mount -o remount,rw,bind $c; done; mount --make-rshared /'
ExecStart=/bin/sh -c 'mkdir -p /run/lab-sysctl; for each in vm/overcommit_memory=1 kernel/panic=10 kernel/panic_on_oops=1; do name=$\${each%=*}; file=/run/lab-sysctl/$(basename $name); echo $\${each#*=} >$file; mount --bind $file /proc/sys/$name; done'

[Install]
WantedBy=multi-user.target
`;

/** Every kubelet takes many inotify instances, counted for one user of the host; 128 are used up by four of them. */
export function raiseInotify(): void {
  const name = 'fs.inotify.max_user_instances';
  if (Number(run(['sysctl', '-n', name]).stdout) < 1024) must(['sysctl', '-qw', `${name}=1024`]);
}
