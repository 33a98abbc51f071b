import { addMember, removeMember } from '../../src/run/practice/etcd/maintenance';
import { programs } from '../../src/run/practice/programs';
import type { Call, Program } from '../../src/run/practice/world';
import type { Mend } from './kill-points';
import { Abandoned, type PracticeWorld } from './practice';
import { pass } from './practice-fleet';

/** What kubectl says when the API refuses it, and what it exits with. */
const refusals = {
  'API says 401': 'error: You must be logged in to the server (Unauthorized)',
  'API says 403':
    'Error from server (Forbidden): nodes is forbidden: User "system:anonymous" cannot list resource "nodes"',
  'API says 429':
    'Error from server (TooManyRequests): the server has received too many requests and has asked us to try again later',
  'certificate of the API has ended':
    'Unable to connect to the server: tls: failed to verify certificate: x509: certificate has expired or is not yet valid',
} as const;

/** Programs that somebody may uninstall, or that an update leaves away for a while. */
const vanishing = [
  'kubectl',
  'etcdctl',
  'crictl',
  'curl',
  'sha256sum',
  'timeout',
  'openssl',
  'systemctl',
  'k3s',
  'kubeadm',
];

/** Everything that may be wrong with a machine of the practice cluster, or with what it asks. */
export function hazardsOf(world: PracticeWorld): Map<string, (host: string) => Mend> {
  const hazards = new Map<string, (host: string) => Mend>();
  const playing = (host: string, name: string, program: Program): Mend => {
    const { played } = world.machine(host);
    played.set(name, program);
    return () => void played.delete(name);
  };
  const reboot = (host: string) => {
    world.practice.powerOff(world.machine(host));
    world.time.ms += 30_000;
    world.practice.powerOn(world.machine(host));
  };
  const startAnew = async (host: string) => {
    reboot(host);
    await pass(world, 90);
  };
  for (const [name, words] of Object.entries(refusals)) {
    hazards.set(name, (host) =>
      playing(host, 'kubectl', (call) => {
        call.err(`${words}\n`);
        return 1;
      }),
    );
  }
  for (const name of vanishing) {
    hazards.set(`${name} is gone`, (host) => {
      const { missing } = world.machine(host);
      if (missing.has(name)) return () => {};
      missing.add(name);
      return () => void missing.delete(name);
    });
  }
  hazards.set('systemctl hangs', (host) => playing(host, 'systemctl', (call) => hang(world, call)));
  hazards.set('kubectl hangs', (host) => playing(host, 'kubectl', (call) => hang(world, call)));
  hazards.set('API answers late', (host) =>
    playing(host, 'kubectl', async (call) => {
      const limit = /--request-timeout=(\d+)s/.exec(call.args.join(' '))?.[1];
      const takes = 5 + ((world.time.ms / 1000) % 10);
      await world.practice.sleep(Math.min(takes, Number(limit ?? takes)) * 1000);
      if (limit !== undefined && takes > Number(limit)) {
        call.err(
          'Unable to connect to the server: net/http: request canceled (Client.Timeout exceeded while awaiting headers)\n',
        );
        return 1;
      }
      return (await programs.get('kubectl')?.(call)) ?? 127;
    }),
  );
  hazards.set('every answer takes 5 to 20 s', (host) => {
    let turn = 0;
    world.slow.set(host, () => 5000 + ((turn++ * 7919) % 15_000));
    return () => void world.slow.delete(host);
  });
  hazards.set('the disk is read-only', (host) => {
    const { files } = world.machine(host);
    files.readOnly = true;
    return () => {
      files.readOnly = false;
      return startAnew(host);
    };
  });
  hazards.set('the machine starts anew by itself', (host) => {
    reboot(host);
    return () => pass(world, 90);
  });
  hazards.set('the machine is renamed', (host) => {
    const machine = world.machine(host);
    machine.hostName = `${host}-renamed`;
    return () => {
      machine.hostName = host;
      return startAnew(host);
    };
  });
  hazards.set('/tmp is full', (host) => {
    const { limits } = world.machine(host).files;
    limits.set('/tmp', 0);
    return () => void limits.delete('/tmp');
  });
  hazards.set('/tmp is gone', (host) => {
    const { files } = world.machine(host);
    if (files.has('/tmp')) files.remove('/tmp');
    return () => files.makeFolders('/tmp');
  });
  for (const [words, minutes] of [
    ['ahead', 7],
    ['behind', -7],
  ] as const)
    hazards.set(`the clock is set ${words} by minutes`, (host) => {
      const machine = world.machine(host);
      machine.aheadMs = minutes * 60_000;
      return async () => {
        machine.aheadMs = 0;
        await pass(world, 30);
      };
    });
  for (const learner of [true, false])
    hazards.set(`somebody adds a ${learner ? 'learner' : 'voter'} that never comes`, () => {
      const stores = () =>
        world.practice.nodes.flatMap((each) => {
          const found = world.practice.control.etcdOf(each);
          return found?.servingSinceMs === undefined || found.isRemoved ? [] : [found];
        });
      const [any] = stores();
      // etcd itself refuses it where the majority would be gone with it.
      const voters = any?.store.members.filter((each) => !each.learner).length ?? 0;
      const isSafe = stores().length >= Math.floor((voters + 1) / 2) + 1;
      if (any === undefined || !isSafe || any.store.members.some((each) => each.learner)) return () => {};
      const { id } = addMember(any, 'https://10.0.0.99:2380', world.time.ms, learner);
      return async () => {
        const [now] = stores();
        if (now !== undefined) removeMember(now, id);
        await pass(world, 30);
      };
    });
  hazards.set('etcd is out of space', () => {
    const stores = world.practice.nodes.flatMap((each) => world.practice.control.etcdOf(each) ?? []);
    for (const { store, memberId } of stores) store.alarms = [{ memberId, alarm: 'NOSPACE' }];
    return async () => {
      for (const { store } of world.practice.nodes.flatMap((each) => world.practice.control.etcdOf(each) ?? []))
        store.alarms = [];
      await pass(world, 60);
    };
  });
  return hazards;
}

/** Waits until whoever started it gives up: a `timeout` around it, or the one on the other end of the connection. */
async function hang(world: PracticeWorld, call: Call): Promise<number> {
  const began = world.time.ms;
  while (!world.practice.isOverdue()) {
    if (world.time.ms - began > 3_600_000) throw new Error(`nobody gives up on ${call.args.join(' ')}`);
    await world.practice.sleep(1000);
  }
  if (world.isAbandoned()) throw new Abandoned();
  return 124;
}
