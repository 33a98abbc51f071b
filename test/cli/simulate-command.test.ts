import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { simulateCommand } from '../../src/cli/simulate';

const checks = `vrrp_script chk {
  script "/usr/bin/true"
  interval 2
  fall 2
  weight -20
}
track_file load {
  file "/run/load"
  weight 1
  init_file 0
}
vrrp_track_process prc {
  process haproxy
  weight -20
}
`;

const instance = (priority: number) => `vrrp_instance VI_1 {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority ${priority}
  virtual_ipaddress {
    10.0.0.100/24
  }
  track_script {
    chk
  }
  track_process {
    prc
  }
  track_file {
    load
  }
}
`;

const inventory = `clusters:
  - name: prod
    distribution: k3s
    endpoint: 10.0.0.100:6443
    nodes:
      - { name: lb1, address: 10.0.0.21, roles: [loadbalancer] }
      - { name: lb2, address: 10.0.0.22, roles: [loadbalancer] }
      - { name: cp1, address: 10.0.0.11, roles: [server] }
    configs:
      - { file: nodes/lb1.conf, on: [lb1] }
      - { file: nodes/lb2.conf, on: [lb2] }
`;

const folder = mkdtempSync(join(tmpdir(), 'haven-simulate-'));
after(() => rmSync(folder, { recursive: true }));
const files: Readonly<Record<string, string>> = {
  'plain/lb1.conf': checks + instance(110),
  'plain/lb2.conf': checks + instance(100),
  'mistaken/lb1.conf': checks + instance(110).replace('priority', 'prioritty'),
  'mistaken/lb2.conf': checks + instance(101),
  'plain/nginx.conf': 'events {}\n',
  'parts/lb1.conf': `include /etc/keepalived/checks.conf\ninclude own.d/*.conf\n${instance(110)}`,
  'parts/lb2.conf': `include checks.conf\n${instance(100)}`,
  'parts/checks.conf': checks,
  'parts/own.d/global.conf': 'global_defs {\n  router_id lb1\n}\n',
  'inventory/haven.yaml': inventory,
  'inventory/nodes/lb1.conf': checks + instance(110),
  'inventory/nodes/lb2.conf': checks + instance(100),
  'bare.yaml': inventory.slice(0, inventory.indexOf('    configs:')),
  'broken.yaml': inventory.replace('nodes/lb2.conf', 'nodes/lb9.conf'),
};
for (const [path, text] of Object.entries(files)) {
  mkdirSync(join(folder, dirname(path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** What the command printed, and what it ended with. */
async function run(place: string, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const printed = { out: '', err: '' };
  const code = await simulateCommand([join(folder, place), ...args], {
    out: (text) => {
      printed.out += text;
    },
    err: (text) => {
      printed.err += text;
    },
  });
  return { code, ...printed };
}

async function holders(place: string, ...args: string[]): Promise<unknown> {
  const { code, out, err } = await run(place, ...args, '--format', 'json');
  assert.equal(code, 0, err);
  const { steps } = JSON.parse(out) as { steps: { events: string[]; vips: { after: string[][] }[] }[] };
  return steps.map(({ events, vips }) => [events.join('+'), vips[0]?.after]);
}

test('every form of event is understood', async () => {
  assert.deepEqual(
    await holders(
      'plain',
      'fail:lb1',
      'start:lb1',
      'stop:lb1',
      'start:lb1',
      'fail:lb1:chk',
      'ok:lb1:chk',
      'hang:lb1:chk+fail:lb2:prc',
      'ok:lb1:chk+ok:lb2:prc',
      'set:lb1:load=-20',
      'set:lb1:/run/load=+5',
      'fail:lb1:eth0',
      'ok:lb1:eth0',
      'cut:lb1-lb2',
      'heal:lb2-lb1',
    ),
    [
      ['fail:lb1', [['lb2']]],
      ['start:lb1', [['lb1']]],
      ['stop:lb1', [['lb2']]],
      ['start:lb1', [['lb1']]],
      ['fail:lb1:chk', [['lb2']]],
      ['ok:lb1:chk', [['lb1']]],
      ['hang:lb1:chk+fail:lb2:prc', [['lb1']]],
      ['ok:lb1:chk+ok:lb2:prc', [['lb1']]],
      ['set:lb1:load=-20', [['lb2']]],
      ['set:lb1:/run/load=+5', [['lb1']]],
      ['fail:lb1:eth0', [['lb2']]],
      ['ok:lb1:eth0', [['lb1']]],
      ['cut:lb1-lb2', [['lb1', 'lb2']]],
      ['heal:lb2-lb1', [['lb1']]],
    ],
  );
});

test('the answer has the shape that was promised', async () => {
  const { out } = await run('plain', 'fail:lb1:chk', '--format', 'json');
  const state = (name: string, priority: number) => ({ VI_1: { state: name, priority } });
  assert.deepEqual(JSON.parse(out), {
    version: 1,
    start: {
      vips: [{ vip: '10.0.0.100', before: [[]], after: [['lb1']], seconds: [3.5, 3.7], withoutHolder: [3.5, 3.7] }],
      fault: [],
      states: { lb1: state('MASTER', 110), lb2: state('BACKUP', 100) },
    },
    steps: [
      {
        events: ['fail:lb1:chk'],
        vips: [{ vip: '10.0.0.100', before: [['lb1']], after: [['lb2']], seconds: [4.6, 7.7], withoutHolder: [0, 0] }],
        fault: [],
        states: { lb1: state('BACKUP', 90), lb2: state('MASTER', 100) },
      },
    ],
  });
});

test('an error in a file is told with its line, and what keepalived makes of it is played', async () => {
  const { out, err } = await run('mistaken', '--format', 'json');
  assert.match(err, /^haven simulate: lb1\.conf:20: .*"prioritty"/);
  assert.deepEqual(JSON.parse(out).start.vips[0].after, [['lb2']]);
});

test('the files of a node are the one of its name and what that includes', async () => {
  assert.deepEqual(await holders('parts', 'fail:lb1:chk', 'set:lb2:load=-20'), [
    ['fail:lb1:chk', [['lb2']]],
    ['set:lb2:load=-20', [['lb1']]],
  ]);
  const { err } = await run('parts', 'fail:checks');
  assert.match(err, /there is no node "checks"; nodes are lb1, lb2/);
});

test('an inventory may be given, or the folder it lies in', async () => {
  for (const place of ['inventory/haven.yaml', 'inventory'])
    assert.deepEqual(await holders(place, 'stop:lb1'), [['stop:lb1', [['lb2']]]]);
});

test('--start is the order of the starts, and some may stay off', async () => {
  const started = async (order: string) => {
    const { out } = await run('plain', '--start', order, '--format', 'json');
    return (JSON.parse(out) as { start: { vips: { after: string[][] }[] } }).start.vips[0]?.after;
  };
  assert.deepEqual(await started('lb2,lb1'), [['lb1']]);
  assert.deepEqual(await started('lb2'), [['lb2']]);
});

test('--matrix marks what ends badly', async () => {
  const { out } = await run('plain', '--matrix');
  assert.match(out, /^ok {3}fail:lb1:chk: 10\.0\.0\.100 → lb2 in 4\.6–7\.7 s$/m);
  assert.match(out, /^BAD {2}fail:lb1 \+ fail:lb2: .* nobody holds it$/m);
  const { out: json } = await run('plain', '--matrix', '--format', 'json');
  const { version, single, pairs } = JSON.parse(json) as { version: number; single: object[]; pairs: object[] };
  assert.deepEqual([version, single.length, pairs.length > single.length], [1, 8, true]);
});

test('what cannot be understood ends with 2 and says what could', async () => {
  const refused: readonly (readonly [readonly [string, ...string[]], RegExp])[] = [
    [['plain', 'fail:lb9'], /there is no node "lb9"; nodes are lb1, lb2/],
    [['plain', 'fail:lb1:nope'], /node "lb1" has no check "nope"; it has chk, load, prc, eth0/],
    [['plain', 'set:lb1:load=abc'], /FILE=VALUE with a whole number/],
    [['plain', 'set:lb1:load=1.5'], /FILE=VALUE with a whole number/],
    [['plain', 'set:lb1:load'], /FILE=VALUE/],
    [['plain', 'set:lb1'], /set:lb1:FILE=VALUE/],
    [['plain', 'set:lb1:chk=1'], /"chk" is not a tracked file/],
    [['plain', 'fail:lb1:load'], /"load" is a tracked file: say set:lb1:load=VALUE/],
    [['plain', 'hang:lb1'], /"hang" needs a check: hang:lb1:CHECK/],
    [['plain', 'hang:lb1:prc'], /only a script can hang/],
    [['plain', 'start:lb1:chk'], /"start" is for a node as a whole/],
    [['plain', 'bogus:lb1'], /"bogus" is none of fail, stop, start/],
    [['plain', 'cut:lb1'], /"lb1" is not two node names/],
    [['plain', 'cut:lb1-lb1'], /not two node names/],
    [['plain', 'fail:lb1++stop:lb2'], /an event is a word and a node/],
    [['plain', ''], /an event is a word and a node/],
    [['plain', '--start', 'lb3'], /--start: there is no node "lb3"/],
    [['plain', '--start', 'lb1,lb1'], /"lb1" stands there twice/],
    [['plain', '--format', 'xml'], /--format is text or json, not "xml"/],
    [['plain', '--keepalived-version', 'new'], /a number such as 2\.2\.7, not "new"/],
    [['nowhere'], /nowhere is not there/],
    [['bare.yaml'], /no keepalived file in .*bare\.yaml/],
    [['broken.yaml'], /lb1\.conf cannot be read/],
    [['inventory', 'fail:cp1'], /the inventory gives "cp1" no keepalived file/],
  ];
  for (const [[place, ...args], wanted] of refused) {
    const { code, err } = await run(place, ...args);
    assert.equal(code, 2, `${place} ${args.join(' ')}`);
    assert.match(err, wanted);
  }
});
