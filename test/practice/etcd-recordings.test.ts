import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { PracticeWorld } from '../support/practice';
import { sharedFolder } from '../support/shared';

const folder = sharedFolder('facts', 'k3s', 'recordings', 'status');
const tls = '/var/lib/rancher/k3s/server/tls/etcd';
const certificate = ['--cacert', `${tls}/server-ca.crt`, '--cert', `${tls}/client.crt`, '--key', `${tls}/client.key`];

/** The keys of an object and of what is in it; of lists, those of the first item. */
function keysOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return keysOf(value[0], `${path}[]`);
  if (typeof value !== 'object' || value === null) return [`${path}: ${typeof value}`];
  return Object.entries(value).flatMap(([key, each]) => keysOf(each, `${path}.${key}`));
}

describe('etcd of the practice cluster, beside recordings of that of a real k3s', {
  skip: folder === undefined && 'there are no recordings beside the checkout',
}, () => {
  const recorded = (name: string, title: string) => {
    const text = readFileSync(join(folder ?? '', name), 'utf8');
    return /^(\{.*\})\s*\[\d+\]$/m.exec(text.slice(text.indexOf(`== ${title}\n`)))?.[1] ?? '';
  };
  const ask = async (world: PracticeWorld, ...words: string[]) => world.run('cp1', ['curl', '-s', '-m', '3', ...words]);

  for (const [title, call] of [
    ['gateway member list', 'cluster/member/list'],
    ['gateway status', 'maintenance/status'],
  ] as const) {
    test(`${title}: the same fields of the same kinds`, async () => {
      const answer = await ask(new PracticeWorld(), ...certificate, '-d', '{}', `https://127.0.0.1:2382/v3/${call}`);
      const want = keysOf(JSON.parse(recorded('etcd-http-2382.txt', title)));
      assert.ok(want.length > 5, 'the recording was found');
      assert.deepEqual(keysOf(JSON.parse(answer)).sort(), want.sort());
    });
  }

  test('nobody is answered there without a certificate', async () => {
    const { code, stdout } = await new PracticeWorld()
      .connect('cp1')
      .exec({ argv: ['curl', '-sk', '-m', '3', 'https://127.0.0.1:2382/health'], root: true, timeoutSec: 9 });
    assert.notEqual(code, 0);
    assert.equal(stdout, '');
  });

  test('health, in the same words', async () => {
    const answer = await ask(new PracticeWorld(), 'http://127.0.0.1:2381/health');
    assert.equal(answer, recorded('etcd-health-2381.txt', 'health'));
  });

  test('a member tells with which others it is connected', async () => {
    const world = new PracticeWorld();
    const peers = async () => {
      const lines = (await ask(world, 'http://127.0.0.1:2381/metrics')).split('\n');
      return lines.filter((each) => each.startsWith('etcd_network_active_peers'));
    };
    for (const line of await peers())
      assert.match(line, /^etcd_network_active_peers\{Local="[0-9a-f]+",Remote="[0-9a-f]+"\} 1$/);
    assert.equal((await peers()).length, 2);
    world.practice.powerOff(world.machine('cp3'));
    await world.practice.settle();
    assert.deepEqual((await peers()).map((each) => each.slice(-2)).sort(), [' 0', ' 1']);
  });

  test('alone of three, it says first that it has no leader, and then nothing, as the unit starts again and again', async () => {
    const world = new PracticeWorld();
    for (const name of ['cp2', 'cp3']) world.practice.powerOff(world.machine(name));
    await world.practice.settle();
    assert.equal(await ask(world, 'http://127.0.0.1:2381/health'), '{"health":"false","reason":"RAFT NO LEADER"}');
    for (let sec = 0; sec < 40; sec += 5) {
      world.time.ms += 5000;
      await world.practice.settle();
    }
    const show = await world.run('cp1', ['systemctl', 'show', 'k3s', '-p', 'ActiveState,SubState']);
    const text = readFileSync(join(folder ?? '', 'quorum-lost.txt'), 'utf8');
    const [, active = '', sub = ''] = /ActiveState=(\w+) SubState=(\w+)/.exec(text) ?? [];
    assert.equal(show, `ActiveState=${active}\nSubState=${sub}\n`);
    const nodes = await world
      .connect('cp1')
      .exec({ argv: ['k3s', 'kubectl', 'get', 'nodes', '--request-timeout=5s'], root: true, timeoutSec: 9 });
    assert.equal(nodes.code, 1);
    assert.ok(text.includes(nodes.stderr.trim()), nodes.stderr);
  });
});
