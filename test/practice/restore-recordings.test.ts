import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { PracticeWorld } from '../support/practice';
import { type Recording, readRecordings, verdicts } from '../support/recording';
import { sharedFolder } from '../support/shared';

const folder = sharedFolder('facts', 'k3s', 'recordings', 'restore');
const server = '/var/lib/rancher/k3s/server';

/** Recordings of what a practice machine does not do, and why. */
const notPlayed: Readonly<Record<string, string>> = {
  'variant-config-key': 'no unit of a practice machine resets, and plans refuse such settings',
  'variant-unit-with-reset-flag': 'no unit of a practice machine resets, and plans refuse such settings',
  'variant-not-root': 'everybody on a practice machine is root',
};

/** The lines by which a run is judged: how it moved the database, what it closed with, why it gave up. */
const telling =
  /Pre-restore etcd database moved|Managed etcd cluster|level=fatal|Decompressing|backing up certificates/;

describe('a cluster reset in the practice cluster, beside recordings of real ones', {
  skip: folder === undefined && 'there are no recordings beside the checkout',
}, () => {
  for (const recording of folder === undefined ? [] : readRecordings(folder, /^variant-/)) {
    const reason = notPlayed[recording.name];
    test(recording.name, { skip: reason ?? false }, () => compare(recording));
  }

  test('nothing is left out that is no recording', () => {
    const names = readRecordings(folder ?? '', /^variant-/).map((each) => each.name);
    for (const name of Object.keys(notPlayed)) assert.ok(names.includes(name), name);
  });
});

async function compare(recording: Recording): Promise<void> {
  const world = new PracticeWorld();
  const run = async (text: string) =>
    world.connect('cp1').exec({ argv: ['sh', '-c', text], root: true, timeoutSec: 99 });
  // Bytes that do not pack: some recordings damage the file 100,000 bytes from its start.
  const bulk = Array.from({ length: 4000 }, (_, i) => createHash('sha256').update(String(i)).digest('hex')).join('');
  world.practice.k3s.etcdOf(world.machine('cp1'))?.store.put('/registry/configmaps/default/bulk', bulk);
  const snapshots = `${server}/db/snapshots`;
  await run(`k3s etcd-snapshot save --name packed --snapshot-compress; sleep 2; k3s etcd-snapshot save --name restoreme
    cp ${snapshots}/restoreme-* /root/snap.db; sed -i '/^server:/d' /etc/rancher/k3s/config.yaml`);
  for (const name of ['cp1', 'cp2', 'cp3']) await world.run(name, ['systemctl', 'stop', 'k3s']);
  await run(asPosix(recording.preparation));
  const answer = await run(`cd /root; ${recording.command}`);
  assert.equal(answer.code, recording.exit, answer.stderr);

  const lines = (text: string) => verdicts(text).filter((line) => telling.test(line));
  assert.deepEqual(lines(answer.stderr).sort(), lines(recording.stderr).sort());

  const { files } = world.machine('cp1');
  const have: string[] = [];
  for (const path of ['token', 'tls', 'db/snapshots', 'db/reset-flag', 'db/etcd']) have.push(path);
  for (const name of files.list(server)) if (name.startsWith('tls-')) have.push(name);
  for (const name of files.list(`${server}/db`)) if (name.startsWith('etcd-old-')) have.push(`db/${name}`);
  for (const name of ['config', 'member', 'name']) have.push(`db/etcd/${name}`);
  const shape = (path: string) => {
    const entry = files.get(`${server}/${path}`);
    return entry === undefined ? [] : [`${entry.kind === 'folder' ? 'd' : '-'} ${modeText(entry.mode)} ${plain(path)}`];
  };
  const wanted = recording.filesAfter.map((line) => {
    const [mode = '', , , , , , path = ''] = line.split(/\s+/);
    return `${mode.slice(0, 1)} ${mode.slice(1)} ${plain(path)}`;
  });
  assert.deepEqual(have.flatMap(shape).sort(), wanted.sort());
}

/** What bash was told: a practice shell knows bytes in octal only, as `sh` does. */
const asPosix = (text: string) =>
  text.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => `\\${Number.parseInt(hex, 16).toString(8).padStart(3, '0')}`);

const plain = (path: string) => path.replace(/-\d{6,}$/, '-N');

function modeText(mode: number): string {
  return [6, 3, 0]
    .map((shift) => ['r', 'w', 'x'].map((letter, i) => (((mode >> shift) & (4 >> i)) > 0 ? letter : '-')).join(''))
    .join('');
}
