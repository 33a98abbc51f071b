import { say } from '../../base/message';
import { parseVersion } from '../../base/version';
import type { Arg, Probe } from '../command';
import { keptPath } from '../commands/config-file';
import { peerGone, removePeer } from '../commands/etcd-peer';
import { makeFolderStep, removeFilesStep } from '../commands/folder';
import type { JoinFacts } from '../commands/join-facts';
import { deleteNode, nodeAlive, nodeGone } from '../commands/kubectl';
import { markSeen, withMark } from '../commands/mark';
import type { SecretRef, Step } from '../plan';
import type { JoinWork } from './join-work';
import { joinedSteps } from './joined-steps';

/** Discovery gives up after 300 s by itself; everything else takes seconds. */
const joinSec = 420;

/** What a join with kubeadm is made from; a restore, whose cluster is not there yet, captures the hash while it runs. */
export type KubeadmJoinWork = Omit<JoinWork, 'parameters'> & {
  readonly parameters: {
    readonly stamp: string;
    readonly facts: Pick<JoinFacts, 'kubeadmVersion'> | undefined;
    readonly caHash: Arg | undefined;
  };
};

/**
 * kubeadm: a token of half an hour and, for a control plane, the certificates under a key; both reach the machine in one
 * file that root alone reads. A failed join leaves files over which the next one stumbles, so it is reset.
 */
export function kubeadmJoinSteps(work: KubeadmJoinWork): Step[] {
  const { machine, asked, parameters, isServer, nodeName } = work;
  const host = machine.name;
  const { stamp } = parameters;
  const path = keptPath(stamp, '/join.yaml');
  const note = `haven-${stamp}`;
  const back = { undoTo: `token@${asked.name}` };
  return [
    ...secretSteps(work, note),
    makeFolderStep(host, keptPath(stamp, ''), '0700'),
    {
      id: `settings@${host}`,
      host,
      title: say('Lay down on {0} how it joins, for root alone', host),
      risk: 'change',
      upload: { content: { text: joinConfiguration(work) }, path, mode: '0600', root: true },
      undo: [{ ...removeFilesStep(host, [path]), id: `settings-away@${host}` }],
      onFailure: back,
    },
    {
      id: `join@${host}`,
      host,
      title: isServer ? say('Join {0} as a control plane', host) : say('Join {0} as a worker', host),
      risk: 'change',
      run: withMark(
        { argv: ['kubeadm', 'join', '--config', path], root: true, timeoutSec: joinSec },
        `join-${stamp}-${host}`,
      ),
      done: markSeen(host, `join-${stamp}-${host}`),
      undo: resetSteps(work),
      onFailure: back,
    },
    ...joinedSteps(work, back.undoTo),
    {
      id: `ready@${host}`,
      host: asked.name,
      title: say('See that the Node {0} is ready and gives signs of life', nodeName),
      risk: 'read',
      waitFor: nodeAlive(asked.name, 'kubeadm', nodeName, 180),
    },
    removeFilesStep(host, [path]),
    forgetToken(asked.name, note, 'end'),
  ];
}

/** What whoever joins has to know: a token, and for a control plane the key of the certificates. */
function secretSteps({ asked, isServer }: KubeadmJoinWork, note: string): Step[] {
  const steps: Step[] = [
    {
      id: `token@${asked.name}`,
      host: asked.name,
      title: say('Make a token on {0} that is good for half an hour', asked.name),
      risk: 'change',
      run: { argv: ['sh', '-c', tokenScript, 'sh', note], root: true, timeoutSec: 60 },
      captureSecret: 'token',
      done: tokenIsThere(asked.name, note),
      undo: [forgetToken(asked.name, note, 'undo')],
    },
  ];
  if (isServer) {
    steps.push({
      id: `certificates@${asked.name}`,
      host: asked.name,
      title: say('Lay the certificates of the cluster ready under a new key (it ends after two hours)'),
      risk: 'change',
      run: { argv: ['sh', '-c', certificatesScript], root: true, timeoutSec: 120 },
      captureSecret: 'certificate-key',
      done: {
        host: asked.name,
        command: {
          argv: [
            ...admin,
            '-n',
            'kube-system',
            'get',
            'secret',
            'kubeadm-certs',
            '-o',
            'name',
            '--request-timeout=15s',
          ],
          root: true,
          timeoutSec: 30,
        },
        yesWhen: { stdoutHas: 'secret/kubeadm-certs' },
        withinSec: 0,
      },
      onFailure: { undoTo: `token@${asked.name}` },
    });
  }
  return steps;
}

