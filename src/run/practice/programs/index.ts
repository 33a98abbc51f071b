import type { Program } from '../program';
import { archivePrograms } from './archives';
import { haproxy, keepalived } from './balancers';
import { curl, wget } from './curl';
import { dd } from './dd';
import { filePrograms } from './files';
import { find } from './find';
import { ip } from './ip';
import { journalctl } from './journalctl';
import { k3s } from './k3s';
import { kubectl } from './kubectl';
import { openssl } from './openssl';
import { systemPrograms } from './system';
import { systemctl } from './systemctl';
import { systemdRun } from './systemd-run';
import { textPrograms } from './text';

/** Every program that practice machines play, by name; a family in one file where they are small. */
export const programs: ReadonlyMap<string, Program> = new Map<string, Program>([
  ...Object.entries(archivePrograms),
  ...Object.entries(filePrograms),
  ...Object.entries(textPrograms),
  ...Object.entries(systemPrograms),
  ['curl', curl],
  ['dd', dd],
  ['find', find],
  ['haproxy', haproxy],
  ['ip', ip],
  ['journalctl', journalctl],
  ['k3s', k3s],
  ['keepalived', keepalived],
  ['kubectl', kubectl],
  ['openssl', openssl],
  ['systemctl', systemctl],
  ['systemd-run', systemdRun],
  ['wget', wget],
]);
