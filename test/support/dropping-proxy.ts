import { connect, createServer, type Socket } from 'node:net';

/** A way to a port of this machine that can be made silent: nothing gets through any more, and nobody is told. */
export interface DroppingProxy {
  readonly port: number;
  /** As a firewall that begins to drop: open connections stay open, and new ones are taken and hang. */
  drop(): void;
  /** What comes from now on gets through; the connections that were dropped stay silent. */
  pass(): void;
  /** Where new connections lead from now on: another machine has taken the address. */
  leadTo(port: number): void;
  close(): void;
}

export async function droppingProxy(to: number): Promise<DroppingProxy> {
  let target = to;
  let isDropping = false;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const host = isDropping ? undefined : connect(target, '127.0.0.1');
    for (const each of host === undefined ? [client] : [client, host]) {
      sockets.add(each);
      each.on('error', () => {}).on('close', () => sockets.delete(each));
    }
    if (host === undefined) return void client.resume();
    client.pipe(host).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return {
    port: address.port,
    drop: () => {
      isDropping = true;
      for (const each of sockets) each.unpipe().removeAllListeners('data').removeAllListeners('end').resume();
    },
    pass: () => {
      isDropping = false;
    },
    leadTo: (port) => {
      target = port;
    },
    close: () => {
      server.close();
      for (const each of sockets) each.destroy();
    },
  };
}
