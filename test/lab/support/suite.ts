import { Lab } from './lab';
import type { Mode } from './layout';
import { namespace } from './layout';
import { run } from './shell';
import { whyNoNetwork } from './why-no-lab';

/** The variable by which `npm run test:lab` tells its tests why a lab is not there. */
export const absenceVariable = 'HAVEN_LAB_ABSENT';

/** Why the tests of a mode cannot run in this process; false when its lab is up and this process is in its network. */
export function labMissing(mode: Mode): string | false {
  const told = process.env[absenceVariable];
  if (told !== undefined && told !== '') return told;
  if (!Lab.isUp() || Lab.running().mode !== mode) return 'its machines are not up: npm run test:lab';
  const here = run(['ip', 'netns', 'identify', String(process.pid)]).stdout.trim();
  return here === namespace ? false : `not in the network of the lab (${namespace}): npm run test:lab`;
}

/** Why no daemons can be run in network namespaces by this process; false when they can. */
export const networkMissing = (): string | false => process.env[absenceVariable] || whyNoNetwork() || false;
