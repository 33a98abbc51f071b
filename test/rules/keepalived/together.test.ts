import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Diagnostic } from '../../../src/base/finding';
import { render } from '../../../src/base/message';
import { applyEdits } from '../../../src/base/span';
import { Workspace } from '../../../src/service';
import { simulateFiles } from '../../../src/service/simulate';
import fc from '../../support/fast-check';

interface Words {
  readonly priority: number;
  readonly weight: number;
  readonly extra?: string;
}

function config({ priority, weight, extra = '' }: Words): string {
  return `vrrp_script chk_haproxy {
    script "/usr/bin/killall -0 haproxy"
    interval 2
    fall 2
    weight ${weight}
}
vrrp_instance API {
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority ${priority}
    ${extra}
    virtual_ipaddress {
        10.0.0.100/24
    }
    track_script {
        chk_haproxy
    }
}
`;
}

type Files = ReadonlyMap<string, string>;

const filesOf = (...nodes: readonly Words[]): Files =>
  new Map(nodes.map((each, index) => [`lb${index + 1}/keepalived.conf`, config(each)]));

function found(files: Files): { readonly path: string; readonly each: Diagnostic }[] {
  const workspace = new Workspace();
  for (const [path, text] of files) workspace.open(path, text);
  return [...files.keys()].flatMap((path) => workspace.diagnose(path).map((each) => ({ path, each })));
}

const said = (files: Files, rule: string) =>
  found(files)
    .filter(({ each }) => each.rule === rule)
    .map(({ path, each }) => `${path}: ${render(each.message)}`);

function holdersAfterFailure(files: Files): readonly (readonly string[])[] {
  const answer = simulateFiles({
    nodes: [...files].map(([path, text], index) => ({
      name: `lb${index + 1}`,
      address: `10.0.0.${11 + index}`,
      files: [{ path, text }],
    })),
    moments: ['fail:lb1:chk_haproxy'],
  });
  assert.ok('simulation' in answer);
  return answer.simulation.steps[0]?.vips[0]?.after ?? [];
}

test('a weight that is too small is told with the arithmetic', () => {
  assert.deepEqual(
    said(filesOf({ priority: 110, weight: 2 }, { priority: 100, weight: 2 }), 'keepalived/weight-too-small'),
    [
      'lb1/keepalived.conf: master 110 stays above 100 + 2 of lb2 when chk_haproxy fails, so the address does not move; needs weight < -10',
    ],
  );
  assert.deepEqual(
    said(filesOf({ priority: 102, weight: -2 }, { priority: 100, weight: -2 }), 'keepalived/weight-too-small'),
    [
      'lb1/keepalived.conf: master 102 - 2 only equals 100 of lb2 when chk_haproxy fails, and an equal priority takes nothing over; needs weight < -2',
    ],
  );
});

test('the error is said exactly where the daemons would leave the address on the broken node', () => {
  const node = fc.record({ priority: fc.integer({ min: 90, max: 120 }), weight: fc.integer({ min: -25, max: 25 }) });
  fc.assert(
    fc.property(node, node, (a, b) => {
      const weight = a.weight === 0 ? -1 : a.weight;
      const files = filesOf({ ...a, weight }, { ...b, weight, priority: Math.min(b.priority, a.priority - 1) });
      const stays = holdersAfterFailure(files).some((holders) => holders.includes('lb1'));
      assert.equal(said(files, 'keepalived/weight-too-small').length > 0, stays);
    }),
    { numRuns: 60, seed: 7 },
  );
});

