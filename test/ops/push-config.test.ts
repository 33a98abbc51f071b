import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { render, say } from '../../src/base/message';
import { faultsOf } from '../../src/ops/check-plan';
import { type NodeConfig, parseConfig, readConfigCommand, stagedPath } from '../../src/ops/commands/config-file';
import { type PushFile, planPush } from '../../src/ops/push-config';
import { renderPlan } from '../../src/ops/render-plan';
import { fleetState, wholeFleet } from '../support/fleet';
import { matchesGolden } from '../support/golden';
import { killEverywhere, runScene, type Scene } from '../support/kill-points';
import { SandboxHost } from '../support/sandbox-host';

const stamp = '20261121-070000';
const sha = (text: string) => createHash('sha256').update(text).digest('hex');

function found(files: Readonly<Record<string, string>>, more: Partial<NodeConfig> = {}): NodeConfig {
  return {
    files: Object.entries(files).map(([path, text]) => {
      return { path, text, mode: '644', owner: 'root:root', bytes: text.length, sha256: sha(text) };
    }),
    absent: [],
    doors: new Map([
      ['127.0.0.1:6443', '401'],
      ['10.0.0.100:6443', '401'],
      ['127.0.0.1:8404', '000'],
    ]),
    units: new Map(['haproxy', 'keepalived', 'k3s'].map((unit) => [unit, 'loaded/active'])),
    programs: ['haproxy', 'keepalived', 'curl', 'systemd-run'],
    ...more,
  };
}

const push = (host: string, kind: PushFile['kind'], path: string, text = 'new\n'): PushFile => {
  const file = `${host}${path.slice(path.lastIndexOf('/'))}`;
  return { host, kind, path, file, localPath: `/home/ops/fleet/${file}`, sha256: sha(text), bytes: text.length };
};

const haproxyPath = '/etc/haproxy/haproxy.cfg';
const k3sPath = '/etc/rancher/k3s/config.yaml';
const parameters = { stamp, confirmSec: 120, concerns: { blockers: [], warnings: [] } };

