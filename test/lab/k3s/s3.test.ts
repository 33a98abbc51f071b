import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { render, say } from '../../../src/base/message';
import { Secret } from '../../../src/base/secret';
import type { Plan } from '../../../src/ops/plan';
import { concernText } from '../../../src/ops/render-plan';
import { planK3sRestore } from '../../../src/ops/restore/plan-k3s';
import { keysOf, type S3Object } from '../../../src/ops/restore/restore-snapshot';
import { canSaveAlone, planSnapshot } from '../../../src/ops/snapshot';
import { S3Server } from '../../support/s3-server';
import { Lab } from '../support/lab';
import { clientAddress } from '../support/layout';
import { notesOf } from '../support/notes';
import { Operator, type OperatorRun } from '../support/operator';
import { carryOut, localFile, stamp } from '../support/plans';
import { must } from '../support/shell';
import { labMissing } from '../support/suite';

const bucket = 'lab-snapshots';
const accessKey = 'LABACCESSKEY0123';
const secretKey = 'lab-secret-key-nobody-else-has';
const database = '/var/lib/rancher/k3s/server/db';
const ca = '/etc/rancher/k3s/s3-ca.crt';
const own = '/etc/rancher/k3s/config.yaml.d/80-s3-ca.yaml';
/** What Haven writes. */
const set = '/etc/rancher/k3s/config.yaml.d/91-haven-s3.yaml';

