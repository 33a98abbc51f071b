import type { Program } from '../world';
import { archivePrograms } from './archives';
import { haproxy, keepalived } from './balancers';
import { crictl } from './crictl';
import { curl, wget } from './curl';
import { dd } from './dd';
import { etcdctl } from './etcdctl';
import { etcdutl } from './etcdutl';
import { filePrograms } from './files';
import { find } from './find';
import { ip } from './ip';
import { journalctl } from './journalctl';
import { k3s } from './k3s';
import { kubeadm, kubelet } from './kubeadm';
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
  ['crictl', crictl],
  ['curl', curl],
  ['dd', dd],
  ['etcdctl', etcdctl],
  ['etcdutl', etcdutl],
  ['find', find],
  ['haproxy', haproxy],
  ['ip', ip],
  ['journalctl', journalctl],
  ['k3s', k3s],
  ['keepalived', keepalived],
  ['kubeadm', kubeadm],
  ['kubectl', kubectl],
  ['kubelet', kubelet],
  ['openssl', openssl],
  // What is in the image of etcd is started under these names.
  ['practice-etcdctl', etcdctl],
  ['practice-etcdutl', etcdutl],
  ['systemctl', systemctl],
  ['systemd-run', systemdRun],
  ['wget', wget],
]);