const admin: [string, ...string[]] = ['kubectl', '--kubeconfig', '/etc/kubernetes/admin.conf'];

/** Only the id of a token, its first six characters, ever stands in a command. */
const forgetScript = `for t in $(kubeadm token list | grep -F " $1 " | cut -c 1-6); do kubeadm token delete "$t" || exit 1; done`;
const tokenScript = `{ ${forgetScript}
} >&2
kubeadm token create --ttl 30m --description "$1"`;

function tokenIsThere(host: string, note: string): Probe {
  return {
    host,
    command: { argv: ['kubeadm', 'token', 'list'], root: true, timeoutSec: 30 },
    yesWhen: { stdoutHas: note },
    withinSec: 0,
  };
}

function forgetToken(host: string, note: string, when: 'undo' | 'end'): Step {
  return {
    id: `forget-token-${when}@${host}`,
    host,
    title: say('Take the token of this join away'),
    risk: 'change',
    run: { argv: ['sh', '-c', forgetScript, 'sh', note], root: true, timeoutSec: 60 },
    done: {
      host,
      command: { argv: ['kubeadm', 'token', 'list'], root: true, timeoutSec: 30 },
      yesWhen: { stdoutLacks: note },
      withinSec: 0,
    },
  };
}

/** The cluster's own settings are given along: without them kubeadm asks the internet which release there is. */
const certificatesScript = `t=$(mktemp /run/haven-certs.XXXXXX 2>/dev/null || mktemp) || exit 1
trap 'rm -f -- "$t"' EXIT
kubectl --kubeconfig /etc/kubernetes/admin.conf -n kube-system get configmap kubeadm-config --request-timeout=15s -o 'jsonpath={.data.ClusterConfiguration}' >"$t" && [ -s "$t" ] || exit 1
key=$(kubeadm init phase upload-certs --upload-certs --config "$t" | tail -n 1)
case $key in *[!0-9a-f]*|'') echo 'kubeadm gave no key' >&2; exit 1;; esac
printf '%s\\n' "$key"`;

/** v1beta4 since kubeadm v1.31; the fields used here are the same in both. */
function joinConfiguration({ machine, parameters, through, isServer, nodeName }: KubeadmJoinWork): (Arg | SecretRef)[] {
  const minor = parseVersion(parameters.facts?.kubeadmVersion ?? '')?.[1] ?? 31;
  const head = [
    `apiVersion: kubeadm.k8s.io/${minor >= 31 ? 'v1beta4' : 'v1beta3'}`,
    'kind: JoinConfiguration',
    'nodeRegistration:',
    `  name: "${nodeName}"`,
    'discovery:',
    '  bootstrapToken:',
    `    apiServerEndpoint: "${through}"`,
    '    caCertHashes: ["sha256:',
  ];
  const token = '"]\n    token: "';
  const controlPlane: (Arg | SecretRef)[] = isServer
    ? [
        `controlPlane:\n  localAPIEndpoint:\n    advertiseAddress: "${machine.address}"\n  certificateKey: "`,
        { secret: 'certificate-key' },
        '"\n',
      ]
    : [];
  return [head.join('\n'), parameters.caHash ?? '', token, { secret: 'token' }, '"\n', ...controlPlane];
}

/**
 * Takes a join back: reset takes the member out while the Node is there, and says 0 also when it could not; so the list is
 * looked at, and the Node goes last.
 */
function resetSteps({ machine, asked, parameters, withEtcd, nodeName }: KubeadmJoinWork): Step[] {
  const host = machine.name;
  const mark = `join-${parameters.stamp}-reset-${host}`;
  const member: Step = {
    id: `leave@${host}`,
    host: asked.name,
    title: say('Take the member of {0} out of etcd', host),
    risk: 'change',
    run: removePeer('kubeadm', machine.address),
    done: peerGone(asked.name, 'kubeadm', machine.address, 20),
  };
  return [
    {
      id: `reset@${host}`,
      host,
      title: say('Reset {0} with kubeadm', host),
      risk: 'change',
      quorum: {},
      run: withMark({ argv: ['kubeadm', 'reset', '-f'], root: true, timeoutSec: 180 }, mark),
      done: markSeen(host, mark),
    },
    ...(withEtcd ? [member] : []),
    {
      id: `forget-node@${host}`,
      host: asked.name,
      title: say('Delete the Node {0}, if there is one', nodeName),
      risk: 'change',
      run: deleteNode('kubeadm', nodeName),
      done: nodeGone(asked.name, 'kubeadm', nodeName, 60),
    },
  ];
}
