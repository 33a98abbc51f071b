import assert from 'node:assert/strict';
import { test } from 'node:test';
import { render } from '../../../src/base/message';
import { simulateFiles } from '../../../src/service/simulate';

/** One node's keepalived.conf in a few words; the rest is as in the runs of real daemons (VRID 51, checks every second). */
interface Words {
  readonly priority?: number | undefined;
  readonly state?: string;
  /** Further lines of the instance and of the whole file. */
  readonly own?: string;
  readonly more?: string;
  readonly vips?: readonly string[];
  readonly weight?: string;
  /** The script is defined but tracked elsewhere. */
  readonly untracked?: boolean;
}

function config({
  priority,
  state = 'BACKUP',
  own = '',
  more = '',
  vips = ['10.77.0.100/24'],
  ...rest
}: Words): string {
  const { weight, untracked = false } = rest;
  const script =
    weight === undefined
      ? ''
      : `vrrp_script chk {\n  script /d/chk.sh\n  interval 1\n  fall 2\n  rise 2\n  weight ${weight}\n}\n`;
  const track = weight === undefined || untracked ? '' : '  track_script {\n    chk\n  }\n';
  return `${script}${more}
vrrp_instance VI_1 {
  state ${state}
  interface eth0
  virtual_router_id 51
  ${priority === undefined ? '' : `priority ${priority}`}
  advert_int 1
  ${own}
  virtual_ipaddress {
    ${vips.join('\n    ')}
  }
${track}}
`;
}

function play(nodes: readonly Words[], moments: readonly string[]) {
  const answer = simulateFiles({
    nodes: nodes.map((each, index) => ({
      name: `n${index + 1}`,
      address: `10.77.0.${index + 1}`,
      files: [{ path: `n${index + 1}.conf`, text: config(each) }],
    })),
    moments,
  });
  assert.ok('simulation' in answer, 'problem' in answer ? render(answer.problem) : '');
  return answer.simulation;
}

const auth = (password: string) => `authentication {\n    auth_type PASS\n    auth_pass ${password}\n  }`;
const unicast = (own: number, ...peers: readonly number[]) =>
  `unicast_src_ip 10.77.0.${own}\n  unicast_peer {\n    ${peers.map((each) => `10.77.0.${each}`).join('\n    ')}\n  }`;
const second = (priority: number) => `vrrp_instance VI_2 {
  state BACKUP
  interface eth0
  virtual_router_id 52
  priority ${priority}
  virtual_ipaddress {
    10.77.0.101/24
  }
}
`;
const group = (extra: string) => `vrrp_sync_group G1 {\n  group {\n    VI_1\n    VI_2\n  }\n  ${extra}\n}\n`;

/** What real daemons (2.2.7) did with files like these, by the number of the run: who holds the first address after the start. */
const starts: readonly { readonly name: string; readonly nodes: readonly Words[]; readonly holders: string[] }[] = [
  {
    name: 'E11b a password on one node only',
    nodes: [{ priority: 101, own: auth('one') }, { priority: 100 }],
    holders: ['n1', 'n2'],
  },
  {
    name: 'E12d other prefix lengths',
    nodes: [{ priority: 101 }, { priority: 100, vips: ['10.77.0.100/32'] }],
    holders: ['n1'],
  },
  {
    name: 'E12e addresses outside of the adverts',
    nodes: [{ priority: 101, own: 'virtual_ipaddress_excluded {\n    10.77.0.105/24\n  }' }, { priority: 100 }],
    holders: ['n1'],
  },
  {
    name: 'E16 unicast',
    nodes: [
      { priority: 101, own: unicast(1, 2) },
      { priority: 100, own: unicast(2, 1) },
    ],
    holders: ['n1'],
  },
  {
    name: 'E16e the own address among the peers',
    nodes: [
      { priority: 101, own: unicast(1, 1, 2) },
      { priority: 100, own: unicast(2, 1, 2) },
    ],
    holders: ['n1'],
  },
  {
    name: 'E26 passwords alike in 8 bytes',
    nodes: [
      { priority: 101, own: auth('12345678one') },
      { priority: 100, own: auth('12345678two') },
    ],
    holders: ['n1'],
  },
  {
    name: 'E26b passwords alike before a comment',
    nodes: [
      { priority: 101, own: auth('pa#one') },
      { priority: 100, own: auth('pa#two') },
    ],
    holders: ['n1'],
  },
  { name: 'E39 no priorities', nodes: [{ state: 'MASTER' }, {}], holders: ['n1'] },
  {
    name: 'E61 the better node lists a wrong peer',
    nodes: [
      { priority: 101, own: unicast(1, 9) },
      { priority: 100, own: unicast(2, 1) },
    ],
    holders: ['n1', 'n2'],
  },
];

