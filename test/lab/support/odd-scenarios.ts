import { instanceText, type RouterWords, routerText, scriptText, syncGroupText } from './keepalived-text';
import type { VrrpScenario } from './vrrp-scenario';

/** What the daemons did after a moment: for each address who had it in the end, and when it got there, in seconds. */
interface Seen {
  readonly vips: Readonly<Record<string, { readonly after: readonly string[]; readonly seconds?: readonly number[] }>>;
  readonly fault?: readonly string[];
}

/** A corner of the daemon that files seldom get into, and what real daemons of 2.2.7 did in it. */
interface OddScenario extends VrrpScenario {
  readonly seen: readonly Seen[];
}

const [one, two] = ['10.77.0.100', '10.77.0.101'];
const alone = (after: readonly string[], ...seconds: readonly number[]): Seen => ({
  vips: { [one]: { after, ...(seconds.length > 0 && { seconds }) } },
});
const both = (after: readonly string[], ...seconds: readonly number[]): Seen => ({
  vips: Object.fromEntries([one, two].map((vip) => [vip, { after, ...(seconds.length > 0 && { seconds }) }])),
});

const group = (name: string, members: readonly string[], lines: readonly string[] = []): string =>
  [
    `vrrp_sync_group ${name} {`,
    '    group {',
    ...members.map((each) => `        ${each}`),
    '    }',
    ...lines,
    '}',
    '',
  ].join('\n');
/** Two instances in a group, of one priority each. */
const twoOf = (first: RouterWords, second: RouterWords): string =>
  [
    instanceText('VI_1', first),
    instanceText('VI_2', { ...second, vrid: 52, vips: [two] }),
    group('G1', ['VI_1', 'VI_2']),
  ].join('\n');
const file = (path: string, weight: string, initial: number): string =>
  `track_file tf {\n    file "FLAGS/${path}"\n    weight ${weight}\n    init_file ${initial}\n}\n`;
const trackFile = ['track_file {', '    tf', '}'];

