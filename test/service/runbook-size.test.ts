import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Workspace } from '../../src/service';
import { parseRunbook } from '../../src/syntax/runbook/parse-runbook';

const rulesIn = (path: string, text: string) => {
  const workspace = new Workspace();
  workspace.open(path, text, 'runbook');
  return workspace.diagnose(path).map((each) => each.rule);
};

const removal = 'rm -rf /var/lib/rancher/k3s/server/db\n';

test('shells in shells are read down to eight, and any number of them does no harm', () => {
  const nested = (depth: number) =>
    Array.from({ length: depth }, (_, i) => `bash <<E${i}\n`).join('') +
    removal +
    Array.from({ length: depth }, (_, i) => `E${depth - 1 - i}\n`).join('');
  assert.deepEqual(rulesIn('a.sh', nested(8)), ['runbook/removes-snapshots']);
  assert.deepEqual(rulesIn('a.sh', nested(9)), []);
  assert.deepEqual(rulesIn('a.sh', nested(3000)), []);
});

test('substitutions in substitutions are read down to eight', () => {
  const nested = (depth: number) => `a ${'$(b; '.repeat(depth)}${removal.trim()}${')'.repeat(depth)}\n`;
  assert.deepEqual(rulesIn('a.sh', nested(8)), ['runbook/removes-snapshots']);
  assert.deepEqual(rulesIn('a.sh', nested(9)), []);
});

test('a command that only a program writes is left alone, and its neighbours are read', () => {
  const long = (length: number) => `curl ${'a'.repeat(length - 5)}`;
  const commands = (length: number) => parseRunbook('a.sh', `${long(length)}\n${removal}`).commands.length;
  assert.equal(commands(10_000), 2);
  assert.equal(commands(10_001), 1);
});

test('a fence of very many lines is one text', () => {
  const lines = 130_000;
  const [embedded] = parseRunbook('a.md', `\`\`\`yaml\n${'  a: b\n'.repeat(lines)}\`\`\`\n`).embedded;
  assert.equal(embedded?.lines.length, lines);
});

test('each fence of a quotation has its own lines', () => {
  const quoted = Array.from({ length: 3 }, (_, i) => `> \`\`\`yaml\n> a: ${i}\n> \`\`\`\n`).join('');
  const { embedded } = parseRunbook('a.md', quoted);
  assert.deepEqual(
    embedded.map((each) => each.text),
    ['a: 0\n', 'a: 1\n', 'a: 2\n'],
  );
});

test('a step is judged by those of its own script, however many others there are', () => {
  const copy = 'cp -a /var/lib/rancher/k3s/server/db/snapshots /root/\n';
  const fence = (body: string) => `# k3s\n\n\`\`\`sh\n${body}\`\`\`\n\n`;
  const text = fence(removal).repeat(50) + fence(copy + removal).repeat(50);
  assert.deepEqual(rulesIn('a.md', text), Array(50).fill('runbook/removes-snapshots'));
});
