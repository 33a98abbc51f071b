import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { render } from '../../src/base/message';
import { planRenewCertificates } from '../../src/ops/certificates';
import { certificatesCommand, parseCertificates } from '../../src/ops/commands/certificates';
import { planDefragment } from '../../src/ops/defragment';
import { planDrain, planUncordon } from '../../src/ops/drain';
import type { Plan } from '../../src/ops/plan';
import { planSnapshot } from '../../src/ops/snapshot';
import { runScene } from '../support/kill-points';
import { rolling, without } from '../support/kubeadm-fleet';
import { PracticeWorld } from '../support/practice';
import { joining, kubeNodes, memberFacts, pass, removal, sceneOf, stamp, voters } from '../support/practice-fleet';

function raise(world: PracticeWorld, alarm: 'NOSPACE' | 'CORRUPT' = 'NOSPACE'): void {
  for (const each of world.practice.nodes) {
    const process = world.practice.control.etcdOf(each);
    if (process !== undefined) process.store.alarms = [{ memberId: process.memberId, alarm }];
  }
}

const words = (plan: Plan) => plan.blockers.map((each) => render(each.message)).join('\n');

/** Operations that write through the API, or wait until a server is healthy again. */
const writing: Readonly<Record<string, (world: PracticeWorld) => Promise<Plan>>> = {
  'a rolling restart': (world) => rolling(world),
  'a removal': (world) => removal(world, 'cp2'),
  'a join': (world) => joining(world, 'cp3'),
  'a drain': async (world) => planDrain(await world.state(), { stamp, hosts: ['w1'], nodes: await kubeNodes(world) }),
  'an uncordon': async (world) =>
    planUncordon(await world.state(), { stamp, hosts: ['w1'], nodes: await kubeNodes(world) }),
  'a renewal of certificates': async (world) => {
    const said = await world.run('cp1', certificatesCommand([]).argv.map(String));
    const facts = new Map([['cp1', parseCertificates(said)]]);
    return planRenewCertificates(await world.state(), facts, { stamp, hosts: ['cp1'] });
  },
};

describe('while etcd refuses writes because of an alarm', () => {
  for (const [name, plan] of Object.entries(writing)) {
    test(`${name} is refused before it begins, and says what to do`, async () => {
      const world = await without('cp3');
      assert.doesNotMatch(words(await plan(world)), /refuses every write/);
      raise(world);
      assert.match(words(await plan(world)), /until its alarm NOSPACE is disarmed/);
      raise(world, 'CORRUPT');
      assert.match(words(await plan(world)), /damaged \(alarm CORRUPT\)/);
    });
  }

  test('a snapshot is taken all the same, and defragmenting is the way out', async () => {
    const world = new PracticeWorld('kubeadm');
    raise(world);
    const saved = await runScene(sceneOf(world, planSnapshot(await world.state(), 'full')));
    assert.equal(saved.result.outcome, 'done', JSON.stringify(saved.result));
    const plan = planDefragment(await world.state(), await memberFacts(world), { stamp, disarm: true });
    assert.equal((await runScene(sceneOf(world, plan))).result.outcome, 'done');
    assert.doesNotMatch(words((await writing['a rolling restart']?.(world)) as Plan), /refuses every write/);
  });

  test('an alarm that comes in the middle stops a restart at the server that does not get well, with its reason', async () => {
    const world = new PracticeWorld();
    const plan = await rolling(world, { hosts: ['cp2', 'cp3'], drain: false });
    const scene = sceneOf(world, plan);
    let sent = 0;
    const { result } = await runScene({
      ...scene,
      connect: async (host) => {
        const line = world.connect(host);
        return {
          ...line,
          exec: (request, signal) => {
            if (++sent === 3) raise(world);
            return line.exec(request, signal);
          },
        };
      },
    });
    assert.equal(result.outcome, 'failed');
    assert.match(JSON.stringify(result.reason), /ALARM NOSPACE/);
    await pass(world, 30);
    assert.deepEqual(await voters(world), ['cp1', 'cp2', 'cp3']);
    assert.equal(world.machine('cp1').units.get('k3s')?.active, 'active');
  });
});
