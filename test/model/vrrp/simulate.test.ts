import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEvent, type VrrpEvent } from '../../../src/model/vrrp/event';
import type { VrrpNode } from '../../../src/model/vrrp/node';
import { simulate } from '../../../src/model/vrrp/simulate';
import { type NodeInWords, vrrpNode } from '../../support/vrrp';

/** One step and what real daemons did: the holders, and times that were measured for it. */
interface Expected {
  readonly events: string;
  readonly holders: readonly string[] | readonly (readonly string[])[];
  readonly seen?: readonly number[];
  /** No bound is wider than this many seconds. */
  readonly width?: number;
}

interface Observation {
  readonly name: string;
  readonly nodes: readonly NodeInWords[];
  readonly start?: readonly number[];
  readonly holders: readonly string[] | readonly (readonly string[])[];
  readonly steps: readonly Expected[];
}

const outcomes = (holders: Expected['holders']) =>
  (Array.isArray(holders[0]) ? holders : [holders]) as readonly (readonly string[])[];
const sorted = (lists: readonly (readonly string[])[]) => lists.map((each) => each.join('+')).sort();

const M = true;
const script = (weight: number) => ({ weight });
const file = { kind: 'file', name: 'tf', path: undefined, initialValue: 0 } as const;
const process = { kind: 'process', name: 'proc', failDelayUs: 0, okDelayUs: 0 } as const;
const second = { kind: 'interface', name: 'eth1' } as const;
const group = (extra: Partial<NodeInWords> = {}): Partial<NodeInWords> => ({
  group: 0,
  more: [{ name: 'VI_2', vrid: 52, addresses: ['10.77.0.101'] }],
  ...extra,
});

