import { after, describe, test } from 'node:test';
import { breakEverywhere } from '../support/kill-points';
import { LocalFiles } from '../support/kubeadm-fleet';
import { practiceScenes } from '../support/practice-scenes';

const files = new LocalFiles();
after(() => files.remove());

describe('a disk of this machine that has no room for the journal any more', () => {
  for (const [name, sample] of [
    ['push of haproxy.cfg', 5],
    ['k3s schedule of snapshots, with S3', 9],
    ['k3s restore', 23],
  ] as const) {
    for (const afterwards of ['resume', 'undo'] as const) {
      test(`at any command of ${name}: with room again it is ${afterwards === 'undo' ? 'taken back' : 'gone on with'}`, async () => {
        const make = practiceScenes[name];
        if (make === undefined) throw new Error(`there is no scene ${name}`);
        await breakEverywhere(() => make(files), { faults: ['journal-full'], sample, afterwards });
      });
    }
  }
});
