import { knownMistakes } from '../../support/known-mistakes';

knownMistakes({ page: 'docs/k3s-rules.md', path: 'etc/rancher/k3s/config.yaml', kind: 'k3s' });