test('the fix of a weight makes the address move, in every file', () => {
  const files = filesOf({ priority: 110, weight: 2 }, { priority: 100, weight: 2 }, { priority: 90, weight: 2 });
  const fix = found(files).find(({ each }) => each.rule === 'keepalived/weight-too-small')?.each.fixes?.[0];
  assert.ok(fix);
  assert.equal(fix.edits.length, 3);
  const mended = new Map(
    [...files].map(([path, text]) => [
      path,
      applyEdits(
        text,
        fix.edits.filter((each) => each.path === path),
      ),
    ]),
  );
  assert.deepEqual(said(mended, 'keepalived/weight-too-small'), []);
  assert.deepEqual(holdersAfterFailure(mended), [['lb2']]);
});

test('nopreempt on the node that should take over is told in its file', () => {
  const files = filesOf({ priority: 110, weight: -20 }, { priority: 100, weight: -20, extra: 'nopreempt' });
  assert.deepEqual(said(files, 'keepalived/nopreempt-keeps-address'), [
    'lb2/keepalived.conf: nopreempt keeps this node from taking over when chk_haproxy fails on lb1, though 100 is above 90; remove it, or give the check weight 0',
  ]);
  assert.deepEqual(holdersAfterFailure(files), [['lb1']]);
});

test('files that are not told apart by a machine are not taken for the nodes of one router', () => {
  const [one = '', other = ''] = filesOf({ priority: 110, weight: 2 }, { priority: 100, weight: 2 }).values();
  const files = new Map([
    ['keepalived-a.conf', one],
    ['keepalived-b.conf', other],
  ]);
  assert.deepEqual(said(files, 'keepalived/weight-too-small'), []);
});

test('one file with lines for two hosts is looked at as two nodes', () => {
  const text = config({ priority: 100, weight: 2 }).replace(
    '    priority 100\n',
    '@lb1 priority 110\n@lb2 priority 100\n',
  );
  const workspace = new Workspace();
  workspace.open('keepalived.conf', text);
  workspace.open(
    'haven.yaml',
    `clusters:
  - name: prod
    distribution: k3s
    endpoint: 10.0.0.100:6443
    nodes:
      - { name: lb1, address: 10.0.0.11, roles: [loadbalancer] }
      - { name: lb2, address: 10.0.0.12, roles: [loadbalancer] }
    configs:
      - { file: keepalived.conf, on: [lb1, lb2] }
`,
  );
  const rules = workspace.diagnose('keepalived.conf').map((each) => each.rule);
  assert.ok(rules.includes('keepalived/weight-too-small'), rules.join());
});

test('two files beside each other are one router without an inventory, also where they disagree on its id', () => {
  const [one = '', other = ''] = filesOf({ priority: 110, weight: -20 }, { priority: 100, weight: -20 }).values();
  const files = new Map([
    ['keepalived-master.conf', one],
    ['keepalived-backup.conf', other.replace('virtual_router_id 51', 'virtual_router_id 52')],
  ]);
  assert.equal(said(files, 'cluster/virtual-router-id-differs').length, 2);
  assert.deepEqual(said(new Map([['keepalived-master.conf', one]]), 'cluster/virtual-router-id-differs'), []);
});

test('what a file includes belongs to its machine, and findings stand in the file that holds the line', () => {
  const files = new Map<string, string>();
  for (const [name, priority] of [
    ['lb1', 110],
    ['lb2', 100],
  ] as const) {
    const text = config({ priority, weight: 2 });
    const at = text.indexOf('vrrp_instance');
    files.set(`${name}/keepalived.conf`, `${text.slice(0, at)}include conf.d/*.conf\n`);
    files.set(`${name}/conf.d/api.conf`, text.slice(at));
  }
  assert.deepEqual(said(files, 'keepalived/weight-too-small'), [
    'lb1/keepalived.conf: master 110 stays above 100 + 2 of lb2 when chk_haproxy fails, so the address does not move; needs weight < -10',
  ]);
  const fix = found(files).find(({ each }) => each.rule === 'keepalived/weight-too-small')?.each.fixes?.[0];
  assert.deepEqual(
    fix?.edits.map((each) => each.path),
    ['lb1/keepalived.conf', 'lb2/keepalived.conf'],
  );
});
