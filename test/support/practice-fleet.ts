import { type EtcdFacts, etcdFactsCommand, parseEtcdFacts } from '../../src/ops/commands/etcd-gateway';
import { joinFactsCommand, parseJoinFacts } from '../../src/ops/commands/join-facts';
import { type KubeNode, listNodes, parseNodes } from '../../src/ops/commands/kubectl';
import { planJoin } from '../../src/ops/join/join';
import type { JoinParameters } from '../../src/ops/join/join-work';
import type { Plan } from '../../src/ops/plan';
import { planRemove } from '../../src/ops/remove-node';
import { membersOf } from '../../src/run/quorum';
import type { Scene } from './kill-points';
import type { PracticeWorld } from './practice';

export const stamp = '20261121-070000';

const words = (command: { readonly argv: readonly unknown[] }) => command.argv.map(String);

/** What the members of a practice cluster say of themselves. */
export async function memberFacts(world: PracticeWorld): Promise<Map<string, EtcdFacts>> {
  const found = new Map<string, EtcdFacts>();
  for (const { name, role, hasPower } of world.practice.nodes) {
    if (role !== 'server' || !hasPower) continue;
    const facts = parseEtcdFacts(await world.run(name, words(etcdFactsCommand(world.distribution))));
    if (facts !== undefined) found.set(name, facts);
  }
  return found;
}

export async function kubeNodes(world: PracticeWorld, on = 'cp1'): Promise<KubeNode[]> {
  return parseNodes(await world.run(on, words(listNodes(world.distribution))));
}

/** Names of the nodes whose member votes, as the servers that run list them. */
export async function voters(world: PracticeWorld): Promise<string[]> {
  const [told] = [...(await memberFacts(world)).values()].filter((each) => each.leaderId !== '0');
  return (told?.members ?? [])
    .filter((each) => !each.learner)
    .map((each) => world.practice.nodes.find((node) => each.peerUrls.some((url) => url.includes(`//${node.address}:`))))
    .map((node) => node?.name ?? '?')
    .sort();
}

/** Lets time pass in the practice cluster, in pieces, so that everything that waits has its turn. */
export async function pass(world: PracticeWorld, seconds: number): Promise<void> {
  for (let i = 0; i < seconds; i++) {
    world.time.ms += 1000;
    await world.practice.settle();
  }
}

/** A scene on the practice cluster's own clock, which asks the cluster itself for its quorum and can lose power. */
export function sceneOf(world: PracticeWorld, plan: Plan): Scene {
  return {
    plan,
    connect: async (name) => world.connect(name),
    time: world.time,
    power: {
      off: (name) => world.practice.powerOff(world.machine(name)),
      on: (name) => world.practice.powerOn(world.machine(name)),
    },
    deps: { members: async () => membersOf(await world.state()) },
    check: () => {},
  };
}

export async function removal(world: PracticeWorld, host: string, uninstall = false): Promise<Plan> {
  const on = world.practice.nodes.find((each) => each.name !== host && world.practice.isServerUp(each))?.name;
  return planRemove(await world.state(), await memberFacts(world), {
    stamp,
    host,
    nodes: await kubeNodes(world, on),
    drain: true,
    uninstall,
    inBackends: [],
  });
}

/** Asks everything that "Join Node" asks, and plans it. */
export async function joining(
  world: PracticeWorld,
  host: string,
  changes: Partial<JoinParameters> = {},
): Promise<Plan> {
  const machine = world.machine(host);
  const isServer = machine.role === 'server';
  const servers = world.practice.nodes.filter((each) => world.practice.isServerUp(each));
  const peers = isServer ? servers.map((each) => `https://${each.address}:2380`) : [];
  const urls = [`https://${servers[0]?.address}:6443`, 'https://lb.example.com:6443', ...peers];
  const facts = parseJoinFacts(await world.run(host, words(joinFactsCommand(urls))));
  return planJoin(await world.state(), await memberFacts(world), {
    stamp,
    host,
    nodes: await kubeNodes(world, servers[0]?.name),
    facts,
    clockSkewSec: 0,
    programs: { from: 'machine' },
    release: 'v1.34.1+k3s1',
    config: undefined,
    differences: [],
    servedNames: undefined,
    caHash: undefined,
    inBackends: [],
    concerns: { blockers: [], warnings: [] },
    ...changes,
  });
}
