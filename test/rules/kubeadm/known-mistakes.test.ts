import { knownMistakes } from '../../support/known-mistakes';

knownMistakes({ page: 'docs/kubeadm-rules.md', path: 'kubeadm.yaml', kind: 'kubeadm' });
