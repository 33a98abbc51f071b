import type { Machine } from '../world';
import { k3sData } from './places';

/** What a client of etcd shows on this server; k3s makes it with every start where it is missing. */
export function makeEtcdClient({ files }: Machine): void {
  const folder = `${k3sData}/server/tls/etcd`;
  files.makeFolders(folder, 0o700);
  for (const name of ['server-ca.crt', 'client.crt', 'client.key'])
    if (!files.has(`${folder}/${name}`))
      files.place(`${folder}/${name}`, 'practice\n', name.endsWith('.key') ? 0o600 : 0o644);
}
