import assert from 'node:assert/strict';
import { test } from 'node:test';
import { render } from '../../../src/base/message';
import { failoverDocument, Workspace } from '../../../src/service';

function config(priority: number, weight: number): string {
  return `vrrp_script chk_haproxy {
    script "/usr/bin/killall -0 haproxy"
    interval 2
    fall 2
    weight ${weight}
}
vrrp_instance API {
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority ${priority}
    virtual_ipaddress {
        10.0.0.100/24
    }
    track_script {
        chk_haproxy
    }
}
`;
}

function workspaceOf(weight: number): Workspace {
  const workspace = new Workspace();
  workspace.open('lb1/keepalived.conf', config(110, weight));
  workspace.open('lb2/keepalived.conf', config(100, weight));
  return workspace;
}

function lenses(workspace: Workspace, path: string): string[] {
  const file = workspace.file(path);
  const found = file?.language.lenses?.(file.analysis, workspace.together(path)) ?? [];
  return found.map((each) => render(each.title));
}

test('a lens says who holds the address, who is next, and how soon', () => {
  const workspace = workspaceOf(-20);
  // From a power cut (2.6 s at the earliest) to a check that is noticed after two intervals (7.7 s at the latest).
  assert.deepEqual(lenses(workspace, 'lb1/keepalived.conf'), ['holds 10.0.0.100 · next: lb2 in 2.6–7.7 s']);
  assert.deepEqual(lenses(workspace, 'lb2/keepalived.conf'), ['backup of lb1 · takes 10.0.0.100 over in 2.6–7.7 s']);
});

test('a lens counts the failures that end badly, and follows an edit of the other file', () => {
  const workspace = workspaceOf(2);
  assert.equal(lenses(workspace, 'lb1/keepalived.conf')[1], '1 of 6 single failures end badly');
  for (const path of ['lb1/keepalived.conf', 'lb2/keepalived.conf']) {
    const text = workspace.file(path)?.text ?? '';
    const start = text.indexOf('weight 2') + 'weight '.length;
    workspace.edit(path, [{ span: { start, end: start + 1 }, newText: '-20' }]);
  }
  assert.equal(lenses(workspace, 'lb1/keepalived.conf').length, 1);
});

test('a file without a partner has no lens and no matrix', () => {
  const workspace = new Workspace();
  workspace.open('lb1/keepalived.conf', config(110, 2));
  assert.deepEqual(lenses(workspace, 'lb1/keepalived.conf'), []);
  assert.equal(failoverDocument(workspace, 'lb1/keepalived.conf', render), undefined);
});

test('the matrix puts the failures that end badly first', () => {
  const page = failoverDocument(workspaceOf(2), 'lb2/keepalived.conf', render) ?? '';
  const rows = page.slice(page.indexOf('## One failure')).split('\n');
  assert.equal(
    rows.find((each) => each.includes('10.0.0.100')),
    '| chk_haproxy fails on lb1 | 10.0.0.100 | lb1 | stays | **stays on the broken node** |',
  );
  assert.match(page, /\| lb1 loses power \| 10\.0\.0\.100 \| lb2 \| 2\.6–3\.7 s \| ✓ \|/);
  assert.match(page, /\| lb1 \| API \| 112 \| chk_haproxy \(\+2\) \|/);
});
