import { after, before } from 'node:test';
import { Lab } from './lab';
import { Operator } from './operator';

/** Before the tests of a file: the lab that runs, and Haven at work on it, once all is well if it has to be within some seconds. */
export function workOn(take: (lab: Lab, operator: Operator) => void, healthySec?: number): void {
  let operator: Operator | undefined;
  before(async () => {
    const lab = Lab.running();
    operator = new Operator(lab);
    take(lab, operator);
    if (healthySec !== undefined) await lab.healthy(healthySec);
  });
  after(() => operator?.close());
}