for (const { name, nodes, holders } of starts) {
  test(`the files of ${name} are played as real daemons did`, () => {
    assert.deepEqual(play(nodes, []).start.vips[0]?.after, [holders]);
  });
}

test('E25 a positive weight above the gap moves the address there and back', () => {
  const { steps } = play(
    [
      { priority: 110, weight: '20' },
      { priority: 100, weight: '20' },
    ],
    ['fail:n1:chk', 'ok:n1:chk'],
  );
  const [away, back] = steps.map((each) => each.vips[0]);
  assert.deepEqual([away?.after, back?.after], [[['n2']], [['n1']]]);
  for (const [change, seen] of [
    [away, 4.11],
    [back, 4.49],
  ] as const) {
    const [low, high] = change?.seconds ?? [Number.NaN, Number.NaN];
    assert.ok(low <= seen && seen <= high && high - low <= 2.2, `${seen} s is not within ${low} … ${high} s`);
  }
});

test('E28 a check that fails at the start decides alone', () => {
  const moments = ['stop:n1', 'fail:n1:chk', 'start:n1'];
  const weighted = play(
    [
      { priority: 101, weight: '-2' },
      { priority: 100, weight: '-2' },
    ],
    moments,
  );
  assert.deepEqual(weighted.steps[2]?.vips[0]?.after, [['n2']]);
  const zero = play(
    [
      { priority: 101, weight: '0' },
      { priority: 100, weight: '0' },
    ],
    moments,
  );
  assert.deepEqual(zero.steps[2]?.fault, ['n1']);
});

test('E36 a weight on one member of a sync group does not count, one on the group does', () => {
  const nodes = (extra: string, weight: string, untracked: boolean) =>
    [101, 100].map((priority) => ({ priority, weight, untracked, more: `${second(priority)}${group(extra)}` }));
  const track = 'track_script {\n    chk\n  }';
  const after = (extra: string, weight: string, untracked: boolean) =>
    play(nodes(extra, weight, untracked), ['fail:n1:chk']).steps[0]?.vips.map((each) => [each.after, each.seconds]);
  for (const [holders] of after('', '-2', false) ?? []) assert.deepEqual(holders, [['n1']]);
  const seen: readonly [string, number][] = [
    ['-2', 4.33],
    ['0', 1.64],
  ];
  for (const [weight, time] of seen) {
    for (const [holders, seconds] of after(track, weight, true) ?? []) {
      assert.deepEqual(holders, [['n2']]);
      const [low, high] = (seconds ?? [Number.NaN, Number.NaN]) as readonly [number, number];
      assert.ok(low <= time && time <= high && high - low <= 2.2, `${time} s is not within ${low} … ${high} s`);
    }
  }
});

test('E37 two clusters with one VRID keep their addresses', () => {
  const { vips } = play([{ priority: 101 }, { priority: 100, vips: ['10.77.0.200/24'] }], []).start;
  assert.deepEqual(
    vips.map((each) => [each.vip, each.after]),
    [
      ['10.77.0.100', [['n1']]],
      ['10.77.0.200', [['n2']]],
    ],
  );
});

