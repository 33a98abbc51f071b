import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Workspace } from '../../src/service';
import { guidesReview } from '../support/guides';
import { sharedFolder } from '../support/shared';

/** The mistakes in the guides that their readers know of: which guide, a word of the line, the rule that says so. */
const known: readonly (readonly [string, RegExp, string])[] = [
  ['001', /^\s*weight 2$/, 'keepalived/small-weight'],
  ['002', /^\s*check_apiserver$/, 'keepalived/conflicting-settings'],
  ['002', /auth_pass .*#/, 'keepalived/comment-cuts-value'],
  ['001', /auth_pass mypassword/, 'keepalived/bad-value'],
  ['002', /option httpchk/, 'haproxy/check-replaced'],
  ['001', /^advertiseAddress:|^\s+advertiseAddress:/, 'kubeadm/misplaced-field'],
  ['000', /^write-kubeconfig-mode: "0644"/, 'k3s/readable-kubeconfig'],
  ['000', /^rm -rf \/var\/lib\/rancher\/k3s\/server\/db/, 'runbook/removes-snapshots'],
  ['000', /etcd-s3-secret-key/, 'runbook/literal-secret'],
];

const folder = sharedFolder('guides');

test('the mistakes in the guides are found on their lines', {
  skip: folder === undefined ? 'the guides are not there' : false,
}, () => {
  for (const [guide, line, rule] of known) {
    const name = readdirSync(folder ?? '').find((each) => each.startsWith(guide)) ?? '';
    const text = readFileSync(join(folder ?? '', name), 'utf8');
    const workspace = new Workspace();
    workspace.open(`${guide}.md`, text);
    const lines = text.split('\n');
    const said = workspace
      .diagnose(`${guide}.md`)
      .filter((each) => each.rule === rule)
      .map((each) => lines[workspace.file(`${guide}.md`)?.lines.positionAt(each.span.start).line ?? 0] ?? '');
    assert.ok(
      said.some((each) => line.test(each)),
      `${guide}: ${rule} on a line like ${line}, but only on ${JSON.stringify(said)}`,
    );
  }
});

test('the page about the guides says what the rules say now, and every finding has been judged', {
  skip: folder === undefined ? 'the guides are not there' : false,
}, () => {
  const page = guidesReview(folder ?? '');
  assert.ok(!page.includes('NOT JUDGED YET'), 'judge the new finding in test/support/guides.ts');
  assert.equal(readFileSync('docs/guides-review.md', 'utf8'), page, 'run test/accuracy/guides.ts');
});
