import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Plan } from '../../../src/ops/plan';
import { planPush } from '../../../src/ops/push-config';
import { configFiles } from '../support/configuration';
import { Lab } from '../support/lab';
import { virtualAddress } from '../support/layout';
import { Operator } from '../support/operator';
import { sleep, until } from '../support/shell';
import { labMissing } from '../support/suite';

const path = '/etc/haproxy/haproxy.cfg';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('pushing files to real machines', { skip: labMissing('machines') }, () => {
  let lab: Lab;
  let operator: Operator;
  let first: string;
  let stamp = Date.now();
  before(() => {
    lab = Lab.running();
    const files = configFiles(lab);
    first = files['lb/haproxy.cfg'] ?? '';
    operator = new Operator(lab, files);
  });
  afterEach(async () => {
    operator.write('lb/haproxy.cfg', first);
    for (const name of ['lb1', 'lb2']) {
      lab.tell(name, `cat >${path} <<'END'\n${first}END`);
      lab.tell(name, 'systemctl reset-failed haproxy; systemctl restart haproxy');
    }
    await lab.healthy();
  });
  after(() => operator?.close());

  const plan = async (text: string, confirmSec = 30): Promise<Plan> => {
    operator.write('lb/haproxy.cfg', text);
    const { files, facts } = await operator.pushFacts('lb/haproxy.cfg');
    const concerns = { blockers: [], warnings: [] };
    const found = planPush(await operator.gather(), facts, { stamp: `lab${++stamp}`, files, confirmSec, concerns });
    assert.deepEqual(found.blockers, []);
    return found;
  };
  const onDisk = (name: string) => lab.read(name, path).toString();
  const workers = (name: string) => lab.tell(name, 'pgrep -x haproxy | sort | tr "\\n" " "');
  const timers = (name: string) => lab.tell(name, 'systemctl list-units --all --no-legend --plain "haven-*" | wc -l');
  const answers = () =>
    lab.tell('cp1', `curl -sk -m 5 -o /dev/null -w '%{http_code}' https://${virtualAddress}:6443/readyz`);
  const changed = () => first.replace('timeout client 4h', 'timeout client 3h');

  test('both load balancers run the new file, the holder of the address last, and keep the old one', async () => {
    const before = { lb1: workers('lb1'), lb2: workers('lb2') };
    const order: string[] = [];
    const made = await plan(changed());
    const result = await operator.run(made, { onStep: (step) => order.push(step.host) });
    assert.equal(result.outcome, 'done', JSON.stringify(result.reason));
    assert.deepEqual([...new Set(order)], ['lb2', 'lb1']);
    for (const name of ['lb1', 'lb2'] as const) {
      assert.equal(sha256(onDisk(name)), sha256(changed()));
      assert.equal(
        sha256(lab.tell(name, `cat /var/lib/haven/kept/lab${stamp}${path}; echo .`).slice(0, -1)),
        sha256(first),
      );
      assert.notEqual(workers(name), before[name], `${name} was not reloaded`);
      assert.equal(timers(name), '0', 'nothing is left that would go back');
    }
    assert.deepEqual(lab.holders(), ['lb1']);
    assert.equal(answers(), '200');
  });

  test('a file that haproxy on the node refuses never gets into its place', async () => {
    const made = await plan(first.replace('balance roundrobin', 'balance roundabout'));
    const result = await operator.run(made);
    assert.equal(result.outcome, 'undone', JSON.stringify(result));
    assert.match(result.stoppedAt?.id ?? '', /^check-.*@lb2$/);
    for (const name of ['lb1', 'lb2']) {
      assert.equal(onDisk(name), first);
      assert.equal(
        lab.tell(name, 'ls -A /etc/haproxy | grep -c haven- || true'),
        '0',
        'nothing of it is left beside it',
      );
      assert.equal(timers(name), '0');
    }
  });

  test('a file that passes every check but closes the door is taken back, on the first node already', async () => {
    const made = await plan(first.replaceAll(':6443\n', ':6444\n').replace('bind *:6444', 'bind *:6443'));
    const result = await operator.run(made);
    assert.equal(result.outcome, 'undone', JSON.stringify(result));
    assert.match(result.stoppedAt?.id ?? '', /^door-.*@lb2$/);
    assert.equal(onDisk('lb2'), first);
    assert.equal(onDisk('lb1'), first);
    await until(
      'the door of lb2 is open again',
      () => lab.shell('lb2', `curl -sk -m 2 -o /dev/null https://127.0.0.1:6443/readyz`).code === 0,
      20,
    );
  });

  test('a no of the operator takes it back', async () => {
    const result = await operator.run(await plan(changed()), { confirm: () => false });
    assert.equal(result.outcome, 'undone');
    assert.equal(onDisk('lb2'), first);
    assert.equal(timers('lb2'), '0');
  });

  for (const step of ['stage', 'way-back', 'arm', 'replace', 'reload', 'keep'])
    test(`the editor dies at ${step}, and the run is gone on with`, async () => {
      const made = await plan(changed());
      const at = made.steps.find((each) => each.id.startsWith(`${step}-`) || each.id.startsWith(`${step}@`));
      assert.ok(at !== undefined);
      assert.equal((await operator.run(made, { dieAt: at.id })).broke, true);
      const record = await operator.lastRun();
      const result = await operator.run(made, { earlier: { record, act: 'resume' } });
      assert.equal(result.outcome, 'done', JSON.stringify(result));
      for (const name of ['lb1', 'lb2']) {
        assert.equal(onDisk(name), changed());
        assert.equal(timers(name), '0');
      }
    });

  test('the editor dies after the new file is read, and the operator takes the run back', async () => {
    const made = await plan(changed());
    assert.equal((await operator.run(made, { dieAt: 'reload-haproxy@lb2' })).broke, true);
    assert.equal(onDisk('lb2'), changed());
    const result = await operator.run(made, { earlier: { record: await operator.lastRun(), act: 'undo' } });
    assert.equal(result.outcome, 'undone', JSON.stringify(result));
    assert.equal(onDisk('lb2'), first);
    assert.equal(timers('lb2'), '0');
  });

  test('the cable of the node is pulled while haproxy reads the file: the run goes on when it is back', async () => {
    const made = await plan(changed());
    const result = await operator.run(made, {
      onStep: (step) => {
        if (step.id !== 'reload-haproxy@lb2') return;
        lab.unplug('lb2');
        setTimeout(() => lab.plug('lb2'), 4000);
      },
    });
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    assert.equal(onDisk('lb2'), changed());
    assert.equal(onDisk('lb1'), changed());
  });

  test('a node that nobody can reach any more goes back by itself', async () => {
    const made = await plan(changed(), 5);
    assert.equal((await operator.run(made, { dieAt: 'reload-haproxy@lb2' })).broke, true);
    assert.equal(onDisk('lb2'), changed());
    lab.unplug('lb2');
    try {
      await until('lb2 has its old file again', () => onDisk('lb2') === first, 150);
    } finally {
      lab.plug('lb2');
    }
    await sleep(1000);
    assert.equal(lab.tell('lb2', 'systemctl is-active haproxy'), 'active');
  });
});
