import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { render } from '../../src/base/message';
import { certificateRows, missingNames, planRenewCertificates } from '../../src/ops/certificates';
import { faultsOf } from '../../src/ops/check-plan';
import { certificatesCommand, type NodeCertificates, parseCertificates } from '../../src/ops/commands/certificates';
import { breakEverywhere, runScene } from '../support/kill-points';
import { PracticeWorld } from '../support/practice';
import { pass, sceneOf, stamp, voters } from '../support/practice-fleet';

const servers = ['cp1', 'cp2', 'cp3'];
const witness = '/var/lib/rancher/k3s/server/tls/client-admin.crt';

async function certificates(world: PracticeWorld): Promise<Map<string, NodeCertificates>> {
  const found = new Map<string, NodeCertificates>();
  for (const { name, role } of world.practice.nodes) {
    if (role === 'loadbalancer') continue;
    const endpoints = role === 'server' ? ['127.0.0.1:6443', `${world.practice.virtualAddress}:6443`] : [];
    found.set(name, parseCertificates(await world.run(name, certificatesCommand(endpoints).argv.map(String))));
  }
  return found;
}

const renewing = async (world: PracticeWorld, hosts: readonly string[]) => {
  const plan = planRenewCertificates(await world.state(), await certificates(world), { stamp, hosts });
  assert.deepEqual(faultsOf(plan), []);
  assert.deepEqual(
    plan.blockers.map((each) => render(each.message)),
    [],
  );
  return plan;
};

describe('the certificates of the practice cluster', () => {
  test('are listed with the days they have left, and those that are served with their names', async () => {
    const world = new PracticeWorld();
    const facts = await certificates(world);
    const rows = certificateRows(facts, world.time.ms);
    assert.equal(rows.length, 3 * 6 + 1);
    assert.deepEqual(certificateRows(new Map([...facts].toReversed()), world.time.ms), rows);
    assert.ok(rows.every((each) => each.daysLeft === 299 || each.daysLeft === 300));
    const served = rows.find((each) => each.host === 'cp1' && each.place === '127.0.0.1:6443');
    assert.deepEqual(missingNames([world.practice.virtualAddress, 'api.example.com'], served?.names ?? []), [
      'api.example.com',
    ]);
  });

  test('have a name of tls-san on every server once one that asks for it starts anew', async () => {
    const world = new PracticeWorld();
    const lacking = async () =>
      [...(await certificates(world))].flatMap(([host, { served }]) =>
        served.some((each) => missingNames(['new.example.com', '10.9.9.9'], each.names).length > 0) ? [host] : [],
      );
    const { files } = world.machine('cp1');
    const path = '/etc/rancher/k3s/config.yaml';
    files.place(path, `${files.text(path).replace(/^tls-san.*$/m, '')}tls-san:\n  - new.example.com\n  - "10.9.9.9"\n`);
    assert.deepEqual(await lacking(), servers);
    await world.run('cp1', ['systemctl', 'restart', 'k3s']);
    assert.deepEqual(await lacking(), []);
  });

  test('are renewed on one server after another, and on the agent', async () => {
    const world = new PracticeWorld();
    const old = world.machine('cp2').files.text(witness);
    const plan = await renewing(world, [...servers, 'w1']);
    assert.deepEqual(
      plan.steps.filter((step) => step.id.startsWith('rotate@')).map((step) => step.host),
      ['cp2', 'cp3', 'cp1', 'w1'],
    );
    const { result } = await runScene(sceneOf(world, plan));
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    const rows = certificateRows(await certificates(world), world.time.ms);
    assert.ok(
      rows.every((each) => each.daysLeft >= 363),
      JSON.stringify(rows.map((each) => [each.place, each.daysLeft])),
    );
    assert.deepEqual(await voters(world), servers);
    const { files } = world.machine('cp2');
    const kept = files.list('/var/lib/rancher/k3s/server').find((each) => /^tls-\d+$/.test(each));
    assert.equal(files.text(`/var/lib/rancher/k3s/server/${kept}/client-admin.crt`), old);
  });

  test('whatever breaks, a resumed renewal ends with new ones and everybody up', async () => {
    await breakEverywhere(
      async () => {
        const world = new PracticeWorld();
        const old = world.machine('cp3').files.text(witness);
        const scene = sceneOf(world, await renewing(world, ['cp3', 'w1']));
        return {
          ...scene,
          check: async () => {
            await pass(world, 60);
            assert.notEqual(world.machine('cp3').files.text(witness), old);
            assert.deepEqual(await voters(world), servers);
          },
          checkUndone: async () => {
            await pass(world, 30);
            assert.deepEqual(await voters(world), servers);
          },
        };
      },
      { inTurn: true },
    );
  });
});
