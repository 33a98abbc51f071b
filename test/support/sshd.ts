import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** Why the tests against a real sshd cannot run here; false when they can. */
export const sshdMissing: string | false =
  spawnSync('/usr/sbin/sshd', ['-?']).error === undefined ? false : 'openssh-server is not installed';

export const me = userInfo().username;

/** A folder of its own with an OpenSSH server on a free port of 127.0.0.1, for one test. */
export interface Sshd {
  readonly folder: string;
  readonly port: number;
  readonly pid: number;
  /** The line of known_hosts for its first host key, without the host. */
  readonly hostKey: string;
  readonly clientKey: string;
  knownHosts(): string;
  /** Keeps those who connect waiting, until `resumeListening`. */
  pauseListening(): void;
  resumeListening(): void;
  kill(): void;
  /** Ends it with all of its connections, and starts it at the same port, with the same host key or a new one. */
  restart(key: 'same key' | 'new key'): Promise<void>;
  stop(): Promise<void>;
}

export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

export function makeKey(path: string, type: string, passphrase = ''): void {
  const bits = type === 'rsa' ? ['-b', '2048'] : [];
  execFileSync('ssh-keygen', ['-q', '-t', type, ...bits, '-N', passphrase, '-C', 'test', '-f', path]);
}

/** Starts sshd with further lines of configuration; `program` is another path to it. */
export async function startSshd(
  lines: readonly string[] = [],
  hostKeyType = 'ed25519',
  program = '/usr/sbin/sshd',
): Promise<Sshd> {
  const folder = mkdtempSync(join(tmpdir(), 'haven-sshd-'));
  mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const port = await freePort();
  makeKey(join(folder, 'host'), hostKeyType);
  makeKey(join(folder, 'id'), 'ed25519');
  writeFileSync(join(folder, 'authorized_keys'), readFileSync(join(folder, 'id.pub')));
  const config = [
    // Of two lines for the same setting sshd takes the first.
    ...lines,
    `ListenAddress 127.0.0.1:${port}`,
    `HostKey ${join(folder, 'host')}`,
    `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
    'PidFile none',
    'StrictModes no',
    'PermitRootLogin yes',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'UsePAM no',
  ];
  writeFileSync(join(folder, 'sshd_config'), `${config.join('\n')}\n`);
  const begin = async () => {
    const begun = spawn(program, ['-D', '-e', '-f', join(folder, 'sshd_config')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let log = '';
    begun.stderr?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
    });
    // A test that fails before it stops its server must not keep the whole run waiting.
    begun.unref();
    (begun.stderr as Socket | null)?.unref();
    await listening(port, begun, () => log);
    return begun;
  };
  let child = await begin();
  process.once('exit', () => child.kill('SIGKILL'));
  const end = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    const ended = new Promise((resolve) => child.once('exit', resolve));
    spawnSync('pkill', ['-KILL', '-P', String(child.pid)]);
    child.kill('SIGTERM');
    await ended;
  };
  const hostKey = readFileSync(join(folder, 'host.pub'), 'utf8').split(' ').slice(0, 2).join(' ');
  return {
    folder,
    port,
    get pid() {
      return child.pid ?? 0;
    },
    pauseListening: () => void child.kill('SIGSTOP'),
    resumeListening: () => void child.kill('SIGCONT'),
    hostKey,
    clientKey: join(folder, 'id'),
    knownHosts: () => `[127.0.0.1]:${port} ${hostKey}\n`,
    kill: () => {
      spawnSync('pkill', ['-KILL', '-P', String(child.pid)]);
      child.kill('SIGKILL');
    },
    restart: async (key) => {
      await end();
      if (key === 'new key') {
        for (const name of ['host', 'host.pub']) rmSync(join(folder, name));
        makeKey(join(folder, 'host'), hostKeyType);
      }
      child = await begin();
    },
    stop: async () => {
      await end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function listening(port: number, child: ChildProcess, log: () => string): Promise<void> {
  for (let i = 0; i < 100; i++) {
    if (child.exitCode !== null) throw new Error(`sshd ended: ${log()}`);
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      }).on('error', () => resolve(false));
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`sshd does not listen: ${log()}`);
}
