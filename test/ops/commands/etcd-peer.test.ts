import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

/** Runs what takes cp2 out against a curl that answers the first, second … call as it is told; the last answer is given again. */
function removal(lists: readonly string[], removals: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'haven-peer-'));
  try {
    const answer = (name: string, answers: readonly string[]) =>
      `echo "$*" >>${folder}/${name}; case $(wc -l <${folder}/${name}) in
${answers.map((each, index) => `${index + 1 === answers.length ? '*' : index + 1}) ${each};;`).join('\n')}
esac`;
    const script = `#!/bin/sh\ncase "$*" in\n*member/list) ${answer('listed', lists)};;\n*) ${answer('removed', removals)};;\nesac\n`;
    writeFileSync(join(folder, 'with'), list(['"ID":"112"', '"name":"cp2"', url], ', '));
    writeFileSync(join(folder, 'without'), '{"members":[{"ID":"927", "name":"cp1"}]}\n');
    writeFileSync(join(folder, 'curl'), `${script.replaceAll('FOLDER', folder)}`, { mode: 0o755 });
    writeFileSync(join(folder, 'sleep'), '#!/bin/sh\n', { mode: 0o755 });
    const [program = '', ...words] = removePeer('kubeadm', '10.0.0.12').argv.map(String);
    const ended = spawnSync(program, words, { encoding: 'utf8', env: { PATH: `${folder}:${process.env.PATH}` } });
    const calls = (name: string) =>
      existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8').trim().split('\n') : [];
    return { code: ended.status, said: ended.stdout, listed: calls('listed'), removed: calls('removed') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const refused = 'exit 7';
const late = 'exit 28';
const unhealthy = `echo '{"error":"etcdserver: unhealthy cluster","code":14}'`;
const gone = `echo '{"members":[]}'`;

describe('a member is taken out again and again', () => {
  test('while etcd says that the cluster is unhealthy, or does not answer', () => {
    const { code, said, removed } = removal(['cat FOLDER/with'], [late, unhealthy, refused, gone]);
    assert.equal(code, 0);
    assert.match(said, /\{"members":\[\]\}\n$/);
    assert.equal(removed.length, 4);
    for (const call of removed) assert.match(call, /-d \{"ID":"112"\} .*member\/remove$/);
  });

  test('while nobody tells who the members are: a server that is being started anew is no list without the member', () => {
    const { code, listed, removed } = removal(
      [refused, late, `echo '{"error":"no leader"}'`, 'cat FOLDER/with'],
      [gone],
    );
    assert.equal(code, 0);
    assert.equal(listed.length, 4);
    assert.equal(removed.length, 1);
  });

  test('until it is gone, although what said so was lost', () => {
    const { code, removed } = removal(['cat FOLDER/with', 'cat FOLDER/without'], [late]);
    assert.equal(code, 0);
    assert.equal(removed.length, 1);
  });

  test('but not for ever, and not without curl', () => {
    const { code, listed } = removal([late], [gone]);
    assert.equal(code, 1);
    assert.equal(listed.length, 10);
    assert.equal(removal(['exit 127'], [gone]).listed.length, 1);
  });
});