test('E48 reverse turns a weight around', () => {
  const priorities = (weight: string) => {
    const { start, steps } = play([{ priority: 100, weight }], ['fail:n1:chk']);
    return [start, ...steps].map((each) => each.states.n1?.VI_1?.priority);
  };
  assert.deepEqual(priorities('2 reverse'), [98, 100]);
  assert.deepEqual(priorities('-2 reverse'), [100, 102]);
  assert.deepEqual(priorities('2'), [102, 100]);
  assert.deepEqual(priorities('-2'), [100, 98]);
});

test('E49 the value of a tracked file counts with its weight, and takes the node out at -254', () => {
  const files = (weight: number) => ({
    priority: 100,
    more: `track_file tf {\n  file /d/tf\n  weight ${weight}\n}\n`,
    own: 'track_file {\n    tf\n  }',
  });
  const seen = (weight: number) =>
    play([files(weight)], ['set:n1:tf=-20', 'set:n1:tf=30', 'set:n1:tf=-127', 'set:n1:tf=-254']).steps.map((each) =>
      each.fault.length > 0 ? 'FAULT' : each.states.n1?.VI_1?.priority,
    );
  assert.deepEqual(seen(1), [80, 130, 1, 'FAULT']);
  assert.deepEqual(seen(2), [60, 160, 'FAULT', 'FAULT']);
});

test('E60 a wrong peer of the backup shows for a moment when its link comes back', () => {
  const nodes = [
    { priority: 101, own: unicast(1, 2) },
    { priority: 100, own: unicast(2, 9) },
  ];
  const { start, steps } = play(nodes, ['fail:n1:eth0', 'ok:n1:eth0']);
  assert.deepEqual(
    [start, ...steps].map((each) => each.vips[0]?.after),
    [[['n1']], [['n2']], [['n1']]],
  );
});

test('E63 a clean stop hands the address over in the skew of the backup', () => {
  const [change] = play([{ priority: 101 }, { priority: 100 }], ['stop:n1']).steps.map((each) => each.vips[0]);
  assert.deepEqual(change?.after, [['n2']]);
  assert.ok((change?.seconds?.[0] ?? 9) <= 0.63 && (change?.seconds?.[1] ?? 0) >= 0.63);
});

test('E65 a third node that disagrees holds the address beside the others for good', () => {
  const { vips } = play([{ priority: 103 }, { priority: 102 }, { priority: 101, own: auth('other') }], []).start;
  for (const holders of vips[0]?.after ?? [])
    assert.ok(holders.includes('n1') && holders.includes('n3'), holders.join());
});

test('E21 an address without a prefix is elected like any other', () => {
  const { start, steps } = play(
    [
      { priority: 101, vips: ['10.77.0.100'] },
      { priority: 100, vips: ['10.77.0.100/24'] },
    ],
    ['stop:n1'],
  );
  assert.deepEqual(
    [start, ...steps].map((each) => each.vips.map(({ vip, after }) => [vip, after])),
    [[['10.77.0.100', [['n1']]]], [['10.77.0.100', [['n2']]]]],
  );
});

test('E29, E58 a command without quotes, or with the syntax of a shell, is a check all the same', () => {
  for (const command of ['/d/chk.sh --bad arg', '"/d/args.sh `echo hi` $HOME *.conf"', "'/d/args.sh x y'"]) {
    const nodes = [101, 100].map((priority) => ({
      priority,
      more: `vrrp_script odd {\n  script ${command}\n  interval 1\n  fall 2\n  rise 2\n  weight -2\n}\n`,
      own: 'track_script {\n    odd\n  }',
    }));
    const [change] = play(nodes, ['fail:n1:odd']).steps.map((each) => each.vips[0]);
    assert.deepEqual(change?.after, [['n2']], command);
    assert.deepEqual(change?.seconds, [3.6, 5.7], command);
  }
});

