import type { FileKind } from '../../../base/file-kind';
import type { HaproxyAnalysis } from '../../haproxy/analysis';
import type { KeepalivedAnalysis } from '../../keepalived/analysis';
import { addressPoolFacts } from './address-pool-facts';
import type { FileFacts } from './file-facts';
import { haproxyFacts } from './haproxy-facts';
import { keepalivedFacts } from './keepalived-facts';
import { nginxFacts } from './nginx-facts';
import { staticPodFacts } from './static-pod-facts';
import { k3sFacts, kubeadmFacts, kubeconfigFacts } from './yaml-facts';

/** A file as its language reads it. `analysis` is that of the language of `kind`. */
export interface AnalysedFile {
  readonly path: string;
  readonly kind: FileKind;
  readonly text: string;
  readonly analysis: unknown;
}

/** What a file says about its cluster; nothing for kinds that say nothing. Places are in `path`. */
export function factsOf(file: AnalysedFile): FileFacts | undefined {
  const { path, kind, text } = file;
  switch (kind) {
    case 'haproxy':
      return haproxyFacts({ ...(file.analysis as HaproxyAnalysis), path });
    case 'keepalived':
      return keepalivedFacts({ ...(file.analysis as KeepalivedAnalysis), path });
    case 'k3s':
      return k3sFacts(path, text);
    case 'kubeadm':
      return kubeadmFacts(path, text);
    case 'nginx':
      return nginxFacts(path, text);
    case 'kubeconfig':
      return kubeconfigFacts(path, text);
    case 'static-pod':
      return staticPodFacts(path, text) ?? addressPoolFacts(path, text);
    default:
      return undefined;
  }
}
