import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { say } from '../../src/base/message';
import type { ChangeStep, Plan, Step } from '../../src/ops/plan';
import { lockPath } from '../../src/run/lock';
import { CliWorld, rows } from '../support/cli-world';

describe('operations on the command line', () => {
  let world: CliWorld;
  let home: string;
  let folder: string;

  before(async () => {
    world = await CliWorld.make('127.77.4');
    ({ home, folder } = world);
  });
  after(() => world.close());

  const start = (args: readonly string[]) => world.start(args);
  const haven = (...args: string[]) => world.run(args);
  const machine = (name: string) => world.machine(name);
  const sh = (script: string, ...args: string[]) =>
    ({ argv: ['sh', '-c', script, 'sh', ...args], root: true, timeoutSec: 60 }) as const;
  const make = (path: string, script = ': >"$1"'): ChangeStep => ({
    id: `make-${path}`,
    host: 'cp1',
    title: say('{0}', `make ${path}`),
    risk: 'change',
    run: sh(script, path),
    done: { host: 'cp1', command: sh('test -e "$1"', path), yesWhen: { code: 0 }, withinSec: 0 },
    undo: [
      {
        id: `remove-${path}`,
        host: 'cp1',
        title: say('{0}', `remove ${path}`),
        risk: 'change',
        run: sh('rm -f "$1"', path),
        done: { host: 'cp1', command: sh('test -e "$1"', path), yesWhen: { code: 1 }, withinSec: 0 },
      },
    ],
  });
  const planFile = (name: string, steps: readonly Step[], more: Partial<Plan> = {}): string => {
    const plan: Plan = {
      operation: 'test',
      cluster: 'practice',
      title: say('{0}', 'A test'),
      blockers: [],
      warnings: [],
      steps,
      wayBack: [],
      destructive: false,
      ...more,
    };
    const path = join(home, name);
    writeFileSync(path, JSON.stringify(plan));
    return path;
  };

  test('status: the truth as text and as data, and an exit code that says whether all is well', async () => {
    const well = await haven('status', folder);
    assert.equal(well.code, 0, well.stdout + well.stderr);
    assert.match(well.stdout, /etcd: quorum holds, 3 of 3 voters healthy, 1 may fail, leader cp1/);
    assert.match(well.stdout, /127\.77\.4\.100: on lb1/);
    await machine('cp2').exec('systemctl stop k3s');
    const ill = await haven('status', folder, '--format', 'json');
    assert.equal(ill.code, 1);
    const told = rows(ill.stdout)[0] as { nodes: { name: string; health: string }[]; quorum: { failuresLeft: number } };
    assert.equal(told.nodes.find((each) => each.name === 'cp2')?.health, 'down');
    assert.equal(told.quorum.failuresLeft, 0);
    await machine('cp2').exec('systemctl start k3s');
  });

  test('unknown host keys are refused where nobody can be asked', async () => {
    writeFileSync(world.knownHosts, '');
    try {
      const { code, stdout } = await haven('status', folder);
      assert.equal(code, 2);
      assert.match(stdout, /cp1 .*the host key ssh-ed25519 SHA256:\S+ is not known and was not accepted/);
    } finally {
      writeFileSync(world.knownHosts, world.server.knownHosts);
    }
  });

  test('plan: as a document, a runbook and data; what does not exist is told with what does', async () => {
    const document = await haven('plan', 'snapshot', '--name', 'from-cli', '--in', folder);
    assert.equal(document.code, 0, document.stderr);
    assert.match(document.stdout, /sudo k3s etcd-snapshot save --name from-cli/);
    assert.match((await haven('plan', 'snapshot', '--in', folder, '--format', 'runbook')).stdout, /```sh\n# cp1\n/);
    const restart = await haven('plan', 'restart', 'cp2', '--in', folder, '--format', 'json');
    assert.equal((rows(restart.stdout)[0] as unknown as Plan).operation, 'rolling-restart');
    const remove = await haven('plan', 'remove', 'cp2', '--in', folder);
    assert.match(remove.stdout, /lb\/haproxy\.cfg still sends to cp2/);
    const wrong = await haven('plan', 'restart', 'cp9', '--in', folder);
    assert.equal(wrong.code, 2);
    assert.equal(wrong.stderr, 'haven: no node "cp9"; there are: cp1, cp2, cp3, lb1, lb2\n');
  });

  test('run: not without agreement; with --yes a snapshot is saved, event by event as data', async () => {
    const alone = await haven('run', 'snapshot', '--in', folder);
    assert.equal(alone.code, 2);
    assert.match(alone.stderr, /nobody is there to ask; say --yes/);
    const ran = await haven('run', 'snapshot', '--name', 'by-cli', '--in', folder, '--yes', '--format', 'json');
    assert.equal(ran.code, 0, ran.stderr);
    const events = rows(ran.stdout);
    assert.deepEqual(
      events.map((each) => each.kind),
      // The snapshot is saved, and then it is noted which token opens it.
      ['step-began', 'output', 'step-ended', 'step-began', 'output', 'step-ended', 'ended'],
    );
    assert.equal(events.at(-1)?.outcome, 'done');
    const saved = machine('cp1').files.list('/var/lib/rancher/k3s/server/db/snapshots');
    assert.ok(
      saved.some((each) => each.startsWith('by-cli-cp1-')),
      saved.join(),
    );
    const journals = join(world.stateFolder, 'runs');
    assert.equal(statSync(join(journals, readdirSync(journals)[0] ?? '')).mode & 0o077, 0);
    for (const name of ['cp1', 'cp2', 'cp3']) assert.ok(!machine(name).files.has(lockPath), `${name} is still locked`);
  });

  test('a saved plan is run as it was read; another cluster and a broken one are refused', async () => {
    const good = planFile('good.json', [make('/var/lib/a')]);
    assert.equal((await haven('run', good, '--in', folder, '--yes')).code, 0);
    assert.ok(machine('cp1').files.has('/var/lib/a'));
    const foreign = await haven('run', planFile('foreign.json', [], { cluster: 'prod' }), '--in', folder, '--yes');
    assert.match(foreign.stderr, /is a plan for the cluster prod, and this one is practice/);
    const broken = planFile('broken.json', [{ ...make('/var/lib/b'), done: undefined } as unknown as Step]);
    assert.match((await haven('run', broken, '--in', folder, '--yes')).stderr, /a step has not the form of one/);
    const faulty = planFile('faulty.json', [make('/var/lib/b'), make('/var/lib/b')]);
    assert.match((await haven('run', faulty, '--in', folder, '--yes')).stderr, /two steps are called/);
  });

  test('a destructive plan needs the name of the cluster, --yes is not enough', async () => {
    const plan = planFile('destructive.json', [make('/var/lib/d')], { destructive: true });
    const refused = await haven('run', plan, '--in', folder, '--yes');
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /--confirm practice/);
    assert.ok(!machine('cp1').files.has('/var/lib/d'));
    assert.equal((await haven('run', plan, '--in', folder, '--confirm', 'practice')).code, 0);
  });

  test('killed in the middle: the run is listed, goes on with --resume, and is taken back with --undo', async () => {
    const slow = make('/var/lib/slow', 'sleep 2; echo x >>/var/log/slow; : >"$1"');
    const plan = planFile('slow.json', [make('/var/lib/first'), slow, make('/var/lib/last')]);
    const child = start(['run', plan, '--in', folder, '--yes', '--format', 'json']);
    await new Promise<void>((resolve) => {
      let told = '';
      child.stdout?.on('data', (chunk: Buffer) => {
        told += chunk;
        if (/"step":"make-\/var\/lib\/slow","index":1/.test(told)) resolve();
      });
    });
    const dead = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await dead;
    const open = rows((await haven('runs', '--format', 'json')).stdout).filter((each) => each.open === true);
    assert.equal(open.length, 1);
    const run = String(open[0]?.run);
    const other = await haven('run', 'snapshot', '--in', folder, '--yes');
    assert.equal(other.code, 2);
    assert.match(other.stderr, /is at work on this cluster since .*: test \(lock on cp1\); resume that run/);
    const resumed = await haven('run', '--resume', run, '--yes');
    assert.equal(resumed.code, 0, resumed.stderr + resumed.stdout);
    assert.match(resumed.stdout, /\[1\/3\] cp1: make \/var\/lib\/first\n {4}\(done already\)/);
    for (const each of ['first', 'slow', 'last']) assert.ok(machine('cp1').files.has(`/var/lib/${each}`), each);
    assert.ok(!machine('cp1').files.has(lockPath));
    assert.match((await haven('run', '--resume', run, '--yes')).stderr, /is done already/);
    const undone = await haven('run', '--undo', run, '--yes');
    assert.equal(undone.code, 0, undone.stderr);
    for (const each of ['first', 'slow', 'last']) assert.ok(!machine('cp1').files.has(`/var/lib/${each}`), each);
  });

  test('of two open runs on one cluster the named one is gone on with or taken back, and the other is told', async () => {
    const runs: string[] = [];
    for (const name of ['one', 'two']) {
      const waits = make(`/var/lib/open-${name}`, '[ -e /var/lib/mended ] && : >"$1"');
      const plan = planFile(`${name}.json`, [make(`/var/lib/before-${name}`), waits]);
      const { code, stderr } = await haven('run', plan, '--in', folder, '--yes');
      assert.equal(code, 1);
      runs.push(/--resume (\S+)/.exec(stderr)?.[1] ?? '');
    }
    const [one = '', two = ''] = runs;
    assert.notEqual(one, two);
    const has = (name: string) => machine('cp1').files.has(`/var/lib/${name}`);
    const undone = await haven('run', '--undo', one, '--yes');
    assert.equal(undone.code, 0, undone.stderr);
    // With its time and where it stopped: of two runs of one kind the identifier alone tells nobody which is which.
    const told = undone.stderr.split('\n').find((line) => line.includes(`stays open: ${two} (`)) ?? '';
    assert.match(told, /; begun 20\d\d-\d\d-\d\dT[\d:.]+Z, stopped at: .*open-two\)/);
    assert.deepEqual([has('before-one'), has('before-two')], [false, true]);
    await machine('cp1').exec(': >/var/lib/mended');
    const resumed = await haven('run', '--resume', two, '--yes');
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.doesNotMatch(resumed.stderr, /stays open/);
    assert.deepEqual([has('open-one'), has('open-two')], [false, true]);
  });

  const balancers = ['lb2', 'lb1'] as const;
  const haproxyOf = (name: string) => machine(name).files.text('/etc/haproxy/haproxy.cfg');
  const haproxyHere = () => join(folder, 'lb/haproxy.cfg');

  test('drift and push: what differs is told, planned, pushed to one node after another, and then the same', async () => {
    const same = await haven('drift', folder);
    assert.equal(same.code, 0, same.stdout + same.stderr);
    assert.match(same.stdout, /^lb\/haproxy\.cfg {2}lb1:\/etc\/haproxy\/haproxy\.cfg {2}same$/m);
    const good = readFileSync(haproxyHere(), 'utf8');
    const changed = good.replace('maxconn 4096', 'maxconn 8192');
    assert.notEqual(changed, good);
    writeFileSync(haproxyHere(), changed);
    const differs = await haven('drift', folder, '--format', 'json');
    assert.equal(differs.code, 1);
    const told = rows(differs.stdout)[0] as { files: { file: string; host: string; state: string }[] };
    const changes = told.files.filter((each) => each.state === 'differs').map((each) => `${each.file} ${each.host}`);
    assert.deepEqual(changes, ['lb/haproxy.cfg lb1', 'lb/haproxy.cfg lb2']);

    const other = await haven('plan', 'push', 'k3s/cp1.yaml', '--in', folder, '--format', 'json');
    assert.deepEqual((rows(other.stdout)[0] as unknown as Plan).steps, []);
    const wrong = await haven('plan', 'push', 'lb/other.cfg', '--in', folder);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /puts no file "lb\/other\.cfg" on a node; it puts: lb\/haproxy\.cfg, /);

    const ran = await haven('run', 'push', 'lb/haproxy.cfg', '--in', folder, '--yes');
    assert.equal(ran.code, 0, ran.stderr + ran.stdout);
    assert.ok(ran.stdout.indexOf('lb2: ') < ran.stdout.indexOf('lb1: '), 'the holder of the address comes last');
    for (const name of balancers) assert.equal(haproxyOf(name), changed, name);
    assert.equal((await haven('drift', folder)).code, 0);
  });

  test('push: a file in which lint finds an error reaches no node', async () => {
    const good = readFileSync(haproxyHere(), 'utf8');
    writeFileSync(haproxyHere(), `${good}\nfrontent x\n`);
    try {
      const refused = await haven('run', 'push', haproxyHere(), '--in', folder, '--yes');
      assert.equal(refused.code, 2, refused.stdout);
      assert.match(refused.stderr, /Haven finds 1 errors in lb\/haproxy\.cfg/);
      assert.equal((await haven('plan', 'push', '--in', folder)).code, 1);
      for (const name of balancers) assert.equal(haproxyOf(name), good, name);
    } finally {
      writeFileSync(haproxyHere(), good);
    }
  });

  test('push: killed between two nodes, it goes on where it was', async () => {
    const good = readFileSync(haproxyHere(), 'utf8');
    const changed = good.replace('maxconn 8192', 'maxconn 6000');
    assert.notEqual(changed, good);
    writeFileSync(haproxyHere(), changed);
    const child = start(['run', 'push', '--in', folder, '--yes', '--format', 'json']);
    let told = '';
    const isOnLb1 = new Promise<void>((resolve, reject) => {
      child.once('close', () => reject(new Error(`it ended before it was killed: ${told}`)));
      child.stdout?.on('data', (chunk: Buffer) => {
        told += chunk;
        if (/"step":"stage-[^"]+@lb1"/.test(told)) resolve();
      });
    });
    await isOnLb1;
    const dead = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await dead;
    assert.deepEqual([haproxyOf('lb2'), haproxyOf('lb1')], [changed, good]);
    const [open] = rows((await haven('runs', '--format', 'json')).stdout).filter((each) => each.open === true);
    const resumed = await haven('run', '--resume', String(open?.run), '--yes');
    assert.equal(resumed.code, 0, resumed.stderr + resumed.stdout);
    for (const name of balancers) assert.equal(haproxyOf(name), changed, name);
    for (const { name, files } of world.practice.nodes) assert.ok(!files.has(lockPath), `${name} is still locked`);
  });

  test('Ctrl+C cancels between steps, and says how to go on', async () => {
    const first = make('/var/lib/c1', ': >"$1.began"; sleep 1; : >"$1"');
    const plan = planFile('cancel.json', [first, make('/var/lib/c2')]);
    const child = start(['run', plan, '--in', folder, '--yes']);
    let [stdout, stderr] = ['', ''];
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk;
    });
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk;
    });
    while (!machine('cp1').files.has('/var/lib/c1.began')) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGINT');
    const code = await new Promise((resolve) => child.once('close', resolve));
    assert.equal(code, 1);
    assert.match(stdout, /cancelled at make-\/var\/lib\/c2\n$/);
    assert.match(stderr, /go on with: haven run --resume \S+/);
    assert.ok(machine('cp1').files.has('/var/lib/c1') && !machine('cp1').files.has('/var/lib/c2'));
    assert.ok(!machine('cp1').files.has(lockPath));
  });

  test('a backup has snapshot, resources, settings and a page; secrets are not put into a git work tree', async () => {
    const to = join(home, 'backups');
    mkdirSync(join(home, 'tree', '.git'), { recursive: true });
    const refused = await haven('run', 'backup', join(home, 'tree', 'sub'), '--in', folder, '--yes');
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /tree is a work tree of git/);
    const ran = await haven('run', 'backup', to, '--in', folder, '--yes', '--keys');
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    const [name = ''] = readdirSync(to);
    assert.match(name, /^practice-\d{8}-\d{6}$/);
    execFileSync('sha256sum', ['--quiet', '-c', 'SHA256SUMS'], { cwd: join(to, name) });
    assert.deepEqual(
      readdirSync(join(to, name))
        .filter((each) => !/^(?:cp|lb|w)\d$/.test(each))
        .sort(),
      ['README.md', 'SHA256SUMS', 'resources', 'snapshot'],
    );
    assert.ok(readdirSync(join(to, name, 'resources')).includes('secrets.yaml'), '--keys has Secrets too');
    assert.match(readFileSync(join(to, name, 'README.md'), 'utf8'), /haven run restore snapshot\/haven-/);
    assert.match(readFileSync(join(to, name, 'README.md'), 'utf8'), /the same as lb\/haproxy\.cfg here/);
  });

  test('help names every command and every operation, and goes to the standard output', async () => {
    const help = await haven('--help');
    assert.equal(help.code, 0);
    for (const each of ['lint', 'simulate', 'status', 'drift', 'certificates', 'test-snapshot', 'plan', 'run', 'runs'])
      assert.match(help.stdout, new RegExp(`haven ${each}|\\| ${each}`), each);
    assert.equal(
      (await haven('--version')).stdout,
      `haven ${JSON.parse(readFileSync('package.json', 'utf8')).version}\n`,
    );
    const run = await haven('run', '--help');
    assert.equal(run.code, 0);
    const documented = readFileSync('docs/command-line.md', 'utf8');
    const names = [...run.stdout.matchAll(/^ {2}([a-z-]+)/gm)].map((each) => each[1] ?? '');
    assert.ok(names.length >= 20, names.join());
    for (const each of names) assert.ok(documented.includes(`\`${each}`), `docs/command-line.md has ${each}`);
  });

  test('snapshots are downloaded, sent, tested, pruned and deleted; certificates are listed', async () => {
    const name = 'cli-files';
    assert.equal((await haven('run', 'snapshot', '--name', name, '--in', folder, '--yes')).code, 0);
    const [file = ''] = machine('cp1')
      .files.list('/var/lib/rancher/k3s/server/db/snapshots')
      .filter((each) => each.startsWith(name));
    const got = await haven('run', 'download-snapshot', file, home, '--in', folder, '--yes');
    assert.equal(got.code, 0, got.stdout + got.stderr);
    assert.equal(statSync(join(home, file)).mode & 0o777, 0o600);
    const sent = await haven('run', 'send-snapshot', join(home, file), 'cp2', '--in', folder, '--yes');
    assert.equal(sent.code, 0, sent.stdout + sent.stderr);
    assert.ok(machine('cp2').files.has(`/var/lib/haven/snapshots/${file}`));
    assert.deepEqual(readdirSync(join(world.stateFolder, 'snapshots')), [], 'no copy stays');
    const tested = await haven(
      'test-snapshot',
      `cp2:/var/lib/haven/snapshots/${file}`,
      '--in',
      folder,
      '--format',
      'json',
    );
    assert.equal(tested.code, 0, tested.stderr);
    assert.ok(Number(rows(tested.stdout)[0]?.keys) > 0);
    writeFileSync(join(home, 'half'), readFileSync(join(home, file)).subarray(0, 4000));
    assert.equal((await haven('test-snapshot', join(home, 'half'), '--in', folder)).code, 1);
    const pruned = await haven('plan', 'prune-snapshots', name, '--keep', '1', '--in', folder, '--format', 'json');
    assert.equal(pruned.code, 0, pruned.stderr);
    const deleted = ['run', 'delete-snapshots', `cp2:/var/lib/haven/snapshots/${file}`, '--in', folder];
    assert.equal((await haven(...deleted, '--yes')).code, 2, 'the name of the cluster has to be typed');
    assert.equal((await haven(...deleted, '--confirm', 'practice')).code, 0);
    assert.ok(!machine('cp2').files.has(`/var/lib/haven/snapshots/${file}`));
    const certificates = await haven('certificates', folder, '--format', 'json');
    const listed = (rows(certificates.stdout)[0]?.certificates ?? []) as { readonly host: string }[];
    assert.deepEqual([...new Set(listed.map((each) => each.host))].sort(), ['cp1', 'cp2', 'cp3']);
  });

  test('a schedule of snapshots is set; keys of S3 come by the standard input', async () => {
    const args = ['schedule-snapshots', '15 3 * * *', '--keep', '9', '--s3-endpoint', 's3.example.com'];
    const s3 = ['--s3-bucket', 'snapshots', '--s3-folder', 'cli', '--s3-keys', '--secrets-stdin'];
    const keys = 's3-access-key=practice-access-key\ns3-secret-key=practice-secret-key\n';
    const ran = await world.run(['run', ...args, ...s3, '--in', folder, '--yes'], keys);
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    assert.doesNotMatch(ran.stdout + ran.stderr, /practice-secret-key/);
    const dropIn = '/etc/rancher/k3s/config.yaml.d/90-haven-snapshots.yaml';
    assert.match(machine('cp3').files.text(dropIn), /^etcd-snapshot-schedule-cron: "15 3 \* \* \*"$/m);
    assert.ok([...world.practice.objects.keys()].some((each) => each.startsWith('snapshots/cli/')));
    const alone = await haven('plan', 'snapshot', '--no-s3', '--in', folder);
    assert.match(alone.stdout, /does not go to S3, though the settings there ask for it.*--etcd-s3=false/s);
    const odd = await world.run(['plan', ...args, ...s3, '--in', folder], keys.replace('practice-secret', 'a"b'));
    assert.equal(odd.code, 2);
    assert.match(odd.stderr, /holds a blank, a quote or a backslash/);
  });

  test('the plans of the editor are those of the command line, also where nothing stands to be done', async () => {
    const readd = await haven('plan', 'add-member', 'cp2', '--in', folder, '--format', 'json');
    assert.equal(readd.code, 1, 'k3s members join again by themselves');
    const none = await haven('plan', 'discard-restore', 'nothing', '--in', folder);
    assert.match(none.stderr, /no restore "nothing" of this cluster that is over/);
    const drill = await haven('plan', 'failover-drill', '--in', folder);
    assert.equal(drill.code, 0, drill.stderr);
    assert.match(drill.stdout, /keepalived/);
  });
});
