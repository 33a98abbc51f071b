import { say } from '../../base/message';
import { keptPath } from '../commands/config-file';
import { peerGone, removePeer } from '../commands/etcd-peer';
import { makeFolderStep } from '../commands/folder';
import { installK3sSteps } from '../commands/install-k3s';
import { deleteNode, nodeAlive, nodeGone } from '../commands/kubectl';
import { markSeen, withMark } from '../commands/mark';
import { putBackStep } from '../commands/put-back';
import { isActive } from '../commands/unit';
import type { LocalFile } from '../local-file';
import type { Step, UploadStep } from '../plan';
import type { JoinWork } from './join-work';
import { joinedSteps } from './joined-steps';

const configFolder = '/etc/rancher/k3s';
const ownToken = `${configFolder}/haven-join-token`;
const dropIn = `${configFolder}/config.yaml.d/90-haven-join.yaml`;

/** A join was seen to take up to 26 s, and the way until the member votes some 15 s more; large databases take longer. */
const joinSec = 300;

/** k3s: its files, the token in a file that root alone reads, the program, the start, and what must be seen then. */
export function k3sJoinSteps(work: JoinWork): Step[] {
  const { machine, parameters, asked, isServer } = work;
  const host = machine.name;
  const { stamp, config } = parameters;
  const tokenFile = config?.settings.get('token-file');
  const tokenPath = tokenFile !== undefined && /^(?:\/[A-Za-z0-9._-]+)+$/.test(tokenFile) ? tokenFile : ownToken;
  const hasToken = config?.settings.has('token') === true;
  const steps: Step[] = [
    makeFolderStep(host, `${configFolder}/config.yaml.d`, '0755'),
    makeFolderStep(host, keptPath(stamp, ''), '0700'),
  ];
  if (config !== undefined) steps.push(uploadConfig(host, stamp, config.file, config.name));
  if (!hasToken) {
    steps.push(
      {
        id: `token@${asked.name}`,
        host: asked.name,
        title: say('Read the token of the cluster on {0}', asked.name),
        risk: 'read',
        run: { argv: ['sh', '-c', tokenScript, 'sh', isServer ? 'token' : 'node-token'], root: true, timeoutSec: 20 },
        captureSecret: 'token',
      },
      {
        id: `token-file@${host}`,
        host,
        title: say('Lay the token down on {0}, for root alone', host),
        risk: 'change',
        upload: {
          content: { text: [{ secret: 'token' }, '\n'] },
          path: tokenPath,
          mode: '0600',
          root: true,
          keep: keptPath(stamp, tokenPath),
        },
        undo: [putBackStep({ host, path: tokenPath, keep: keptPath(stamp, tokenPath) })],
      },
    );
  }
  const lines = dropInLines(work, hasToken ? undefined : tokenPath);
  if (lines.length > 0) {
    steps.push({
      id: `drop-in@${host}`,
      host,
      title: say('Tell k3s on {0} where it joins', host),
      risk: 'change',
      upload: {
        content: { text: [`# Where this node joins, and with what. Written when it joined.\n${lines.join('')}`] },
        path: dropIn,
        mode: '0600',
        root: true,
        keep: keptPath(stamp, dropIn),
      },
      undo: [putBackStep({ host, path: dropIn, keep: keptPath(stamp, dropIn) })],
    });
  }
  const first = steps[2]?.id ?? `join@${host}`;
  return [...steps, ...asideSteps(work), ...installOf(work), ...startSteps(work, first)];
}

const tokenScript = 'f=/var/lib/rancher/k3s/server/$1; [ -s "$f" ] && cat -- "$f"';

function dropInLines({ parameters, through }: JoinWork, tokenPath: string | undefined): string[] {
  const { settings } = parameters.config ?? {};
  const isExternal = settings?.has('datastore-endpoint') === true;
  const lines: string[] = [];
  if (!isExternal && settings?.has('server') !== true) lines.push(`server: "https://${through}"\n`);
  if (tokenPath !== undefined && settings?.get('token-file') !== tokenPath) lines.push(`token-file: "${tokenPath}"\n`);
  return lines;
}

function uploadConfig(host: string, stamp: string, file: LocalFile, name: string): UploadStep {
  const path = `${configFolder}/config.yaml`;
  const keep = keptPath(stamp, path);
  return {
    id: `config@${host}`,
    host,
    title: say('Write {0} to {1}', name, path),
    risk: 'change',
    upload: {
      content: { file: file.localPath, sha256: file.sha256, bytes: file.bytes },
      path,
      mode: '0600',
      root: true,
      keep,
    },
    undo: [putBackStep({ host, path, keep })],
  };
}

/**
 * What an earlier cluster left would be started instead of joining; it is moved, never deleted, and only once: after the
 * join, new data lie in its place.
 */
const asideScript = `d=/var/lib/rancher/k3s/server/db
[ -e "$d" ] && [ ! -e "$1" ] || exit 0
case $(systemctl is-active k3s) in inactive|failed|unknown) ;; *) echo 'k3s runs there, or nobody can tell' >&2; exit 1;; esac
mkdir -p -- "\${1%/*}" && mv -T -- "$d" "$1"`;

const isAsideScript = '[ -e "$1" ] || [ ! -e /var/lib/rancher/k3s/server/db ]';

