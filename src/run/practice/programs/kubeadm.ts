import { certificatePhase, certs, uploadConfig } from '../kubeadm/certs';
import { gaveUp, wordsOf } from '../kubeadm/command';
import { init } from '../kubeadm/init';
import { join } from '../kubeadm/join';
import { releaseOf } from '../kubeadm/layout';
import { reset } from '../kubeadm/reset';
import { token, uploadCertificates } from '../kubeadm/tokens';
import { upgrade } from '../kubeadm/upgrade';
import { complain } from '../program';
import type { Call, Program } from '../world';

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
  if (verb === 'token') return token(call, args);
  if (verb === 'join') return join(call, args);
  if (verb === 'reset') return reset(call);
  if (verb === 'certs') return certs(call, args);
  if (verb === 'upgrade') return upgrade(call, args);
  if (verb === 'config' && args[0] === 'validate') return validate(call, args.slice(1));
  if (verb === 'init' && args[0] === 'phase') return phase(call, args.slice(1));
  if (verb === 'init') return init(call, args);
  return complain(call, `unknown command "${verb}" for "kubeadm"`);
};

/** The phases of `kubeadm init` that are called one by one. */
function phase(call: Call, args: readonly string[]): number {
  const { flags, rest } = wordsOf(args);
  const path = flags.get('config');
  const config = path === undefined ? '' : call.machine.files.textOr(call.path(path), '');
  if (rest[0] === 'upload-certs') return uploadCertificates(call, flags);
  if (rest[0] === 'upload-config') return uploadConfig(call, config);
  if (rest[0] === 'certs') return certificatePhase(call, rest[1] ?? '', config);
  return gaveUp(call, `unknown command "${rest[0] ?? ''}" for "kubeadm init phase"`);
}

const kinds = ['InitConfiguration', 'ClusterConfiguration', 'JoinConfiguration', 'ResetConfiguration'];

/** Looks at the head of the first document alone: the editor is the place to learn the rest. */
function validate(call: Call, args: readonly string[]): number {
  const path = wordsOf(args).flags.get('config') ?? '';
  if (!call.machine.files.has(call.path(path)))
    return gaveUp(call, `unable to read config from "${path}" : open ${path}: no such file or directory`);
  const text = call.machine.files.text(call.path(path));
  const kind = /^kind: *(\S+)$/m.exec(text)?.[1];
  const group = /^apiVersion: *(\S+)$/m.exec(text)?.[1] ?? '';
  if (kind === undefined || !group.startsWith('kubeadm.k8s.io/') || !kinds.includes(kind))
    return gaveUp(
      call,
      'no kind InitConfiguration, ClusterConfiguration or JoinConfiguration in the configuration file',
    );
  call.out('ok\n');
  return 0;
}
