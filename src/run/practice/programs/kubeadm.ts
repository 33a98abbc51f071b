import { releaseOf } from '../kubeadm/layout';
import { complain, type Program } from '../program';

/** `kubelet --version`: the program itself runs as a unit. */
export const kubelet: Program = (call) => {
  call.out(`Kubernetes ${releaseOf(call.machine, 'kubelet')}\n`);
  return 0;
};

/** `kubeadm`, in the words of v1.34.1, whatever release its file says it is. */
export const kubeadm: Program = async (call) => {
  const [verb = '', ...args] = call.args;
  const release = releaseOf(call.machine, 'kubeadm');
  if (verb === 'version') {
    const [, major = '1', minor = '34'] = /^v(\d+)\.(\d+)/.exec(release) ?? [];
    const info = `&version.Info{Major:"${major}", Minor:"${minor}", GitVersion:"${release}", GitTreeState:"clean", Platform:"linux/amd64"}`;
    call.out(args.includes('short') || args.includes('-o=short') ? `${release}\n` : `kubeadm version: ${info}\n`);
    return 0;
  }
  return complain(call, `unknown command "${verb}" for "kubeadm"`);
};