function asideSteps({ machine, parameters }: JoinWork): Step[] {
  const left = parameters.facts?.leftovers.filter((each) => each.startsWith('/var/lib/rancher/')) ?? [];
  if (left.length === 0) return [];
  const host = machine.name;
  const to = keptPath(parameters.stamp, '/before-the-join/db');
  return [
    {
      id: `aside@${host}`,
      host,
      title: say('Move the data of an earlier cluster to {0}', to),
      risk: 'change',
      run: { argv: ['sh', '-c', asideScript, 'sh', to], root: true, timeoutSec: 60 },
      done: {
        host,
        command: { argv: ['sh', '-c', isAsideScript, 'sh', to], root: true, timeoutSec: 20 },
        yesWhen: { code: 0 },
        withinSec: 0,
      },
    },
  ];
}

function installOf({ machine, parameters, isServer }: JoinWork): Step[] {
  const { programs, stamp, release } = parameters;
  return release === undefined ? [] : installK3sSteps({ host: machine.name, isServer, programs, stamp, release });
}

/**
 * A unit that cannot join crashes and is started again for ever, and an agent with a wrong token waits for ever: the
 * journal tells both, and then the unit is stopped, so that it is not left trying.
 */
const startScript = `unit=$1 limit=$2
since=$(date +%s)
systemctl enable "$unit" || exit 1
systemctl start --no-block "$unit" || exit 1
i=0
while [ $i -lt "$limit" ]; do
  case $(systemctl is-active "$unit") in active) exit 0;; esac
  restarts=$(systemctl show "$unit" -p NRestarts --value)
  said=$(journalctl -u "$unit" --since "@$since" -n 200 --no-pager -o cat)
  if [ "\${restarts:-0}" -ge 3 ]; then break; fi
  case $said in *'not authorized'*|*'Node password rejected'*|*'duplicate node name'*|*'configuration value mismatch'*|*'hash does not match'*|*'different token'*) [ $i -lt 10 ] || break;; esac
  i=$((i + 1)); sleep 1
done
printf '%s\\n' "$said" | grep -E 'level=(fatal|error|warning)|not authorized|password rejected' | tail -n 5 >&2
systemctl disable "$unit"; systemctl stop "$unit"
exit 1`;

function startSteps(work: JoinWork, first: string): Step[] {
  const { state, machine, asked, isServer, nodeName } = work;
  const host = machine.name;
  const unit = isServer ? 'k3s' : 'k3s-agent';
  const { distribution } = state.cluster;
  const back = { undoTo: first };
  const steps: Step[] = [
    {
      id: `join@${host}`,
      host,
      title: say('Start {0} on {1} for good and let it join', unit, host),
      risk: 'change',
      run: { argv: ['sh', '-c', startScript, 'sh', unit, String(joinSec)], root: true, timeoutSec: joinSec + 60 },
      done: isActive(host, unit, 5),
      undo: leaveSteps(work),
      onFailure: back,
    },
  ];
  steps.push(...joinedSteps(work, first), {
    id: `ready@${host}`,
    host: asked.name,
    title: say('See that the Node {0} is ready and gives signs of life', nodeName),
    risk: 'read',
    waitFor: nodeAlive(asked.name, distribution, nodeName, 120),
    onFailure: back,
  });
  return steps;
}

/** In memory, so that a reboot forgets it; the unit is disabled besides. */
const holdScript = `systemctl disable "$1"
mkdir -p -- "/run/systemd/system/$1.service.d" && printf '[Service]\\nRestart=no\\n' >"/run/systemd/system/$1.service.d/90-haven-join.conf" && systemctl daemon-reload`;

const stopScript = `systemctl stop "$1"
case $(systemctl is-active "$1") in inactive|failed) ;; *) exit 1;; esac
rm -f -- "/run/systemd/system/$1.service.d/90-haven-join.conf"; systemctl daemon-reload
if [ -e /var/lib/rancher/k3s/server/db ]; then
  mkdir -p -- "\${2%/*}" && mv -T -- /var/lib/rancher/k3s/server/db "$2"
fi`;

/**
 * Takes a join back. The member leaves etcd while it still runs: of two voters, the one that stays could not let the other
 * go once it is silent. The Node goes last, because a kubelet that runs makes it anew.
 */
function leaveSteps({ state, machine, asked, parameters, isServer, withEtcd, nodeName }: JoinWork): Step[] {
  const host = machine.name;
  const { distribution } = state.cluster;
  const unit = isServer ? 'k3s' : 'k3s-agent';
  const mark = (act: string) => `join-${parameters.stamp}-${act}-${host}`;
  const marked = (act: string, script: string, ...args: string[]) => ({
    run: withMark({ argv: ['sh', '-c', script, 'sh', unit, ...args], root: true, timeoutSec: 120 }, mark(act)),
    done: markSeen(host, mark(act)),
  });
  const hold: Step = {
    id: `hold@${host}`,
    host,
    title: say('Keep {0} on {1} from starting again once it ends', unit, host),
    risk: 'change',
    ...marked('hold', holdScript),
  };
  const leave: Step = {
    id: `leave@${host}`,
    host: asked.name,
    title: say('Take the member of {0} out of etcd', host),
    risk: 'change',
    run: removePeer(distribution, machine.address),
    done: peerGone(asked.name, distribution, machine.address, 20),
  };
  return [
    hold,
    ...(withEtcd ? [leave] : []),
    {
      id: `stop@${host}`,
      host,
      title: say('Stop {0} on {1} and move its new data aside', unit, host),
      risk: 'change',
      quorum: {},
      ...marked('stop', stopScript, keptPath(parameters.stamp, '/joined-in-vain/db')),
    },
    {
      id: `forget-node@${host}`,
      host: asked.name,
      title: say('Delete the Node {0}, if there is one', nodeName),
      risk: 'change',
      run: deleteNode(distribution, nodeName),
      done: nodeGone(asked.name, distribution, nodeName, 60),
    },
  ];
}