/** Runs of real daemons (2.2.7) in network namespaces, by number; times in seconds from the event to the address elsewhere. */
const observations: readonly Observation[] = [
  {
    name: 'E01 positive weight smaller than the gap',
    nodes: [{ basePriority: 110, wantsMaster: M, script: script(2) }, { script: script(2) }],
    holders: ['n1'],
    steps: [{ events: 'fail:n1:chk', holders: ['n1'] }],
  },
  {
    name: 'E02 weight -2 moves 101/100',
    nodes: [{ basePriority: 101, wantsMaster: M, script: script(-2) }, { script: script(-2) }],
    holders: ['n1'],
    steps: [
      { events: 'fail:n1:chk', holders: ['n2'], seen: [4.29, 5.28, 4.31, 4.32], width: 2.2 },
      { events: 'ok:n1:chk', holders: ['n1'], seen: [4.62, 4.61, 4.6, 4.6], width: 2.2 },
    ],
  },
  {
    name: 'E03 the owner ignores weights',
    nodes: [
      { basePriority: 255, wantsMaster: M },
      { basePriority: 254, script: script(-2) },
      { basePriority: 253, script: script(-2) },
    ],
    holders: ['n1'],
    steps: [
      { events: 'stop:n1', holders: ['n2'], seen: [0.063], width: 0.2 },
      { events: 'fail:n2:chk', holders: ['n3'], seen: [4.02], width: 2.2 },
      { events: 'fail:n3:chk', holders: ['n2'] },
      { events: 'ok:n2:chk+ok:n3:chk', holders: ['n2'] },
      { events: 'start:n1', holders: ['n1'], seen: [0.05], width: 0.2 },
      { events: 'fail:n1', holders: ['n2'], seen: [3.0], width: 1.2 },
    ],
  },
  {
    name: 'E03b weight 0 on the owner',
    nodes: [
      { basePriority: 255, wantsMaster: M, script: script(0) },
      { basePriority: 254, script: script(0) },
    ],
    holders: ['n1'],
    steps: [
      { events: 'fail:n1:chk', holders: ['n2'], seen: [1.05], width: 1.2 },
      { events: 'ok:n1:chk', holders: ['n1'], seen: [4.99], width: 1.2 },
    ],
  },
  { name: 'E04 equal priorities', nodes: [{}, {}], holders: [['n1'], ['n2']], steps: [] },
  {
    name: 'E04b start order, restart, split and heal',
    nodes: [{}, {}],
    start: [0, 1],
    holders: ['n1'],
    steps: [
      { events: 'stop:n1', holders: ['n2'], seen: [0.62], width: 0.2 },
      { events: 'start:n1', holders: ['n2'] },
      { events: 'cut:n1-n2', holders: ['n1', 'n2'], width: 1.2 },
      { events: 'heal:n1-n2', holders: ['n2'], seen: [0.38], width: 1.2 },
    ],
  },
  {
    name: 'E05 both MASTER 101/100',
    nodes: [{ basePriority: 101, wantsMaster: M }, { wantsMaster: M }],
    holders: ['n1'],
    steps: [],
  },
  {
    name: 'E06 weight 0',
    nodes: [{ basePriority: 110, wantsMaster: M, script: script(0) }, { script: script(0) }],
    holders: ['n1'],
    steps: [
      { events: 'fail:n1:chk', holders: ['n2'], seen: [1.66, 1.73, 1.74, 1.75], width: 1.2 },
      { events: 'ok:n1:chk', holders: ['n1'], seen: [4.97, 4.96, 4.95, 4.95], width: 1.2 },
    ],
  },
  {
    name: 'E07a nopreempt on both',
    nodes: [
      { basePriority: 110, nopreempt: true, script: script(-20) },
      { nopreempt: true, script: script(-20) },
    ],
    start: [0, 1],
    holders: ['n1'],
    steps: [{ events: 'fail:n1:chk', holders: ['n1'] }],
  },
  {
    name: 'E07b nopreempt on both, weight 0',
    nodes: [
      { basePriority: 110, nopreempt: true, script: script(0) },
      { nopreempt: true, script: script(0) },
    ],
    start: [0, 1],
    holders: ['n1'],
    steps: [
      { events: 'fail:n1:chk', holders: ['n2'], seen: [1.64], width: 1.2 },
      { events: 'ok:n1:chk', holders: ['n2'] },
    ],
  },
  {
    name: 'E07c nopreempt on the failing node',
    nodes: [{ basePriority: 110, nopreempt: true, script: script(-20) }, { script: script(-20) }],
    start: [0, 1],
    holders: ['n1'],
    steps: [
      { events: 'fail:n1:chk', holders: ['n2'], seen: [4.26], width: 2.2 },
      { events: 'ok:n1:chk', holders: ['n2'] },
    ],
  },
  {
    name: 'E07d nopreempt on the other node',
    nodes: [
      { basePriority: 110, script: script(-20) },
      { nopreempt: true, script: script(-20) },
    ],
    start: [0, 1],
    holders: ['n1'],
    steps: [{ events: 'fail:n1:chk', holders: ['n1'] }],
  },
  {
    name: 'E08 preempt_delay 6',
    nodes: [
      { basePriority: 110, preemptDelayUs: 6e6, script: script(-20) },
      { preemptDelayUs: 6e6, script: script(-20) },
    ],
    start: [0, 1],
    holders: ['n1'],
    steps: [
      { events: 'fail:n1:chk', holders: ['n2'], seen: [10.25], width: 3.3 },
      { events: 'ok:n1:chk', holders: ['n1'], seen: [11.56], width: 3.3 },
    ],
  },
  {
    name: 'E09 positive weight larger than the gap',
    nodes: [
      { wantsMaster: M, script: script(2) },
      { basePriority: 99, script: script(2) },
    ],
    holders: ['n1'],
    steps: [{ events: 'fail:n1:chk', holders: ['n2'], seen: [4.3, 5.3] }],
  },
  {
    name: 'E10 clamped at 254',
    nodes: [
      { basePriority: 254, wantsMaster: M, script: script(2) },
      { basePriority: 253, script: script(2) },
    ],
    start: [0, 1],
    holders: ['n1'],
    steps: [{ events: 'fail:n1:chk', holders: ['n1'] }],
  },
  {
    name: 'E11 different passwords',
    nodes: [{ basePriority: 101, auth: 'PASS a' }, { auth: 'PASS b' }],
    holders: ['n1', 'n2'],
    steps: [],
  },
  {
    name: 'E12b other addresses',
    nodes: [
      { basePriority: 101, addresses: ['10.77.0.100', '10.77.0.101'] },
      { addresses: ['10.77.0.100', '10.77.0.102'] },
    ],
    holders: ['n1', 'n2'],
    steps: [],
  },
  {
    name: 'E12c other order of addresses',
    nodes: [
      { basePriority: 101, addresses: ['10.77.0.100', '10.77.0.101'] },
      { addresses: ['10.77.0.101', '10.77.0.100'] },
    ],
    holders: ['n1'],
    steps: [],
  },
  { name: 'E13 different VRID', nodes: [{ basePriority: 101 }, { vrid: 52 }], holders: ['n1', 'n2'], steps: [] },
  {
    name: 'E14 advert_int 1/2, v2',
    nodes: [{ basePriority: 101 }, { advertUs: 2e6 }],
    holders: ['n1', 'n2'],
    steps: [],
  },
  {
    name: 'E14b advert_int 1/2, v3',
    nodes: [
      { basePriority: 101, version: 3 },
      { version: 3, advertUs: 2e6 },
    ],
    holders: ['n1'],
    steps: [],
  },
  { name: 'E15 version 3/2', nodes: [{ basePriority: 101, version: 3 }, {}], holders: ['n1', 'n2'], steps: [] },
  {
    name: 'E16b the better node lists a wrong peer',
    nodes: [{ basePriority: 101, unicastPeers: ['10.77.0.9'] }, { unicastPeers: ['10.77.0.1'] }],
    holders: ['n1', 'n2'],
    steps: [],
  },
  {
    name: 'E16c unicast and multicast',
    nodes: [{ basePriority: 101, unicastPeers: ['10.77.0.2'] }, {}],
    holders: ['n1', 'n2'],
    steps: [],
  },
  {
    name: 'E16d the lesser node lists a wrong peer',
    nodes: [{ basePriority: 101, unicastPeers: ['10.77.0.2'] }, { unicastPeers: ['10.77.0.9'] }],
    holders: ['n1'],
    steps: [],
  },
  {
    name: 'E17 cut and healed',
    nodes: [{ basePriority: 101 }, {}],
    holders: ['n1'],
    steps: [
      { events: 'cut:n1-n2', holders: ['n1', 'n2'], seen: [3.29, 2.93], width: 1.2 },
      { events: 'heal:n1-n2', holders: ['n1'], seen: [0.37, 0.38], width: 1.2 },
    ],
  },
  {
    name: 'E18 equal after the failure',
    nodes: [{ basePriority: 102, wantsMaster: M, script: script(-2) }, { script: script(-2) }],
    holders: ['n1'],
    steps: [{ events: 'fail:n1:chk', holders: ['n1'] }],
  },
  {
    name: 'E20 power cut, stop, cable',
    nodes: [{ basePriority: 101, wantsMaster: M }, {}],
    holders: ['n1'],
    steps: [
      { events: 'fail:n1', holders: ['n2'], seen: [3.31, 3.4, 3.41], width: 1.2 },
      { events: 'start:n1', holders: ['n1'], seen: [3.65, 3.66, 3.68], width: 0.2 },
      { events: 'stop:n1', holders: ['n2'], seen: [0.64, 0.63], width: 0.2 },
      { events: 'start:n1', holders: ['n1'] },
      { events: 'fail:n1:eth0', holders: ['n2'], seen: [3.4], width: 1.2 },
      { events: 'ok:n1:eth0', holders: ['n1'], seen: [3.62], width: 0.2 },
    ],
  },
  {
    name: 'E23 hanging script',
    nodes: [
      { basePriority: 101, wantsMaster: M, script: { weight: -2, intervalUs: 2e6, timeoutUs: 3e6 } },
      { script: { weight: -2, intervalUs: 2e6, timeoutUs: 3e6 } },
    ],
    holders: ['n1'],
    steps: [{ events: 'hang:n1:chk', holders: ['n2'], seen: [9.3, 9.43], width: 3.3 }],
  },
  {
    name: 'E27 MASTER 90 and BACKUP 100',
    nodes: [{ basePriority: 90, wantsMaster: M }, {}],
    holders: ['n2'],
    steps: [],
  },
  {
    name: 'E31 both checks failing, weight -2',
    nodes: [{ basePriority: 101, wantsMaster: M, script: script(-2) }, { script: script(-2) }],
    holders: ['n1'],
    steps: [
      { events: 'fail:n2:chk', holders: ['n1'] },
      { events: 'fail:n1:chk', holders: ['n1'] },
    ],
  },
  {
    name: 'E31b both checks failing, weight 0',
    nodes: [{ basePriority: 101, wantsMaster: M, script: script(0) }, { script: script(0) }],
    holders: ['n1'],
    steps: [{ events: 'fail:n1:chk+fail:n2:chk', holders: [] }],
  },
  {
    name: 'E32 two equal candidates',
    nodes: [{ basePriority: 101, wantsMaster: M, script: script(-2) }, { script: script(-2) }, { script: script(-2) }],
    holders: ['n1'],
    steps: [{ events: 'fail:n1:chk', holders: [['n2'], ['n3']], seen: [4.29, 5.12, 4.14, 4.13], width: 2.2 }],
  },
  {
    name: 'E33 v3, advert_int 0.1',
    nodes: [
      { basePriority: 101, version: 3, advertUs: 1e5, wantsMaster: M, script: script(-2) },
      { version: 3, advertUs: 1e5, script: script(-2) },
    ],
    holders: ['n1'],
    steps: [{ events: 'fail:n1:chk', holders: ['n2'], seen: [1.41, 1.66, 1.66], width: 1.3 }],
  },
  {
    name: 'E19 sync group, weight 0 on a member',
    nodes: [
      {
        ...group(),
        basePriority: 101,
        wantsMaster: M,
        script: script(0),
        more: [{ name: 'VI_2', vrid: 52, basePriority: 101, addresses: ['10.77.0.101'] }],
      },
      { ...group(), script: script(0) },
    ],
    holders: ['n1'],
    steps: [{ events: 'fail:n1:chk', holders: ['n2'], seen: [1.68] }],
  },
  {
    name: 'E36c sync group, script of the group',
    nodes: [
      { ...group({ groupScript: true, basePriority: 101, wantsMaster: M, script: script(-2) }) },
      { ...group({ groupScript: true, script: script(-2) }) },
    ],
    holders: ['n1'],
    steps: [{ events: 'fail:n1:chk', holders: ['n2'], seen: [4.6, 4.33] }],
  },
  {
    name: 'E36b sync group, weight on one member only',
    nodes: [
      { ...group(), basePriority: 101, wantsMaster: M, script: script(-2) },
      { ...group(), script: script(-2) },
    ],
    holders: ['n1'],
    steps: [{ events: 'fail:n1:chk', holders: ['n1'] }],
  },
  {
    name: 'a sync group that wants to be master waits its whole interval when it is started again',
    nodes: [
      { ...group(), wantsMaster: M },
      { ...group(), basePriority: 99 },
    ],
    holders: ['n1'],
    steps: [
      { events: 'fail:n1', holders: ['n2'], seen: [3.23, 3.25, 3.26], width: 1.2 },
      { events: 'start:n1', holders: ['n1'], seen: [3.65, 3.67, 3.63], width: 0.2 },
    ],
  },
  {
    name: 'E59 power cut, advert_int 3',
    nodes: [{ basePriority: 101, advertUs: 3e6 }, { advertUs: 3e6 }],
    holders: ['n1'],
    steps: [{ events: 'fail:n1', holders: ['n2'], seen: [9.62], width: 3.2 }],
  },
  {
    name: 'E66 preempt_delay 3, node started',
    nodes: [{ basePriority: 101, preemptDelayUs: 3e6 }, {}],
    start: [1, 0],
    holders: ['n1'],
    steps: [
      { events: 'stop:n1', holders: ['n2'] },
      { events: 'start:n1', holders: ['n1'], seen: [6.49, 7.05, 5.74, 6.35, 6.23, 6.57, 6.74], width: 2.3 },
    ],
  },
  {
    name: 'E66 preempt_delay 2.5, node started',
    nodes: [{ basePriority: 101, preemptDelayUs: 2.5e6 }, {}],
    start: [1],
    holders: ['n2'],
    steps: [{ events: 'start:n1', holders: ['n1'], seen: [6.27, 5.71, 5.9, 6.34, 6.01, 6.66, 6.4], width: 2.3 }],
  },
  {
    name: 'E67 process, file, interface',
    nodes: [
      {
        basePriority: 101,
        checks: [
          { check: process, weight: -20 },
          { check: file, weight: 0 },
          { check: second, weight: 0 },
        ],
      },
      {
        checks: [
          { check: process, weight: -20 },
          { check: file, weight: 0 },
          { check: second, weight: 0 },
        ],
      },
    ],
    holders: ['n1'],
    steps: [
      { events: 'fail:n1:proc', holders: ['n2'], seen: [2.79], width: 1.2 },
      { events: 'ok:n1:proc', holders: ['n1'], seen: [2.9], width: 1.2 },
      { events: 'set:n1:tf=1', holders: ['n2'], seen: [0.62], width: 0.2 },
      { events: 'set:n1:tf=0', holders: ['n1'], seen: [3.62], width: 0.2 },
      { events: 'fail:n1:eth1', holders: ['n2'], seen: [0.62], width: 0.2 },
      { events: 'ok:n1:eth1', holders: ['n1'], seen: [3.62], width: 0.2 },
    ],
  },
  {
    name: 'E68 nopreempt 101/100 started together',
    nodes: [{ basePriority: 101, nopreempt: true }, { nopreempt: true }],
    holders: [['n1'], ['n2']],
    steps: [],
  },
  {
    name: 'E68 nopreempt 150/100 started together',
    nodes: [{ basePriority: 150, nopreempt: true }, { nopreempt: true }],
    holders: ['n1'],
    steps: [],
  },
];

