import assert from 'node:assert/strict';
import { lockPath } from '../../src/run/lock';
import { hazardsOf } from './hazards';
import type { Scene } from './kill-points';
import { type LocalFiles, servers } from './kubeadm-fleet';
import type { PracticeWorld } from './practice';
import { kubeNodes, pass, voters } from './practice-fleet';
import { data } from './restore-world';

/** An operation, ready to be run in a world of its own. */
export type MakeScene = (files: LocalFiles) => Promise<Scene>;

/** The switch of each machine; one that was put on has had its time to boot. */
export const powerOf = (world: PracticeWorld): NonNullable<Scene['power']> => ({
  off: (name) => world.practice.powerOff(world.machine(name)),
  on: async (name) => {
    world.practice.powerOn(world.machine(name));
    await pass(world, 90);
  },
});

/** A scene in which more can go wrong than at one command, and which watches for a second cluster all the time. */
export function inBadWeather(world: PracticeWorld, scene: Scene): Scene {
  const token = world.distribution === 'k3s' ? world.machine('cp1').files.text(`${data}/token`).trim() : undefined;
  const secrets = token === undefined ? [] : [token];
  const tidied = (ended?: () => void | Promise<void>) => async () => {
    await ended?.();
    tidy(world, [...secrets, ...(scene.secrets ?? [])]);
  };
  return {
    ...scene,
    check: async (result) => tidied(() => scene.check(result))(),
    ...(scene.checkUndone && { checkUndone: tidied(scene.checkUndone) }),
    power: powerOf(world),
    always: () => {
      const serving = [...world.practice.etcd.processes].filter(
        (each) => each.servingSinceMs !== undefined && !each.isRemoved,
      );
      const ids = new Set(serving.map((each) => each.clusterId));
      assert.ok(
        ids.size <= 1,
        `two clusters serve: ${serving.map((each) => `${each.machine.name} ${each.clusterId}`).join(', ')}`,
      );
    },
    fill: (host) => {
      const { limits } = world.machine(host).files;
      limits.set('/', 10);
      return () => void limits.delete('/');
    },
    hazards: hazardsOf(world),
    cluster: world.cluster,
    isOff: (host) => !world.machine(host).hasPower,
    locked: () =>
      world.practice.nodes.filter((each) => each.hasPower && each.files.has(lockPath)).map((each) => each.name),
    neighbour: (host) => servers.find((each) => each !== host && each !== 'cp1') ?? 'cp2',
    secrets: [...secrets, ...(scene.secrets ?? [])],
  };
}

/** What a run may leave while it is at work, and not when it is over: drafts, scratch folders, clocks that tick. */
const scratch =
  /^\/(?:tmp|var\/tmp|root|home\/practice)\/|\.haven-(?:draft|check)|^\/run\/haven-|^\/var\/lib\/haven\/.*\.part$/;

/** No run that is over leaves scratch files, a unit that waits, or a secret in a file that others may read. */
function tidy(world: PracticeWorld, secrets: readonly string[]): void {
  for (const { name, files, units, hasPower } of world.practice.nodes) {
    if (!hasPower) continue;
    const all = files.below('/');
    assert.deepEqual(
      all.filter((each) => scratch.test(each)),
      [],
      `left on ${name}`,
    );
    const open = all.filter((each) => {
      const entry = files.getLink(each);
      return entry?.kind === 'file' && (entry.mode & 0o077) !== 0 && secrets.some((one) => entry.content.includes(one));
    });
    assert.deepEqual(open, [], `anybody on ${name} may read a secret`);
    const waiting = [...units].filter(
      ([unit, { active }]) => /^haven-(?!etcd-snapshot)/.test(unit) && active === 'active',
    );
    assert.deepEqual(waiting, [], `still waits on ${name}`);
  }
}

/** So many vote, and these Nodes are ready, when what was on its way has had its time. */
export const allWell = async (world: PracticeWorld, members: readonly string[], nodes: readonly string[]) => {
  await pass(world, 120);
  assert.deepEqual(await voters(world), members);
  const there = (await kubeNodes(world)).filter((each) => each.ready && !each.cordoned).map((each) => each.name);
  for (const each of nodes) assert.ok(there.includes(each), `${each} is ready: ${there.join()}`);
};
