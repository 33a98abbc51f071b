import { say } from '../base/message';
import type { Distribution } from '../model/inventory/inventory';
import { serverHealthy } from './commands/server-health';
import type { Step } from './plan';

/** Waits for a server that an operation has stopped or started anew: nothing may follow before it does its whole work. */
export function healthyAgain(host: string, distribution: Distribution, etcd: boolean): Step {
  return {
    id: `healthy@${host}`,
    host,
    title: say('Wait until {0} does its work again', host),
    risk: 'read',
    waitFor: serverHealthy(host, distribution, etcd),
  };
}
