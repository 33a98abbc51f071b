import { connect } from 'node:net';

/** Whether a TCP connection from this machine to `host` opens within the time; no when it is called off. */
export function reach(host: string, port: number, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(false);
    const socket = connect({ host, port, timeout: timeoutMs });
    const end = (isOpen: boolean) => {
      // A socket that is given the signal itself keeps listening to it when it is closed; a drill knocks hundreds of times.
      signal.removeEventListener('abort', stop);
      socket.destroy();
      resolve(isOpen);
    };
    const stop = () => end(false);
    signal.addEventListener('abort', stop, { once: true });
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    // It can come after the end as well.
    socket.on('error', () => end(false));
  });
}
