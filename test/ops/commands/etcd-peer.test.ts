import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { holds } from '../../../src/ops/command';
import { peerVotes } from '../../../src/ops/commands/etcd-peer';

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
