import { say } from '../../base/message';
import type { LocalFile } from '../local-file';
import type { Step, UploadStep } from '../plan';
import { keptPath } from './config-file';

/** How k3s gets onto the machine. */
export type JoinPrograms =
  /** It is there already, with its unit. */
  | { readonly from: 'machine' }
  /** k3s and its installer lie on this machine: for machines without the internet. */
  | { readonly from: 'files'; readonly k3s: LocalFile; readonly installer: LocalFile }
  /** The machine downloads the installer from get.k3s.io, and that the program. */
  | { readonly from: 'online' };

interface K3sInstallation {
  readonly host: string;
  readonly isServer: boolean;
  readonly programs: JoinPrograms;
  readonly stamp: string;
  /** `v1.34.1+k3s1`. */
  readonly release: string;
}

const installerPath = (stamp: string) => keptPath(stamp, '/install-k3s.sh');
const onlineScript =
  'curl -sfL --max-time 60 -o "$1.part" https://get.k3s.io && [ -s "$1.part" ] && mv -f -- "$1.part" "$1"';

/** The installer writes the unit and the scripts that uninstall; it starts nothing, because the join is a step of its own. */
export function installK3sSteps({ host, isServer, programs, stamp, release }: K3sInstallation): Step[] {
  if (programs.from === 'machine') return [];
  const script = installerPath(stamp);
  const upload = (id: string, title: UploadStep['title'], file: LocalFile, path: string): UploadStep => ({
    id: `${id}@${host}`,
    host,
    title,
    risk: 'change',
    upload: {
      content: { file: file.localPath, sha256: file.sha256, bytes: file.bytes },
      path,
      mode: '0755',
      root: true,
      // A machine without the cluster may have a k3s of its own that is not in use now.
      ...(path !== script && { keep: keptPath(stamp, path) }),
    },
  });
  const bring: Step[] =
    programs.from === 'files'
      ? [
          upload('program', say('Bring the program k3s to {0}', host), programs.k3s, '/usr/local/bin/k3s'),
          upload('installer', say('Bring the installer to {0}', host), programs.installer, script),
        ]
      : [
          {
            id: `installer@${host}`,
            host,
            title: say('Download the installer from get.k3s.io on {0}', host),
            risk: 'change',
            run: { argv: ['sh', '-c', onlineScript, 'sh', script], root: true, timeoutSec: 90 },
            done: {
              host,
              command: { argv: ['test', '-s', script], root: true, timeoutSec: 20 },
              yesWhen: { code: 0 },
              withinSec: 0,
            },
          },
        ];
  const source = programs.from === 'files' ? ['INSTALL_K3S_SKIP_DOWNLOAD=true'] : [`INSTALL_K3S_VERSION=${release}`];
  const unit = isServer ? 'k3s' : 'k3s-agent';
  const argv = [
    'env',
    ...source,
    'INSTALL_K3S_SKIP_START=true',
    'INSTALL_K3S_SKIP_ENABLE=true',
    `INSTALL_K3S_EXEC=${isServer ? 'server' : 'agent'}`,
    'sh',
    script,
  ] as [string, ...string[]];
  return [
    ...bring,
    {
      id: `install@${host}`,
      host,
      title: say('Install k3s {0} on {1} without starting it', release, host),
      risk: 'change',
      run: { argv, root: true, timeoutSec: 900 },
      done: {
        host,
        command: { argv: ['sh', '-c', installedScript, 'sh', release, unit], root: true, timeoutSec: 30 },
        yesWhen: { stdoutMatches: '^installed$' },
        withinSec: 0,
      },
    },
  ];
}

const installedScript = `case $(k3s --version) in "k3s version $1 "*) ;; *) exit 1;; esac
systemctl cat "$2.service" >/dev/null && echo installed`;
