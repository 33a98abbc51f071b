import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { breakEveryUpload } from '../support/kill-points';
import { LocalFiles } from '../support/kubeadm-fleet';
import { practiceScenes } from '../support/practice-scenes';

const files = new LocalFiles();
after(() => files.remove());

/** Operations that bring files to a node, and how many files they send. */
const sending = {
  'k3s join of a server to which its program is brought': 4,
  'k3s upgrade': 4,
  'k3s sending of a snapshot': 1,
  'push of haproxy.cfg': 4,
} as const;

describe('cut off in the middle of a file: half of it has come, and the host sees its end', () => {
  for (const [name, count] of Object.entries(sending)) {
    const make = () => {
      const scene = practiceScenes[name];
      assert.ok(scene !== undefined, name);
      return scene(files);
    };

    test(`${name}: resumed, it ends as it would have`, async () => {
      assert.equal(await breakEveryUpload(make, 'resume'), count);
    });

    test(`${name}: taken back, nothing of it is left`, async () => {
      assert.equal(await breakEveryUpload(make, 'undo'), count);
    });
  }
});
