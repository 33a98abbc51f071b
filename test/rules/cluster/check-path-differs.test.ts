import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Workspace } from '../../../src/service';
import { splitFiles } from '../../support/files';

const page = readFileSync('src/rules/cluster/check-path-differs.md', 'utf8');
const files = splitFiles(/^```yaml bad\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? '', 'haven.yaml');

/** The files in which the rule marks the path when the second load balancer runs `path`, and a third one `third`. */
function told(path: string, third?: string): readonly string[] {
  const workspace = new Workspace();
  const all = files.map((each) => ({ ...each, text: each.text.replace(/\/etc\/keepalived\/chekc_\w+\.sh/, path) }));
  const [inventory, first] = all;
  if (third !== undefined && inventory !== undefined && first !== undefined) {
    const lines = first.path === 'haven.yaml' ? inventory : first;
    inventory.text = `${inventory.text}      - { file: keepalived-lb3.conf, on: [lb3] }\n`.replace(
      '    configs:',
      '      - { name: lb3, address: 10.0.0.23, roles: [loadbalancer] }\n    configs:',
    );
    all.push({
      path: 'keepalived-lb3.conf',
      text: lines.text.replace('/etc/keepalived/check_apiserver.sh', third).replace('priority 120', 'priority 90'),
    });
  }
  for (const file of all) workspace.open(file.path, file.text);
  return all.flatMap((file) =>
    // The related place in another file is told there in words of its own.
    workspace
      .diagnose(file.path)
      .filter(({ rule, message }) => rule === 'cluster/check-path-differs' && message.args.length === 3)
      .map(() => file.path),
  );
}

test('of two paths that differ by a slip one is told with the other, and of three the odd one', () => {
  const [good, slip] = ['/etc/keepalived/check_apiserver.sh', '/etc/keepalived/chekc_apiserver.sh'];
  assert.deepEqual(told(slip), ['keepalived-lb2.conf']);
  assert.deepEqual(told('/etc/keepalivd/check_apiserver.sh'), ['keepalived-lb2.conf']);
  assert.deepEqual(told(slip, good), ['keepalived-lb2.conf']);
  assert.deepEqual(told(slip, slip), ['keepalived-lb1.conf']);
  assert.deepEqual(told(good, good), []);
});

test('other names, numbers and words that PATH finds are what was wanted', () => {
  assert.deepEqual(told('/etc/keepalived/check_haproxy.sh'), []);
  assert.deepEqual(told('/etc/keepalived/check_apiserver2.sh'), []);
  assert.deepEqual(told('chekc_apiserver.sh'), []);
});
