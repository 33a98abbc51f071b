import { say } from '../base/message';
import { TransportError } from './transport';

export function cancelled(host: string): TransportError {
  return new TransportError(host, 'cancelled', say('connecting was cancelled'));
}

/** Leaves the others who wait for the same connection alone when one of them is called off. */
export function orCancelled<Result>(
  work: Promise<Result>,
  host: string,
  signal: AbortSignal | undefined,
): Promise<Result> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const leave = () => reject(cancelled(host));
    if (signal.aborted) return leave();
    signal.addEventListener('abort', leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
