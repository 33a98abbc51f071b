import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { CliWorld, rows } from '../support/cli-world';

describe('what the command line says, and what it refuses', () => {
  let world: CliWorld;
  const haven = (...args: string[]) => world.run(args);
  const korean = (...args: string[]) => world.run(args, undefined, { LANG: 'ko_KR.UTF-8' });

  before(async () => {
    world = await CliWorld.make('127.77.7');
  });
  after(() => world.close());

  test('every command says with --help how it is written, and exits with 0', async () => {
    const names = ['lint', 'model', 'rules', 'explain', 'simulate', 'lsp', 'status', 'drift', 'certificates'];
    for (const name of [...names, 'test-snapshot', 'plan', 'run', 'runs']) {
      const { code, stdout, stderr } = await haven(name, '--help');
      assert.deepEqual([code, stderr], [0, ''], name);
      assert.match(stdout, new RegExp(`^usage: haven ${name}`));
    }
  });

  test('what is mistyped is refused with what there is, before any node is asked: exit code 2', async () => {
    for (const [args, words] of [
      [['stat'], /unknown command "stat"; known are: lint, /],
      [['status', '--bogus'], /^haven: Unknown option '--bogus'; --help says what there is\n$/],
      [['status', '--format', 'yaml'], /no format "yaml"; there are: text, json/],
      [['runs', '--format', 'runbook'], /no format "runbook"; there are: text, json/],
      [['plan', 'snapshot', '--format', 'yaml'], /no format "yaml"; there are: text, runbook, json/],
      [['plan', 'snapshots'], /no operation "snapshots"; there are: snapshot, restore, /],
      [['plan', 'constructor'], /no operation "constructor"/],
      [['run', 'snapshot', 'cp1', '--yes'], /snapshot takes no "cp1"; it is written: snapshot \[--name NAME\]/],
      [['run', 'defragment', 'cp1', '--yes'], /defragment takes no "cp1"/],
      [['run', 'drain', 'cp1', '--no-drain', '--yes'], /drain takes no --no-drain; it is written: drain NODE…/],
      [['run', 'restore', 'x', '--absnt', 'cp1'], /Unknown option '--absnt'/],
      [['plan', 'upgrade', 'cp1', '--keep', '3'], /upgrade takes no --keep/],
      [['run', '--resume', 'nothing'], /no run "nothing"; "haven runs" lists them/],
      [['plan', 'snapshot', '--in', join(world.home, '.ssh')], /no haven\.yaml with a cluster in .*\.ssh or above it/],
    ] as const) {
      const { code, stdout, stderr } = await world.run([...args]);
      assert.equal(code, 2, args.join(' '));
      assert.match(stderr, words);
      assert.equal(stdout, '', args.join(' '));
    }
    const folder = world.folder;
    assert.match(
      (await haven('plan', 'snapshot', '--in', folder, '--cluster', 'x')).stderr,
      /no cluster "x"; there are: practice/,
    );
    assert.match((await haven('plan', 'restore', 'x', '--in', folder)).stderr, /no snapshot "x"; nodes have: -\n/);
    const drill = await haven('plan', 'failover-drill', '127.0.0.1', '--in', folder);
    assert.match(drill.stderr, /name one virtual address of: 127\.77\.7\.100/);
  });

  test('what is simulated is told in Korean where the terminal is, and JSON stays as it is', async () => {
    const place = world.folder;
    const told = await korean('simulate', place, 'fail:lb1');
    assert.match(told.stdout, /^시작\n.*→ lb1 \(.*\)\nfail:lb1\n.*: lb1 → lb2 \([\d.–]+초 뒤/s);
    assert.match((await korean('simulate', place, '--matrix')).stdout, /^정상 fail:lb2: /m);
    assert.match(
      (await korean('simulate', place, 'fail:lb9')).stderr,
      /이벤트 "fail:lb9": 노드 "lb9"이\(가\) 없습니다/,
    );
    const json = ['simulate', place, 'fail:lb1', '--format', 'json'];
    assert.equal((await korean(...json)).stdout, (await haven(...json)).stdout);
  });

  test('runs: says so when there are none', async () => {
    const none = await haven('runs');
    assert.deepEqual([none.code, none.stdout, none.stderr], [0, '', 'nothing was run from this machine\n']);
    assert.equal((await haven('runs', '--format', 'json')).stderr, '');
  });

  test('run shows what to expect and a line for each step; plan shows every command', async () => {
    const asked = await haven('run', 'restart', 'cp2', '--in', world.folder);
    assert.equal(asked.code, 2);
    assert.match(asked.stdout, /^# Restart cp2\n/);
    assert.match(asked.stdout, /- while cp2 is stopped: 2 of 3, and 0 may fail\n/);
    assert.match(asked.stdout, /\n4\. \*\*cp2\*\*: Restart k3s on cp2 \(2 of 3 members stay up\)\n/);
    assert.doesNotMatch(asked.stdout, /```/);
    const planned = await haven('plan', 'restart', 'cp2', '--in', world.folder);
    assert.match(planned.stdout, /```sh\n {3}sudo /);
    const drill = await haven('plan', 'failover-drill', '--in', world.folder);
    assert.match(
      drill.stdout,
      /- the simulator says: 127\.77\.7\.100 is on lb2 after \d\.\d to \d\.\d s, and goes back by itself\n/,
    );
  });

  test('the drill is run, measured, compared with the prediction, and everything is put back', async () => {
    const ran = await haven('run', 'failover-drill', '--in', world.folder, '--yes');
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    assert.match(ran.stdout, /\ndone\n.*no answer for \d+\.\d to \d+\.\d s\n/s);
    assert.match(ran.stdout, /\nthe simulator said \d\.\d to \d\.\d s\n/);
    const status = await haven('status', world.folder);
    assert.equal(status.code, 0, status.stdout);
    assert.match(status.stdout, /127\.77\.7\.100: on lb1/);
  });

  test('status says of a node that answers what is wrong there', async () => {
    const { units } = world.machine('lb2');
    const keepalived = units.get('keepalived');
    assert.ok(keepalived !== undefined);
    // What is installed and not wanted there is no trouble.
    units.set('etcd', { ...keepalived, active: 'inactive', sub: 'dead' });
    await world.machine('lb2').exec('systemctl stop haproxy');
    const ill = await haven('status', world.folder);
    assert.equal(ill.code, 1);
    assert.match(ill.stdout, /^ {2}lb2 {2}degraded {2}loadbalancer {2}haproxy: inactive$/m);
    await world.machine('lb2').exec('systemctl start haproxy');
    units.delete('etcd');

    // Of two proxies one is enough, in the words for a fault as in the state of the node.
    units.set('nginx', { ...keepalived, active: 'inactive', sub: 'dead' });
    await world.machine('lb2').exec('systemctl stop keepalived');
    assert.match(
      (await haven('status', world.folder)).stdout,
      /^ {2}lb2 {2}degraded {2}loadbalancer {2}keepalived: inactive$/m,
    );
    await world.machine('lb2').exec('systemctl start keepalived');
    units.delete('nginx');
  });

  test('Korean: plans, states, questions and refusals, where the terminal is; data stay as they are', async () => {
    const { folder } = world;
    const plan = await korean('plan', 'restart', 'cp2', '--in', folder);
    assert.match(plan.stdout, /^# cp2 다시 시작\n/);
    assert.match(plan.stdout, /## 예상되는 영향\n\n- 지금 etcd: 멤버 3개 중 3개가 정상이고, 1개까지 실패해도 됩니다\n/);
    const status = await korean('status', folder);
    assert.match(status.stdout, /etcd: 쿼럼 유지, 투표 멤버 3개 중 3개 정상, 1개까지 실패해도 됨, 리더 cp1\n/);
    assert.match(status.stdout, /^ {2}cp1 {2}정상 /m);
    assert.match((await korean('drift', folder)).stdout, / 같음$/m);
    const alone = await korean('run', 'snapshot', '--in', folder);
    assert.match(alone.stderr, /물어볼 사람이 없습니다\. --yes를 쓰세요/);
    assert.match(
      (await korean('plan', 'restart', 'cp9', '--in', folder)).stderr,
      /노드 "cp9"이\(가\) 없습니다\. 있는 것: cp1, /,
    );
    const ran = await korean('run', 'snapshot', '--name', 'korean', '--in', folder, '--yes');
    assert.match(ran.stdout, /\n완료\n$/);
    const data = rows((await korean('plan', 'restart', 'cp2', '--in', folder, '--format', 'json')).stdout)[0];
    assert.deepEqual(data?.title, { template: 'Restart {0}', args: ['cp2'] });
    const broken = join(world.home, 'broken.cfg');
    writeFileSync(broken, 'frontend a\n  bind :80\n  default_backend nowhere\n');
    const place = join(world.home, 'haproxy.cfg');
    writeFileSync(place, 'frontend a\n  bind :80\n  default_backend nowhere\n');
    const linted = await korean('lint', place);
    assert.equal(linted.code, 1);
    assert.match(linted.stdout, /"nowhere"이\(가\) 없습니다/);
    assert.match((await korean('lint', place, '--format', 'github')).stdout, /no .*"nowhere"|"nowhere" /);
    const c = await world.run(['lint', place], undefined, { LC_ALL: 'C', LANG: 'ko_KR.UTF-8' });
    assert.doesNotMatch(c.stdout, /[가-힣]/);
  });

  test('a run that another program began goes on here: journals are shared', async () => {
    const plan = rows(
      (await haven('plan', 'snapshot', '--name', 'of-the-dead', '--in', world.folder, '--format', 'json')).stdout,
    )[0];
    const steps = plan?.steps as { id: string }[];
    const runs = join(world.stateFolder, 'runs');
    mkdirSync(runs, { recursive: true });
    // As the editor writes it, which died in the first step.
    for (const entry of [
      { kind: 'plan', atMs: Date.now(), plan, site: `${join(world.folder, 'haven.yaml')}#practice` },
      { kind: 'began', atMs: Date.now(), step: steps[0]?.id },
    ])
      appendFileSync(join(runs, 'of-the-editor.jsonl'), `${JSON.stringify(entry)}\n`);
    const listed = await haven('runs');
    assert.match(listed.stdout, /^of-the-editor {2}broke off {2}practice: Take a snapshot of practice on cp1$/m);
    const resumed = await haven('run', '--resume', 'of-the-editor', '--yes');
    assert.equal(resumed.code, 0, resumed.stdout + resumed.stderr);
    const again = await haven('run', '--resume', 'of-the-editor', '--yes');
    assert.equal(again.code, 2);
    assert.match(again.stderr, /of-the-editor is done already/);
    assert.match((await haven('run', '--undo', 'of-the-editor', '--yes')).stderr, /nothing to take back/);
  });
});
