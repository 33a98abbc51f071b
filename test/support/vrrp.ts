import type { Check, Tracker, VrrpInstance, VrrpNode } from '../../src/model/vrrp/node';

/** A node in a few words, for tests: one instance VI_1 with VRID 51 and a script `chk` (interval 1, fall 2, rise 2). */
export interface NodeInWords extends Partial<Omit<VrrpInstance, 'trackers'>> {
  readonly script?: Partial<Extract<Check, { kind: 'script' }>> & {
    readonly weight?: number;
    readonly reverse?: boolean;
  };
  readonly more?: readonly (Partial<VrrpInstance> & { readonly name: string })[];
  readonly groupScript?: boolean;
  readonly checks?: readonly { readonly check: Check; readonly weight: number; readonly reverse?: boolean }[];
}

/** Node `name` (n1, n2, …) with address 10.77.0.<number>. */
export function vrrpNode(name: string, words: NodeInWords): VrrpNode {
  const { script, more = [], groupScript = false, checks: given = [], ...own } = words;
  const checks: Check[] = [{ kind: 'interface', name: 'eth0' }];
  const trackers: Tracker[] = [{ check: 0, weight: 0, reverse: false, awaits: 0 }];
  const groupTrackers: Tracker[] = [];
  if (script !== undefined) {
    const intervalUs = script.intervalUs ?? 1_000_000;
    checks.push({
      kind: 'script',
      name: 'chk',
      intervalUs,
      timeoutUs: script.timeoutUs ?? intervalUs,
      hangPeriodUs: intervalUs,
      rise: script.rise ?? 2,
      fall: script.fall ?? 2,
    });
    const tracker = {
      check: 1,
      weight: script.weight ?? 0,
      reverse: script.reverse ?? false,
      awaits: script.weight ? 0 : 1,
    };
    (groupScript ? groupTrackers : trackers).push(tracker);
  }
  for (const { check, weight, reverse = false } of given) {
    checks.push(check);
    trackers.push({
      check: checks.length - 1,
      weight,
      reverse,
      awaits: check.kind === 'script' && weight === 0 ? 1 : 0,
    });
  }
  const base: VrrpInstance = {
    name: 'VI_1',
    vrid: 51,
    family: 4,
    version: 2,
    interface: 'eth0',
    sourceAddress: `10.77.0.${name.replace(/\D/g, '')}`,
    basePriority: 100,
    wantsMaster: false,
    advertUs: 1_000_000,
    downAdverts: 3,
    nopreempt: false,
    preemptDelayUs: 0,
    auth: undefined,
    addresses: ['10.77.0.100'],
    excludedAddresses: [],
    unicastPeers: undefined,
    multicastGroup: undefined,
    checksUnicastSource: false,
    lowerPrioNoAdvert: false,
    higherPrioSendAdvert: false,
    trackers: [...trackers, ...groupTrackers],
    losesAddress: false,
    group: undefined,
    ...own,
  };
  const others = more.map((each) => ({
    ...base,
    trackers: [...(trackers[0] ? [trackers[0]] : []), ...groupTrackers],
    ...each,
  }));
  const instances = [base, ...others];
  return {
    name,
    instances,
    groups: instances.some((each) => each.group !== undefined) ? [{ name: 'G1' }] : [],
    checks,
    startupDelayUs: 0,
  };
}
