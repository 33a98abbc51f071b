import type { FileKind } from '../../../base/file-kind';
import type { FileFacts } from './file-facts';
import { haproxyFacts } from './haproxy-facts';
import { keepalivedFacts } from './keepalived-facts';
import { nginxFacts } from './nginx-facts';
import { staticPodFacts } from './static-pod-facts';
import { k3sFacts, kubeadmFacts, kubeconfigFacts } from './yaml-facts';

/** What a file says about its cluster; nothing for kinds that say nothing. */
export function factsOf(path: string, kind: FileKind, text: string): FileFacts | undefined {
  switch (kind) {
    case 'haproxy':
      return haproxyFacts(path, text);
    case 'keepalived':
      return keepalivedFacts(path, text);
    case 'k3s':
      return k3sFacts(path, text);
    case 'kubeadm':
      return kubeadmFacts(path, text);
    case 'nginx':
      return nginxFacts(path, text);
    case 'kubeconfig':
      return kubeconfigFacts(path, text);
    case 'static-pod':
      return staticPodFacts(path, text);
    default:
      return undefined;
  }
}
