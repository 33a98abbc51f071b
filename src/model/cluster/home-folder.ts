import { isMachineName } from './node-name';

/** Folders that say what a file is, not which cluster it belongs to. */
const plainFolder =
  /^(etc|haproxy|keepalived|rancher|k3s|nginx|nginx-proxy|kube-vip|etcd|static-?pods|cloud-init|user-data|kubernetes|kubeadm|manifests|config\.yaml\.d|conf\.d|lbs?|(?:load-?)?balanc(?:ers?|ing)|prox(?:y|ies)|machines?|hosts?|configs?|files|shared|common|control|controllers?|servers?|agents?|masters?|workers?|nodes?|control-?planes?|(cp|lb|ha|node|server|master|worker|agent|proxy|host|haproxy|control-?plane|k3s|k8s)[-_.]?\d+[a-z]?)$/i;

/** The folder that a file's cluster lies in: the nearest above it that does not only say what the file is. */
export function homeOf(path: string): string {
  const folders = path
    .split('/')
    .slice(0, -1)
    .filter((folder) => folder !== '');
  for (let last = folders.at(-1); last !== undefined && isPlain(last); last = folders.at(-1)) folders.pop();
  return folders.join('/');
}

function isPlain(folder: string): boolean {
  return plainFolder.test(folder) || isMachineName(folder);
}