describe('a real k3s and S3', { skip: labMissing('k3s') }, () => {
  let lab: Lab;
  let operator: Operator;
  let s3: S3Server;
  let folder: string;
  /** Every command that was sent to a machine. */
  const sent: string[] = [];
  const plans: Plan[] = [];
  /** What the restores put down on the servers is named by these. */
  const stamps: string[] = [];
  const keys = { accessKey, secretKey };

  before(async () => {
    lab = Lab.running();
    operator = new Operator(lab);
    folder = mkdtempSync(join(tmpdir(), 'haven-s3-'));
    const [key, cert] = [join(folder, 's3.key'), join(folder, 's3.crt')];
    must([
      ...['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
      ...['-subj', '/CN=s3', '-addext', `subjectAltName=IP:${clientAddress}`, '-keyout', key, '-out', cert],
    ]);
    const files = { key: readFileSync(key), cert: readFileSync(cert) };
    s3 = new S3Server({ host: clientAddress, port: 9000, ...files, keys });
    s3.buckets.add(bucket);
    await s3.start();
    // What a place with an authority of its own has in its files: k3s trusts that one alone.
    for (const { name } of lab.servers)
      lab.tell(
        name,
        `mkdir -p ${own.slice(0, own.lastIndexOf('/'))}; echo 'etcd-s3-endpoint-ca: ${ca}' >${own}; cat >${ca} <<'END'\n${files.cert}END`,
      );
    await lab.healthy(240);
  });
  after(async () => {
    operator?.close();
    await s3?.stop();
    // Tests that come after this one have no S3.
    for (const { name } of lab?.servers ?? []) lab.shell(name, `rm -f ${own} ${set}`);
    rmSync(folder, { recursive: true, force: true });
  });

  const run = (plan: Plan, options: OperatorRun = {}) => {
    plans.push(plan);
    return operator.run(plan, { onCommand: (words) => sent.push(words), ...options });
  };
  const { write: note, has } = notesOf(() => lab);
  const mark = `${Date.now()}`;
  let object = '';

  async function restorePlan(snapshot: S3Object): Promise<Plan> {
    const own = stamp();
    stamps.push(own);
    const plan = planK3sRestore(await operator.gather(), await operator.restoreFacts('', ''), {
      stamp: own,
      absent: [],
      snapshot,
    });
    assert.deepEqual(
      plan.blockers.map((each) => `${each.host} ${render(each.message)}`),
      [],
    );
    return plan;
  }

  test('servers get it one by one; a key that is refused is told and nothing is saved; with the right one a snapshot comes there', async () => {
    const plan = await operator.s3Plan(stamp(), {
      endpoint: `${clientAddress}:9000`,
      bucket,
      folder: 'prod',
      keys: 'typed',
    });
    assert.deepEqual(plan.blockers, []);
    const secrets = new Map([
      ['s3-access-key', new Secret(accessKey)],
      ['s3-secret-key', new Secret(secretKey)],
    ]);
    // The keys are right, and the server has others: to k3s that is the same as mistyped ones.
    keys.secretKey = 'another';
    const refused = await run(plan, { secrets });
    assert.equal(refused.outcome, 'failed', JSON.stringify(refused));
    assert.match(refused.stoppedAt?.id ?? '', /^try-s3@/);
    assert.match(JSON.stringify(refused.reason), new RegExp(`failed to test for existence of bucket ${bucket}`));
    assert.equal(s3.objects.size, 0);
    keys.secretKey = secretKey;
    const result = await run(plan, { secrets, earlier: { record: await operator.lastRun(), act: 'resume' } });
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    await lab.healthy(240);
    assert.match([...s3.objects.keys()].join(), new RegExp(`^${bucket}/prod/haven-s3-`));
  });

  test('a snapshot lies on its server and in S3, the same bytes', async () => {
    note('kept');
    const name = `s3-${mark}`;
    await carryOut(operator, planSnapshot(await operator.gather(), name));
    note('lost');
    const [key = ''] = [...s3.objects.keys()].filter((each) => each.startsWith(`${bucket}/prod/${name}-`));
    object = key.slice(key.lastIndexOf('/') + 1);
    const host = lab.servers.find((each) => object.includes(`-${each.name}-`))?.name ?? '';
    const local = await operator.bring(host, `${database}/snapshots/${object}`);
    assert.deepEqual(s3.objects.get(key)?.bytes, readFileSync(local.path));
  });

  test('while S3 is away a snapshot is saved on the server before it fails, or not at all, as is said; without S3 it is taken', async () => {
    await s3.stop();
    const saved = (host: string, name: string) =>
      lab
        .tell(host, `ls ${database}/snapshots`)
        .split('\n')
        .filter((each) => each.startsWith(`${name}-`));
    try {
      // This k3s has been in S3 since it started, and saves before it goes there again.
      const known = planSnapshot(await operator.gather(), `known-${mark}`);
      const host = known.steps[0]?.host ?? '';
      const late = await run(known);
      assert.equal(late.stoppedAt?.id, `see-s3@${host}`, JSON.stringify(late));
      assert.match(concernText(late.reason ?? { message: say('-') }, render), /upload to S3.*is whole and stays/s);
      assert.ok(saved(host, `known-${mark}`).length > 0);
      lab.tell(host, 'systemctl restart k3s');
      await lab.healthy(240);
      const plan = planSnapshot(await operator.gather(), `away-${mark}`);
      const other = plan.steps[0]?.host ?? '';
      lab.tell(other, 'systemctl restart k3s');
      await lab.healthy(240);
      const refused = await run(plan);
      assert.equal(refused.stoppedAt?.id, `save-snapshot@${other}`, JSON.stringify(refused));
      const words = concernText(refused.reason ?? { message: say('-') }, render);
      assert.match(words, new RegExp(`S3 client: .*${clientAddress}:9000.*nothing on the server.*--no-s3`, 's'));
      assert.ok(canSaveAlone(refused.reason));
      assert.deepEqual(saved(other, `away-${mark}`), []);
      const alone = await operator.gather();
      const kept = planSnapshot(alone, `alone-${mark}`, 'here');
      await carryOut(operator, kept);
      assert.equal(saved(kept.steps[0]?.host ?? '', `alone-${mark}`).length, 1);
    } finally {
      await s3.start();
      s3.buckets.add(bucket);
    }
  });

  test('an object that is not there leaves the cluster as it was, and the run is taken back', async () => {
    const plan = await restorePlan({ object: `not-${object}` });
    const result = await run(plan);
    assert.equal(result.outcome, 'failed', JSON.stringify(result));
    assert.match(result.stoppedAt?.id ?? '', /^reset@/);
    assert.match(JSON.stringify(result.reason), /the former database is back in its place/);
    const back = await run(plan, { earlier: { record: await operator.lastRun(), act: 'undo' } });
    assert.equal(back.outcome, 'undone', JSON.stringify(back));
    await lab.healthy(240);
    assert.ok(has('kept') && has('lost'));
  });

  test('restored with settings from here: whatever S3 does in between, the former database is back, and the run goes on', async () => {
    const settings = join(folder, 's3.yaml');
    const lines = {
      endpoint: `${clientAddress}:9000`,
      'endpoint-ca': ca,
      bucket,
      folder: 'prod',
      'access-key': accessKey,
      'secret-key': secretKey,
      timeout: '20s',
    };
    const text = Object.entries(lines).map(([key, value]) => `etcd-s3-${key}: ${value}\n`);
    writeFileSync(settings, text.join(''));
    const given = { ...(await localFile(settings)), keys: keysOf(text.join('')) };
    const plan = await restorePlan({ object, settings: given });
    const host = plan.steps.find((each) => each.id.startsWith('reset@'))?.host ?? '';
    const token = lab.tell(host, 'sha256sum </var/lib/rancher/k3s/server/token');
    const stored = s3.objects.get(`${bucket}/prod/${object}`);
    assert.ok(stored !== undefined);
    const whole = stored.bytes;
    const isObject = (method: string, path: string) => method === 'GET' && path.endsWith(object);
    const flip = Buffer.from(whole);
    flip[whole.length >> 1] = (flip[whole.length >> 1] ?? 0) ^ 1;
    const faults: readonly (readonly [string, () => unknown, RegExp])[] = [
      ['wrong key', () => Object.assign(keys, { secretKey: 'another' }), /failed to test for existence of bucket/],
      ['bucket gone', () => s3.buckets.delete(bucket), /bucket lab-snapshots does not exist/],
      ['away', () => s3.stop(), /failed to test for existence of bucket/],
      [
        'away in the middle',
        () => {
          s3.fault = (...asked) => (isObject(...asked) ? 'cut in the middle' : undefined);
        },
        /failed to download snapshot from S3/,
      ],
      [
        'silent in the middle',
        () => {
          s3.fault = (...asked) => (isObject(...asked) ? 'silent' : undefined);
        },
        /failed to download snapshot from S3/,
      ],
      [
        'truncated there',
        () => {
          stored.bytes = whole.subarray(0, whole.length - 1000);
        },
        /snapshot missing hash/,
      ],
      [
        'damaged there',
        () => {
          stored.bytes = flip;
        },
        /expected sha256/,
      ],
    ];
    const mend = async () => {
      await s3.stop();
      await s3.start();
      s3.buckets.add(bucket);
      s3.fault = () => undefined;
      keys.secretKey = secretKey;
      stored.bytes = whole;
    };
    let begun = false;
    for (const [name, spoil, words] of faults) {
      await spoil();
      const earlier = begun ? { earlier: { record: await operator.lastRun(), act: 'resume' as const } } : {};
      const result = await run(plan, earlier);
      begun = true;
      assert.equal(result.outcome, 'failed', `${name}: ${JSON.stringify(result)}`);
      assert.equal(result.stoppedAt?.id, `reset@${host}`, name);
      const reason = JSON.stringify(result.reason);
      assert.match(reason, /the former database is back in its place/, name);
      assert.match(reason, words, name);
      assert.equal(lab.tell(host, 'sha256sum </var/lib/rancher/k3s/server/token'), token, name);
      const left = lab.tell(host, `ls ${database}; ls ${database}/snapshots; test -s ${database}/etcd/member/snap/db`);
      assert.doesNotMatch(left, /reset-flag|part\.minio/, name);
      await mend();
    }
    const result = await run(plan, { earlier: { record: await operator.lastRun(), act: 'resume' } });
    assert.equal(result.outcome, 'done', JSON.stringify(result));
    await lab.healthy(240);
    assert.ok(has('kept') && !has('lost'));
    const folders = stamps.map((each) => `/var/lib/haven/restore-${each} /run/haven-restore-${each}`).join(' ');
    const files = lab.tell(host, `grep -rlF lab-secret-key ${folders} ${database} 2>/dev/null || true`);
    assert.equal(files, '', 'the settings are gone again');
  });

  test('no key is in a command, a plan, a journal of a run or of k3s', async () => {
    const runs = join(operator.folder, 'runs');
    const journals = readdirSync(runs, { recursive: true, encoding: 'utf8' }).flatMap((name) => {
      try {
        return readFileSync(join(runs, name), 'utf8');
      } catch {
        return [];
      }
    });
    assert.ok(sent.length > 50 && plans.length > 2 && journals.length > 2);
    const logs = lab.servers.map((each) =>
      lab.tell(each.name, 'journalctl -u k3s -o cat | grep -cF lab-secret-key || true'),
    );
    assert.deepEqual(logs, ['0', '0', '0']);
    for (const text of [...sent, JSON.stringify(plans), ...journals]) assert.ok(!text.includes(secretKey));
  });
});
