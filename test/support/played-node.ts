import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Sshd, startSshd } from './sshd';

/** What a played node answers. */
interface PlayedNode {
  readonly name: string;
  readonly address: string;
  readonly vip?: string;
  readonly units: Readonly<Record<string, 'active' | 'inactive' | 'failed'>>;
  readonly etcd?: { readonly leader: boolean };
}

export interface PlayedSshd extends Sshd {
  /** What etcd says of itself from now on. */
  setHealth(healthy: boolean): void;
  /** From now on its answers wait until this is called again with false. */
  hold(isHeld: boolean): void;
}

/**
 * A real OpenSSH server on loopback whose commands find programs of ours first: `systemctl`, `ip`, `curl` and `k3s` answer
 * as on the node it plays, in the form recorded from real ones.
 */
export async function startPlayedNode(node: PlayedNode): Promise<PlayedSshd> {
  const folder = mkdtempSync(join(tmpdir(), 'haven-played-'));
  const sshd = await startSshd([`SetEnv PATH=${folder}:/usr/sbin:/usr/bin:/sbin:/bin`]);
  const program = (name: string, body: string) => {
    const path = join(folder, name);
    writeFileSync(path, `#!/bin/sh\n${body}\n`);
    chmodSync(path, 0o755);
  };
  const held = join(folder, 'held');
  program('hostname', `while [ -e ${held} ]; do sleep 0.1; done; echo ${node.name}`);
  const addresses = [node.address, ...(node.vip === undefined ? [] : [node.vip])];
  program('ip', addresses.map((each) => `echo '2: eth0    inet ${each}/24 scope global eth0'`).join('\n'));
  const units = Object.entries(node.units).map(([unit, active]) => {
    const sub = active === 'active' ? 'running' : active === 'failed' ? 'failed' : 'dead';
    return `printf 'NRestarts=0\\nLoadState=loaded\\nActiveState=${active}\\nSubState=${sub}\\nId=${unit}.service\\n\\n'`;
  });
  program('systemctl', units.join('\n'));
  const answers =
    node.etcd === undefined
      ? 'exit 7'
      : `case "$*" in
*/health) cat ${join(folder, 'health')} ;;
*/metrics) printf 'etcd_mvcc_db_total_size_in_bytes 970752\\netcd_server_is_leader ${node.etcd.leader ? 1 : 0}\\netcd_server_is_learner 0\\n' ;;
esac`;
  program('curl', answers);
  program('k3s', "echo 'k3s version v1.34.1+k3s1 (24fc436e)'");
  const setHealth = (healthy: boolean) =>
    writeFileSync(join(folder, 'health'), `{"health":"${healthy}","reason":"${healthy ? '' : 'RAFT NO LEADER'}"}\n`);
  setHealth(true);
  return {
    ...sshd,
    setHealth,
    hold: (isHeld) => (isHeld ? writeFileSync(held, '') : rmSync(held, { force: true })),
    stop: async () => {
      await sshd.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