describe('the plan of a push', () => {
  const facts = new Map(
    ['lb1', 'lb2', 'cp1', 'cp2', 'cp3'].map((host) => [host, found({ [haproxyPath]: 'old\n', [k3sPath]: 'old\n' })]),
  );

  test('says of a unit that is down that it is started, and starts it', () => {
    const files = [push('lb1', 'haproxy', haproxyPath)];
    const made = (active: string) =>
      planPush(
        fleetState(),
        new Map([['lb1', found({ [haproxyPath]: 'old\n' }, { units: new Map([['haproxy', `loaded/${active}`]]) })]]),
        { ...parameters, files },
      );
    const said = (plan: ReturnType<typeof planPush>) => plan.warnings.map((each) => render(each.message)).join('\n');
    const down = /haproxy does not run now; it is started with the new file/;
    assert.match(said(made('inactive')), down);
    assert.ok(made('inactive').steps.some((each) => each.id === 'restart-haproxy@lb1'));
    assert.doesNotMatch(said(made('active')), down);
    assert.ok(made('active').steps.some((each) => each.id === 'reload-haproxy@lb1'));
  });

  test('reads as it should', () => {
    const files = [
      push('lb1', 'haproxy', haproxyPath),
      push('lb2', 'haproxy', haproxyPath),
      push('cp1', 'k3s', k3sPath),
    ];
    const plan = planPush(fleetState(), facts, { ...parameters, files });
    assert.deepEqual(faultsOf(plan), []);
    assert.deepEqual(plan.blockers, []);
    matchesGolden('push-config.md', renderPlan(plan, render));
  });

  test('whoever carries the address or leads comes last of its kind', () => {
    const files = ['cp1', 'cp2', 'lb1', 'lb2'].map((host) =>
      host.startsWith('lb') ? push(host, 'haproxy', haproxyPath) : push(host, 'k3s', k3sPath),
    );
    const plan = planPush(fleetState(), facts, { ...parameters, files });
    assert.deepEqual([...new Set(plan.steps.map((step) => step.host))], ['lb2', 'lb1', 'cp2', 'cp1']);
  });

  test('what is there already is not pushed', () => {
    const plan = planPush(fleetState(), facts, {
      ...parameters,
      files: [push('lb1', 'haproxy', haproxyPath, 'old\n')],
    });
    assert.deepEqual([plan.steps, plan.blockers], [[], []]);
    assert.match(render(plan.title), /^Every file/);
  });

  const blockersOf = (state = fleetState(), more: Partial<NodeConfig> = {}, kind: 'haproxy' | 'k3s' = 'haproxy') => {
    const path = kind === 'k3s' ? k3sPath : haproxyPath;
    const host = kind === 'k3s' ? 'cp2' : 'lb1';
    const own = new Map([[host, found({ [path]: 'old\n' }, more)]]);
    const plan = planPush(state, own, { ...parameters, files: [push(host, kind, path)] });
    assert.equal(plan.steps.length > 0, plan.blockers.length === 0);
    return plan.blockers.map((each) => render(each.message));
  };

  test('what stands in the way', () => {
    assert.deepEqual(blockersOf(fleetState(), { programs: ['curl', 'systemd-run'] }), [
      'haproxy is not installed, so lb1/haproxy.cfg cannot be checked there',
    ]);
    assert.deepEqual(blockersOf(fleetState(), { programs: ['haproxy'] }), [
      'systemd-run is missing, so the node could not go back by itself',
    ]);
    assert.deepEqual(blockersOf(fleetState(), { units: new Map([['haproxy', 'not-found/inactive']]) }), [
      `there is no unit haproxy that would read ${haproxyPath}`,
    ]);
    assert.deepEqual(blockersOf(fleetState(), { files: [] }), [`${haproxyPath} could not be read`]);
    const silent = planPush(fleetState(), new Map(), { ...parameters, files: [push('lb1', 'haproxy', haproxyPath)] });
    assert.deepEqual(
      silent.blockers.map((each) => [each.host, render(each.message)]),
      [['lb1', 'the node did not answer, so its files were not seen']],
    );
    const wrong = planPush(fleetState(), facts, {
      ...parameters,
      files: [push('lb1', 'haproxy', haproxyPath)],
      concerns: { blockers: [{ message: say('{0}', 'line 3 is wrong') }], warnings: [] },
    });
    assert.deepEqual(wrong.steps, []);
  });

  test('a node that cannot be asked whether its doors answer is told of', () => {
    const warningsOf = (programs: readonly string[], doors = ['127.0.0.1:6443']) => {
      const answers = new Map(doors.map((door) => [door, '']));
      const own = new Map([['lb1', found({ [haproxyPath]: 'old\n' }, { programs, doors: answers })]]);
      const plan = planPush(fleetState(), own, { ...parameters, files: [push('lb1', 'haproxy', haproxyPath)] });
      return plan.warnings.map((each) => render(each.message));
    };
    assert.deepEqual(warningsOf(['haproxy', 'systemd-run']), [
      'curl is not installed, so it is not seen whether 127.0.0.1:6443 still answers with the new file',
    ]);
    assert.deepEqual(warningsOf(['haproxy', 'systemd-run'], []), []);
    assert.deepEqual(warningsOf(['haproxy', 'systemd-run', 'curl']), []);
  });

  test('a server is not restarted when etcd could not bear it, and two servers are told what it means', () => {
    const down = wholeFleet.map((node) => (node.name === 'cp3' ? { ...node, silent: true as const } : node));
    assert.deepEqual(blockersOf(fleetState(down), {}, 'k3s'), [
      '1 of 3 members would stay up without cp2, and 2 are needed',
    ]);
    const two = wholeFleet.filter((node) => node.name !== 'cp3');
    const plan = planPush(fleetState(two), facts, { ...parameters, files: [push('cp2', 'k3s', k3sPath)] });
    assert.deepEqual(plan.blockers, []);
    assert.match(render(plan.warnings[0]?.message ?? say('')), /with 2 members, etcd and the API stop/);
    assert.deepEqual(faultsOf(plan), []);
  });
});