test('E52 a node that loses its own address as backup is in FAULT for good, with all instances of the interface', () => {
  const shared = { vips: ['10.77.0.2/24'], more: second(100) };
  const { start, steps } = play(
    [
      { priority: 101, ...shared },
      { priority: 100, ...shared },
    ],
    ['stop:n1', 'start:n1'],
  );
  assert.deepEqual(start.fault, ['n2']);
  assert.deepEqual(
    [start, ...steps].map((each) => each.vips.map(({ after }) => after)),
    [
      [[['n1']], [['n1']]],
      [[[]], [[]]],
      [[['n1']], [['n1']]],
    ],
  );
  assert.deepEqual(start.states.n2, {
    VI_1: { state: 'FAULT', priority: 100 },
    VI_2: { state: 'FAULT', priority: 100 },
  });
});

test('E52 the owner of the address loses it too', () => {
  const nodes = [
    { priority: 255, state: 'MASTER', vips: ['10.77.0.1/24'] },
    { priority: 100, vips: ['10.77.0.1/24'] },
  ];
  assert.deepEqual(play(nodes, []).start.vips[0]?.after, [['n2']]);
});

test('E57 a check that keepalived does not run moves nothing', () => {
  const removed: Readonly<Record<string, string>> = {
    'out of a home folder, as root':
      'global_defs {\n  enable_script_security\n  script_user root\n}\nvrrp_script own {\n  script /home/ops/chk.sh\n  weight -20\n}\n',
    'without a command': 'vrrp_script own {\n  script ""\n  weight -20\n}\n',
  };
  for (const [name, more] of Object.entries(removed)) {
    const nodes = [101, 100].map((priority) => ({ priority, more, own: 'track_script {\n    own\n  }' }));
    const answer = play(nodes, []);
    assert.deepEqual(answer.start.states.n1?.VI_1, { state: 'MASTER', priority: 101 }, name);
    assert.throws(() => play(nodes, ['fail:n1:own']), /has no check "own"/, name);
  }
});

test('a check that is defined behind the instance is not tracked', () => {
  const late = (priority: number) => `vrrp_instance VI_1 {
  interface eth0
  virtual_router_id 51
  priority ${priority}
  virtual_ipaddress {
    10.77.0.100
  }
  track_script {
    chk
  }
}
vrrp_script chk {
  script /d/chk.sh
  weight -20
}
`;
  const answer = simulateFiles({
    nodes: [101, 100].map((priority, i) => ({ name: `n${i + 1}`, files: [{ path: 'k.conf', text: late(priority) }] })),
    moments: ['fail:n1:chk'],
  });
  assert.ok('simulation' in answer);
  assert.deepEqual(answer.simulation.steps[0]?.vips[0]?.after, [['n1']]);
});

test('E64 a daemon that dies and is started anew comes back when its own interval is over', () => {
  const { steps } = play([{ priority: 101, state: 'MASTER' }, { priority: 100 }], ['fail:n1+start:n1']);
  const [change] = steps.map((each) => each.vips[0]);
  assert.deepEqual([change?.before, change?.after], [[['n1']], [['n1']]]);
  // Nobody had it for 3.23 s and 3.25 s; in the end it is where it was.
  const [low, high] = change?.withoutHolder ?? [Number.NaN, Number.NaN];
  assert.ok(low <= 3.24 && 3.24 <= high && high - low <= 1.2, `3.24 s is not within ${low} … ${high} s`);
});

test('what starts in a moment hears nothing else of it', () => {
  const nodes = [{ priority: 150 }, { priority: 150 }, { priority: 100 }];
  const { steps } = play(nodes, ['stop:n1', 'start:n1+stop:n2']);
  assert.deepEqual(steps[1]?.vips[0]?.after, [['n1']]);
  assert.deepEqual(steps[1]?.vips[0]?.seconds, [3.4, 3.5]);
});
