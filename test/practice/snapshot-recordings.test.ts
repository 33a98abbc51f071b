import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { bootstrapKey } from '../../src/run/practice/k3s/config';
import { PracticeWorld } from '../support/practice';
import { type Recording, readRecordings, verdicts } from '../support/recording';
import { sharedFolder } from '../support/shared';

const folder = sharedFolder('facts', 'k3s', 'recordings', 'snapshot');
const snapshots = '/var/lib/rancher/k3s/server/db/snapshots';

/** The state in which a command was recorded, where it was another than three healthy servers with some snapshots. */
interface Scene {
  readonly on?: string;
  readonly before?: string;
  /** What the small disk of the recording has room for. */
  readonly fits?: 'nothing' | 'the plain file';
}

const stopped = 'systemctl stop k3s';
const empty = `rm -rf ${snapshots}; mkdir -m 700 ${snapshots}`;
const external = 'echo "datastore-endpoint: http://127.0.0.1:9999" >>/etc/rancher/k3s/config.yaml';
const scenes: Readonly<Record<string, Scene>> = {
  'agent-ls': { on: 'w1' },
  'agent-save': { on: 'w1' },
  'delete-missing': {},
  'delete-none': {},
  'delete-slash': {},
  'delete-two-one-missing': { before: 'k3s etcd-snapshot save --name UPPER' },
  delete: {},
  'external-delete': { before: external },
  'external-ls-json': { before: external },
  'external-ls': { before: external },
  'external-prune': { before: external },
  'external-save': { before: external },
  'list-alias': {},
  'ls-bad-output': {},
  'ls-cp2': { on: 'cp2', before: 'k3s etcd-snapshot save' },
  'ls-empty.json': { before: empty },
  'ls-empty': { before: empty },
  'prune-nothing': {},
  'save-argument': {},
  'save-bad-dir': {},
  'save-compress': {},
  'save-dir-is-file': {},
  'save-k3s-stopped': { before: stopped },
  'save-full-disk': { fits: 'nothing' },
  'save-full-disk-compress': { fits: 'the plain file' },
  'save-name': {},
  'save-name-odd-0': {},
  'save-name-odd-1': {},
  'save-name-odd-2': {},
  'save-name-odd-3': {},
  'save-name-odd-4': {},
  'save-name-odd-7': {},
  'save-name-odd-9': {},
  'save-name-odd-10': {},
  'save-name-odd-11': {},
  save: {},
  'wrong-token': {},
};

describe('k3s etcd-snapshot in the practice cluster, beside recordings of a real one', {
  skip: folder === undefined && 'there are no recordings beside the checkout',
}, () => {
  test('a token is told by the hash that k3s itself writes to its snapshots', () => {
    const text = readFileSync(join(folder ?? '', 'etcdsnapshotfile.yaml.txt'), 'utf8');
    const hash = /snapshot-token-hash: ([0-9a-f]+)/.exec(text)?.[1];
    assert.equal(bootstrapKey(`K10${'ab'.repeat(32)}::server:lab-k3s-token-0123456789abcdef\n`), `/bootstrap/${hash}`);
  });

  const recordings = new Map(
    folder === undefined ? [] : readRecordings(folder, /\.txt$/).map((each) => [each.name, each] as const),
  );
  for (const [name, scene] of Object.entries(scenes)) {
    test(name, async () => {
      const recording = recordings.get(name);
      assert.ok(recording !== undefined, 'there is no such recording');
      await compare(recording, scene);
    });
  }
});

async function compare(recording: Recording, { on = 'cp1', before = 'true', fits }: Scene): Promise<void> {
  const world = new PracticeWorld();
  const run = async (text: string) => world.connect(on).exec({ argv: ['sh', '-c', text], root: true, timeoutSec: 99 });
  if (on !== 'w1') {
    await run(`for n in on-demand before-upgrade; do k3s etcd-snapshot save --name $n; sleep 1; done
      k3s etcd-snapshot save --name packed --snapshot-compress; ${before}`);
  }
  const { files } = world.machine(on);
  if (fits !== undefined) {
    const plainFile = files.list(snapshots).find((each) => each.startsWith('on-demand')) ?? '';
    const bytes = fits === 'nothing' ? 300 : files.read(`${snapshots}/${plainFile}`).length + 100;
    files.makeFolders('/mnt/small');
    files.limits.set('/mnt/small', bytes);
  }
  // A small disk is set up from outside: practice machines have no mounts.
  const command = recording.command.replace(/mount [^;]*;/g, '').replace(/\bdf [^;]*;/g, '');
  const answer = await run(command);
  assert.equal(answer.code, recording.exit, answer.stderr);
  const said = (text: string) => verdicts(text).map((line) => line.replace(/ID \d+/, 'ID N'));
  assert.deepEqual(said(answer.stderr), said(recording.stderr));
  assert.deepEqual(shape(answer.stdout), shape(recording.stdout));
}

/** Lines of lists with what differs between two clusters taken out; which other files lie there is not compared. */
function shape(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/\s+/g, ' ').replace(/\d{4}-\d\d-\d\dT[\d:]+Z/g, 'TIME'))
    .filter((line) => /^(?:Name |\S+ file:|[{}"[\]])/.test(line.trim()))
    .map((line) => line.replace(/\d{3,}/g, 'N'))
    .slice(0, 2);
}