describe('a push on a real shell', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'haven-push-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const checker = 'case $1 in -c) shift 2;; esac; ! grep -q broken "$1"';
  /** The door is open while the file that haproxy has read last says so. */
  const curl =
    'case "$*" in *http_code*) if grep -q open "$ROOT/read" 2>/dev/null; then printf 200; else printf 000; exit 7; fi;; esac';
  const old = 'old open\n';

  const scene = async (text: string, more: Partial<Scene> = {}): Promise<Scene & { readonly host: SandboxHost }> => {
    const host = new SandboxHost('lb1', { haproxy: checker, curl });
    host.put(haproxyPath, old, 0o640);
    host.put('/units/haproxy', 'active\n');
    // It refuses nothing, and takes what lies there: the stand-in for reading the file.
    host.put('/units/haproxy.refuses', `cp '${host.root}${haproxyPath}' '${host.root}/read'; exit 1`);
    host.put('/read', old);
    const localPath = join(folder, 'haproxy.cfg');
    writeFileSync(localPath, text);
    const questions = { files: [haproxyPath], doors: ['127.0.0.1:6443'], units: ['haproxy'] };
    const answer = await host.exec({ argv: readConfigCommand(questions).argv.map(String), root: true, timeoutSec: 9 });
    const seen = parseConfig(answer.stdout.replaceAll(host.root, ''));
    const plan = planPush(fleetState(), new Map([['lb1', seen]]), {
      ...parameters,
      files: [{ ...push('lb1', 'haproxy', haproxyPath, text), localPath }],
    });
    assert.deepEqual(plan.blockers, []);
    return { plan, host, connect: async () => host, close: () => host.close(), check: () => {}, ...more };
  };

  test('the new file is in place, read and kept; the old one lies aside; nothing else is left', async () => {
    const sent = await killEverywhere(
      async () => {
        const made = await scene('new open\n');
        return {
          ...made,
          check: () => {
            const { host } = made;
            assert.equal(host.text(haproxyPath), 'new open\n');
            assert.equal(host.text('/read'), 'new open\n');
            assert.equal(host.text(`/var/lib/haven/kept/${stamp}${haproxyPath}`), old);
            assert.deepEqual(host.list('/etc/haproxy'), ['haproxy.cfg']);
            assert.deepEqual(
              host.list('/units').filter((each) => each.endsWith('.timer')),
              [],
            );
          },
        };
      },
      { inTurn: true },
    );
    assert.ok(sent > 15, `${sent} commands`);
  });

  const undone = async (made: Scene & { readonly host: SandboxHost }) => {
    const { result } = await runScene(made);
    const { host } = made;
    assert.equal(result.outcome, 'undone', JSON.stringify(result));
    assert.equal(host.text(haproxyPath), old);
    assert.equal(host.text('/read'), old);
    assert.deepEqual(
      host.list('/units').filter((each) => each.endsWith('.timer')),
      [],
    );
    const stopped = result.stoppedAt?.id;
    host.close();
    return stopped;
  };

  test('a file that its program refuses never gets there', async () => {
    const made = await scene('broken open\n');
    const { result } = await runScene(made);
    assert.equal(result.outcome, 'undone');
    assert.equal(result.stoppedAt?.id, `check-${haproxyPath}@lb1`);
    assert.equal(made.host.text(haproxyPath), old);
    assert.equal(made.host.text('/units/log'), undefined);
    assert.equal(made.host.text(stagedPath(haproxyPath)), undefined);
    made.host.close();
  });

  test('a door that closes, an operator who says no, and one who is not there: back', async () => {
    assert.equal(await undone(await scene('new shut\n')), 'door-127.0.0.1:6443@lb1');
    assert.equal(await undone(await scene('new open\n', { deps: { confirm: async () => false } })), 'confirm@lb1');
    const never = () => new Promise<boolean>(() => {});
    assert.equal(await undone(await scene('new open\n', { deps: { confirm: never } })), 'confirm@lb1');
  });

  test('a node that is cut off goes back by itself, and a confirmation after that is not believed', async () => {
    const made = await scene('new open\n');
    const { host } = made;
    const deps = {
      confirm: async () => {
        assert.equal(host.text(haproxyPath), 'new open\n');
        await host.fire(`haven-way-back-${stamp}`);
        return true;
      },
    };
    const { result } = await runScene({ ...made, deps });
    assert.equal(result.outcome, 'undone');
    assert.equal(result.stoppedAt?.id, 'keep@lb1');
    assert.equal(host.text(haproxyPath), old);
    host.close();
  });

  test('a file that was not there is taken away again', async () => {
    const made = await scene('new open\n', { deps: { confirm: async () => false } });
    rmSync(join(made.host.root, haproxyPath));
    const { result } = await runScene(made);
    assert.equal(result.outcome, 'undone');
    assert.equal(made.host.text(haproxyPath), undefined);
    made.host.close();
  });
});
