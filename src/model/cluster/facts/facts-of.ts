import type { FileKind } from '../../../base/file-kind';
import type { FileFacts } from './file-facts';
import { haproxyFacts } from './haproxy-facts';
import { keepalivedFacts } from './keepalived-facts';
import { nginxFacts } from './nginx-facts';
import { k3sFacts, kubeadmFacts, kubeconfigFacts, kubeVipFacts } from './yaml-facts';

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
      return kubeVipFacts(path, text);
    default:
      return undefined;
  }
}