function eventsOf(text: string, nodes: readonly VrrpNode[]): VrrpEvent[] {
  return text.split('+').map((each) => {
    const read = readEvent(each, nodes);
    assert.ok('event' in read, JSON.stringify(read));
    return read.event;
  });
}

for (const { name, nodes: words, start, holders, steps } of observations) {
  test(`the simulator predicts ${name}`, () => {
    const nodes = words.map((each, i) => vrrpNode(`n${i + 1}`, each));
    const result = simulate(
      nodes,
      start,
      steps.map((step) => eventsOf(step.events, nodes)),
    );
    assert.deepEqual(sorted(result.start.vips[0]?.after ?? []), sorted(outcomes(holders)), 'after the start');
    for (const [i, step] of steps.entries()) {
      const found = result.steps[i]?.vips[0];
      assert.deepEqual(sorted(found?.after ?? []), sorted(outcomes(step.holders)), `after ${step.events}`);
      for (const seconds of step.seen ?? []) {
        const [low, high] = found?.seconds ?? [Number.NaN, Number.NaN];
        assert.ok(low <= seconds && seconds <= high, `${step.events}: ${seconds} s is not within ${low} … ${high} s`);
      }
      if (step.width !== undefined) {
        const [low, high] = found?.seconds ?? [0, Number.NaN];
        assert.ok(high - low <= step.width + 1e-9, `${step.events}: ${low} … ${high} s is too wide`);
      }
    }
  });
}
