import { existsSync } from 'node:fs';
import { bridge, clientAddress, namespace, networkAddress } from './layout';
import { must, run } from './shell';

/** Makes the outer namespace with its bridge, unless it is there. */
export function raiseNetwork(): void {
  if (!existsSync(`/run/netns/${namespace}`)) must(['ip', 'netns', 'add', namespace]);
  must(['ip', '-n', namespace, 'link', 'set', 'lo', 'up']);
  if (run(['ip', '-n', namespace, 'link', 'show', bridge]).code !== 0) {
    must(['ip', '-n', namespace, 'link', 'add', bridge, 'type', 'bridge', 'stp_state', '0', 'forward_delay', '0']);
    must(['ip', '-n', namespace, 'addr', 'add', `${clientAddress}/24`, 'dev', bridge]);
    must(['ip', '-n', namespace, 'link', 'set', bridge, 'up']);
  }
  // A program started outside the lab's network by mistake is told so at once, and no packet of it leaves this machine.
  run(['ip', 'route', 'replace', 'unreachable', networkAddress, 'metric', '1']);
}

/** Removes it, and with it every cable that still hangs on the bridge. */
export function lowerNetwork(): void {
  if (existsSync(`/run/netns/${namespace}`)) run(['ip', 'netns', 'del', namespace]);
  run(['ip', 'route', 'del', 'unreachable', networkAddress, 'metric', '1']);
}
