import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { holds } from '../../../src/ops/command';
import { peerVotes, removePeer } from '../../../src/ops/commands/etcd-peer';

const { yesWhen } = peerVotes('cp1', 'kubeadm', '10.0.0.12', 0);
const votes = (stdout: string) => holds(yesWhen, { code: 0, stdout, stderr: '' });

/** As the gateway of etcd prints it; `comma` is what this build puts between two values. */
const list = (second: readonly string[], comma: string) =>
  `{"header":{"cluster_id":"94576","raft_term":"2"}${comma}"members":[${[
    ['"ID":"927"', '"name":"cp1"', '"peerURLs":["https://10.0.0.11:2380"]', '"clientURLs":["https://10.0.0.11:2379"]'],
    second,
  ]
    .map((each) => `{${each.join(comma)}}`)
    .join(comma)}]}\n`;
const url = '"peerURLs":["https://10.0.0.12:2380"]';

describe('a member that joins is seen to vote', () => {
  for (const comma of [',', ', '])
    test(`with "${comma}" between values`, () => {
      assert.ok(votes(list(['"ID":"112"', '"name":"cp2"', url, '"clientURLs":["https://10.0.0.12:2379"]'], comma)));
      assert.ok(!votes(list(['"ID":"112"', '"name":"cp2"', url, '"isLearner":true'], comma)), 'a learner');
      assert.ok(!votes(list(['"ID":"112"', '"name":""', url], comma)), 'one that was only added');
      assert.ok(!votes(list(['"ID":"112"', url], comma)), 'one without a name');
    });
});

test('a member is taken out again and again while etcd says that the cluster is unhealthy, or does not answer', () => {
  const folder = mkdtempSync(join(tmpdir(), 'haven-peer-'));
  try {
    const asked = join(folder, 'asked');
    const script = `#!/bin/sh
case "$*" in
  *member/list) cat ${folder}/list;;
  *) echo "$*" >>${asked}
    case $(wc -l <${asked}) in
      1) exit 28;;
      2) echo '{"error":"etcdserver: unhealthy cluster","code":14}';;
      *) echo '{"members":[]}';;
    esac;;
esac
`;
    writeFileSync(join(folder, 'list'), list(['"ID":"112"', '"name":"cp2"', url], ', '));
    writeFileSync(join(folder, 'curl'), script, { mode: 0o755 });
    writeFileSync(join(folder, 'sleep'), '#!/bin/sh\n', { mode: 0o755 });
    const [program = '', ...words] = removePeer('kubeadm', '10.0.0.12').argv.map(String);
    const said = execFileSync(program, words, { encoding: 'utf8', env: { PATH: `${folder}:${process.env.PATH}` } });
    assert.equal(said, '{"members":[]}\n');
    const calls = readFileSync(asked, 'utf8').trim().split('\n');
    assert.equal(calls.length, 3);
    for (const call of calls) assert.match(call, /-d \{"ID":"112"\} .*member\/remove$/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