export const oddScenarios: Readonly<Record<string, OddScenario>> = {
  'a script of weight 0 that an instance and its group track is waited for twice': {
    configs: {
      n1: syncGroupText({ priority: 101, weight: 0 }, ['track_script {', '    chk', '}']),
      n2: syncGroupText({ priority: 100, weight: 0 }),
    },
    moments: ['stop:n2', 'start:n2'],
    seen: [both([], 0.01, 0.01), both(['n2'], 3.65, 3.68)],
  },
  'MASTER does not count in a sync group, and the group that leads first keeps what others would like better': {
    configs: {
      n1: twoOf({ priority: 150, state: 'MASTER' }, { priority: 90, state: 'MASTER' }),
      n2: twoOf({ priority: 100 }, { priority: 140 }),
    },
    start: ['n1', 'n2'],
    moments: ['stop:n1', 'start:n1', 'fail:n2', 'start:n2'],
    seen: [both(['n2'], 0.62, 0.61), both(['n2']), both(['n1'], 2.65, 3.64), both(['n1'])],
  },
  'a tracked file that leads into FAULT leaves the priority as it was': {
    configs: {
      n1: `${file('tf', '5 reverse', 1)}${routerText({ priority: 110, lines: trackFile })}`,
      n2: routerText({ priority: 100 }),
    },
    moments: ['set:n1:tf=100', 'set:n1:tf=1', 'set:n1:tf=3', 'set:n1:tf=0'],
    seen: [alone(['n2'], 0.61, 0.62), alone(['n1'], 3.59, 3.6), alone(['n2'], 3.31, 3.49), alone(['n1'], 3.21, 3.41)],
  },
  'the own interface cannot be tracked with a weight': {
    configs: {
      n1: routerText({ priority: 110, lines: ['track_interface {', '    eth0 weight -5', '}'] }),
      n2: routerText({ priority: 100 }),
    },
    moments: ['fail:n1:eth0', 'ok:n1:eth0'],
    seen: [{ ...alone(['n2'], 3.44, 3.49), fault: ['n1'] }, alone(['n1'], 3.63, 3.65)],
  },
  'without a look at its cable a node holds on, and another one takes the address too': {
    configs: {
      n1: routerText({ priority: 110, lines: ['dont_track_primary'] }),
      n2: routerText({ priority: 100 }),
    },
    moments: ['fail:n1:eth0', 'ok:n1:eth0'],
    seen: [{ ...alone(['n1', 'n2'], 2.97, 3.45), fault: [] }, alone(['n1'], 0.44, 0.31)],
  },
  'runs that hang undo what good runs have counted': {
    configs: {
      n1: routerText({ priority: 110, weight: 0, interval: 1, timeout: 3, fall: 1, rise: 2 }),
      n2: routerText({ priority: 100 }),
    },
    moments: ['hang:n1:chk', 'ok:n1:chk'],
    restSec: 10,
    seen: [alone(['n2'], 4.38, 4.19), alone(['n1'], 8.18, 5.97)],
  },
  'a time limit that ends between two runs undoes nothing': {
    configs: {
      n1: routerText({ priority: 101, state: 'MASTER', weight: -2, interval: 2, timeout: 3 }),
      n2: routerText({ priority: 100, weight: -2, interval: 2, timeout: 3 }),
    },
    moments: ['hang:n1:chk', 'ok:n1:chk'],
    seen: [alone(['n2'], 9.24, 9.38), alone(['n1'], 5.03, 6.96)],
  },
  'of equal priorities the first to speak makes the others wait, or two speak at once': {
    configs: Object.fromEntries(
      ['n1', 'n2', 'n3'].map((name, index) => [name, routerText({ priority: index === 0 ? 150 : 100 })]),
    ),
    moments: ['fail:n1', 'start:n1', 'stop:n1'],
    seen: [alone(['n3'], 3.09, 3.01), alone(['n1'], 3.46, 3.47), alone(['n2'], 0.61, 0.63)],
  },
  'a master that goes is heard of by a node that hears another master too': {
    configs: Object.fromEntries(['n1', 'n2', 'n3'].map((name) => [name, routerText({ priority: 100 })])),
    start: ['n2', 'n1', 'n3'],
    moments: ['cut:n2-n3', 'stop:n2'],
    seen: [alone(['n2', 'n3'], 3.38, 3.61), alone(['n3'], 0.01)],
  },
  'a start delay holds back an instance that waits for its script too': {
    configs: {
      n1: `global_defs {\n    vrrp_startup_delay 2\n}\n${routerText({ priority: 110, weight: 0 })}`,
      n2: routerText({ priority: 100 }),
    },
    start: ['n2', 'n1'],
    moments: ['stop:n1', 'start:n1'],
    restSec: 8,
    seen: [alone(['n2'], 0.65, 0.62), alone(['n1'], 8.26, 8.17)],
  },
  'the weight of the group counts for what its members track too, unless theirs is 0': {
    configs: {
      n1: [
        scriptText({ weight: -5 }),
        syncGroupText({ priority: 110, lines: ['track_script {', '    chk weight -1', '}'] }, [
          'sync_group_tracking_weight',
          'track_script {',
          '    chk weight -30',
          '}',
        ]),
      ].join('\n'),
      n2: syncGroupText({ priority: 100 }),
    },
    moments: ['fail:n1:chk', 'ok:n1:chk'],
    seen: [both(['n2'], 4.4, 4.43), both(['n1'], 4.55, 4.58)],
  },
  'groups that prefer different members step down together when a link is healed, or one of them does': {
    configs: {
      n1: twoOf({ priority: 150 }, { priority: 90 }),
      n2: twoOf({ priority: 100 }, { priority: 140 }),
    },
    moments: ['cut:n1-n2', 'heal:n1-n2', 'cut:n1-n2', 'heal:n1-n2'],
    seen: [
      both(['n1', 'n2'], 3.33, 3.44),
      both(['n2'], 0.64, 0.55),
      both(['n1', 'n2'], 3.7, 3.35),
      both(['n1'], 0.32, 0.38),
    ],
  },
};
