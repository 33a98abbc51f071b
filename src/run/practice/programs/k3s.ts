import { rotateCertificates } from '../k3s/certificates';
import { k3sVersion } from '../k3s/config';
import { clusterReset } from '../k3s/reset';
import { etcdSnapshot } from '../k3s/snapshots';
import type { Program } from '../world';

/** The multi-call program `k3s`, in the words of v1.34.1, whatever release its file says it is. */
export const k3s: Program = (call) => {
  const [verb = '', ...args] = call.args;
  if (verb === '--version') {
    call.out(`k3s version ${k3sVersion(call.machine)} (00000000)\ngo version go1.24.6\n`);
    return 0;
  }
  if (verb === 'certificate' && args[0] === 'rotate') return rotateCertificates(call);
  if (verb === 'etcd-snapshot') return etcdSnapshot(call, args);
  if (verb === 'server') return clusterReset(call, args);
  if (verb === 'kubectl')
    return call.start(['kubectl', ...args], { environment: new Map([...call.environment, ['K3S', '1']]) });
  call.err(`No help topic for '${verb}'\n`);
  return 3;
};
