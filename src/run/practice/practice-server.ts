import { startedBy } from '../ssh/beginning';
import { keyTypeOf } from '../ssh/known-hosts';
import { loadSsh2 } from '../ssh/load-ssh2';
import { beginningOf } from '../ssh/sudo';
import type { PracticeCluster } from './practice-cluster';
import { MachineGone } from './shell/leave';
import type { Machine } from './world';

/** A practice cluster that can be reached over SSH on this machine, and only from it. */
export interface PracticeServer {
  readonly port: number;
  /** Lines for known_hosts: the keys were made a moment ago, by us, so they are known. */
  readonly knownHosts: string;
  close(): Promise<void>;
}

type Ssh2 = Awaited<ReturnType<typeof loadSsh2>>;

/**
 * A key for a host, that can be read. Of one in 256 the public half begins with a zero, which ssh2 1.17 takes off while it
 * writes the key (lib/keygen.js): such a one is thrown away.
 */
export function newHostKey({
  generateKeyPairSync,
  parseKey,
}: Pick<Ssh2['utils'], 'generateKeyPairSync' | 'parseKey'>): {
  readonly privateKey: string;
  readonly publicKey: Buffer;
} {
  for (let left = 20; ; left--) {
    const key = generateKeyPairSync('ed25519');
    const parsed = parseKey(key.public);
    if (!(parsed instanceof Error)) return { privateKey: key.private, publicKey: parsed.getPublicSSH() };
    if (left === 0) throw parsed;
  }
}

/**
 * Lets the nodes listen on their own addresses of the loopback network, all on one free port. Everybody on this machine
 * may log in: nothing real can be reached there. SSH's own checks (host keys first) are the same as for real nodes.
 */
export async function servePractice(cluster: PracticeCluster): Promise<PracticeServer> {
  const { Server, utils } = await loadSsh2();
  const key = newHostKey(utils);
  const servers: InstanceType<typeof Server>[] = [];
  let port = 0;
  const open = async (node: Machine): Promise<void> => {
    const server = new Server({ hostKeys: [key.privateKey] }, (client) => {
      client.on('authentication', (context) => context.accept());
      client.on('error', () => {});
      client.on('ready', () => {
        client.on('session', (accept) => {
          accept().on('exec', (acceptExec, _reject, { command }) => {
            const channel = acceptExec();
            const input: Buffer[] = [];
            // A machine here runs a command when all of its input is there; what waits for a word of it must hear that first.
            const started = startedBy(command);
            if (started !== undefined) {
              channel.write(started.mark);
              channel.stderr.write(started.mark);
            }
            const line = started?.line ?? command;
            const begun = beginningOf(line);
            if (begun !== undefined) channel.stderr.write(begun.said);
            channel.on('data', (chunk: Buffer) => input.push(chunk));
            channel.on('end', () => {
              const listener = {
                stdout: (bytes: Buffer) => void channel.write(bytes),
                stderr: (bytes: Buffer) => void channel.stderr.write(bytes),
              };
              node.exec(begun?.rest ?? line, Buffer.concat(input), listener).then(
                ({ code }) => {
                  channel.exit(code);
                  channel.end();
                },
                (error: unknown) => {
                  // As on a machine that loses its power: no exit code, the connection is gone.
                  client.end();
                  if (!(error instanceof MachineGone)) throw error;
                },
              );
            });
          });
        });
      });
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, node.address, () => resolve());
    });
    const address = server.address();
    if (typeof address === 'object' && address !== null) port = address.port;
    servers.push(server);
  };
  for (const node of cluster.nodes) await open(node);
  const line = `${keyTypeOf(key.publicKey)} ${key.publicKey.toString('base64')}`;
  return {
    port,
    knownHosts: cluster.nodes.map((node) => `[${node.address}]:${port} ${line}\n`).join(''),
    close: async () => {
      await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))));
    },
  };
}
