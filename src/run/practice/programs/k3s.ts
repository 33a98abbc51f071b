import { clusterReset } from '../k3s/reset';
import { etcdSnapshot } from '../k3s/snapshots';
import type { Program } from '../program';

/** The multi-call program `k3s`, in the words of v1.34.1. */
export const k3s: Program = (call) => {
  const [verb = '', ...args] = call.args;
  if (verb === '--version') {
    call.out('k3s version v1.34.1+k3s1 (00000000)\ngo version go1.24.6\n');
    return 0;
  }
  if (verb === 'etcd-snapshot') return etcdSnapshot(call, args);
  if (verb === 'server') return clusterReset(call, args);
  if (verb === 'kubectl')
    return call.start(['kubectl', ...args], { environment: new Map([...call.environment, ['K3S', '1']]) });
  call.err(`No help topic for '${verb}'\n`);
  return 3;
};
