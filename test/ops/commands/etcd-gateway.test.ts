import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { etcdFactsCommand, etcdPost, hexId, parseEtcdFacts } from '../../../src/ops/commands/etcd-gateway';
import { sharedFolder } from '../../support/shared';
import { freePort } from '../../support/sshd';

test('answers of a healthy member, an alarm, and a member without a leader', () => {
  const shared = sharedFolder();
  const recording = shared === undefined ? '' : join(shared, 'facts/k3s/recordings/status/etcd-http-2382.txt');
  const healthy = existsSync(recording)
    ? readFileSync(recording, 'utf8')
        .replace(/^== gateway member list$/m, '=== cluster/member/list')
        .replace(/^== gateway status$/m, '=== maintenance/status')
        .replace(/\[\d+\]$/gm, '')
        .replace(/^== plain http$/m, '=== end')
    : `=== cluster/member/list
{"header":{"cluster_id":"12102231493559379567","member_id":"2677674080080550774"},"members":[{"ID":"1156697078384406001","name":"cp2-da12a17a","peerURLs":["https://10.77.0.12:2380"],"clientURLs":["https://10.77.0.12:2379"]},{"ID":"2677674080080550774","name":"cp1-7b9c2f19","peerURLs":["https://10.77.0.11:2380"]},{"ID":"17998905180622262923","name":"cp3-13b310a4","peerURLs":["https://10.77.0.13:2380"]}]}
=== maintenance/status
{"header":{"cluster_id":"12102231493559379567","member_id":"2677674080080550774","revision":"791","raft_term":"2"},"version":"3.6.5","dbSize":"974848","leader":"2677674080080550774","dbSizeInUse":"974848"}
=== end`;
  const facts = parseEtcdFacts(healthy);
  assert.deepEqual(
    facts?.members.map((each) => each.name),
    ['cp2-da12a17a', 'cp1-7b9c2f19', 'cp3-13b310a4'],
  );
  assert.equal(facts?.memberId, facts?.leaderId);
  assert.equal(facts?.databaseBytes, 974848);
  assert.equal(hexId('11747212033241582129'), 'a3067b1ad68f0a31');

  const lost = parseEtcdFacts(
    '\n=== cluster/member/list\n\n=== maintenance/status\n{"header":{"cluster_id":"1","member_id":"2"},"version":"3.6.5","dbSize":"28672","errors":["etcdserver: no leader"]}\n=== maintenance/alarm\n',
  );
  assert.deepEqual([lost?.members, lost?.leaderId, lost?.errors], [[], '0', ['etcdserver: no leader']]);
  const full = parseEtcdFacts(
    '=== maintenance/status\n{"header":{"member_id":"2"}}\n=== maintenance/alarm\n{"header":{},"alarms":[{"memberID":"2844525251941016472","alarm":"NOSPACE"}]}\n',
  );
  assert.deepEqual(full?.alarms, [{ memberId: '2844525251941016472', alarm: 'NOSPACE' }]);
  assert.equal(parseEtcdFacts('=== no-curl\n'), undefined);
});

const hasEtcd = (() => {
  try {
    execFileSync('etcd', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    // Not installed: the real one cannot be asked.
    return false;
  }
})();

describe('with a real etcd', { skip: hasEtcd ? false : 'no etcd here' }, () => {
  test('its gateway answers the calls in the form that is read', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'haven-etcd-'));
    const [client, peer] = [await freePort(), await freePort()];
    const [url, peerUrl] = [`http://127.0.0.1:${client}`, `http://127.0.0.1:${peer}`];
    const etcd = spawn(
      'etcd',
      ['--data-dir', join(folder, 'data'), '--listen-client-urls', url, '--advertise-client-urls', url]
        .concat(['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl])
        .concat(['--initial-cluster', `default=${peerUrl}`]),
      { stdio: 'ignore' },
    );
    const shell = (argv: readonly string[]) => {
      const words = argv.map((each) => each.replace('https://127.0.0.1:2379', url));
      return execFileSync(words[0] ?? '', words.slice(1), { encoding: 'utf8' });
    };
    try {
      const command = etcdFactsCommand('kubeadm').argv.map(String);
      let facts = parseEtcdFacts(shell(command));
      // The list is asked for before the status: a leader may have been found between the two.
      const awaited = () => (facts?.leaderId ?? '0') === '0' || facts?.members.length === 0;
      for (let tries = 0; tries < 300 && awaited(); tries++) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        facts = parseEtcdFacts(shell(command));
      }
      assert.deepEqual(
        facts?.members.map((each) => [each.name, each.id === facts?.memberId]),
        [['default', true]],
      );
      assert.deepEqual(facts?.alarms, []);
      const defragment = etcdPost('kubeadm', 'maintenance/defragment', {}, 60).argv.map(String);
      assert.doesNotMatch(shell(defragment), /error/);
      const remove = etcdPost('kubeadm', 'cluster/member/remove', { ID: '1234' }).argv.map(String);
      assert.match(shell(remove), /member not found/);
      // By this a refusal is known, whatever release it is of.
      assert.equal((JSON.parse(shell(remove)) as { code?: number }).code, 5);
    } finally {
      etcd.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
