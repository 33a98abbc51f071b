import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Workspace } from '../../src/service';
import { codeBlock, codeSpan, plainText } from '../../src/service/markdown';

/** What an editor would fetch when it shows it. */
const picture = '![seen](https://elsewhere.example/seen.png)';

test('code stays code whatever stands in it', () => {
  assert.equal(codeSpan('a b'), '`a b`');
  assert.equal(codeSpan(`x\` ${picture}`), `\`\`x\` ${picture}\`\``);
  assert.equal(codeSpan('``'), '``` `` ```');
  assert.equal(codeSpan('a\n\n# b'), '`a # b`');
  assert.equal(codeBlock('haproxy', 'bind :80'), '```haproxy\nbind :80\n```');
  assert.equal(codeBlock('keepalived', `\`\`\`\n${picture}`), `\`\`\`\`keepalived\n\`\`\`\n${picture}\n\`\`\`\``);
});

test('plain words stay as they are, and others are only words', () => {
  assert.equal(plainText('cp-1.example 192.0.2.1'), 'cp-1.example 192.0.2.1');
  assert.equal(plainText(picture), '\\!\\[seen\\]\\(https://elsewhere.example/seen.png\\)');
  assert.equal(plainText('a\n# b'), 'a \\# b');
});

function hoverAt(path: string, marked: string): string {
  const workspace = new Workspace();
  const offset = marked.indexOf('|');
  const file = workspace.open(path, marked.slice(0, offset) + marked.slice(offset + 1));
  return file?.language.hover?.(file.analysis, offset, { siblings: [], wallClock: 0 })?.markdown ?? '';
}

test('no file puts a picture into a hover', () => {
  const inventory = `clusters:
  - name: prod
    nodes:
      - { name: "${picture}", address: 192.0.2.11, roles: [server] }
    configs:
      - { file: a.cfg, on: ["|${picture}"] }
`;
  const instance = `vrrp_instance A {\n  state BACKUP\n\`\`\`\n${picture}\n}\nvrrp_sync_group G {\n  group {\n    A|\n  }\n}\n`;
  const datastore = `datastore-endpoint: "sqlite://|x\` ${picture}"\n`;
  const inventoryHover = hoverAt('haven.yaml', inventory);
  assert.match(inventoryHover, /\\!\\\[seen/);
  assert.doesNotMatch(inventoryHover, /!\[/);
  assert.match(hoverAt('keepalived.conf', instance), /^````keepalived\n.*\n````$/s);
  assert.match(hoverAt('etc/rancher/k3s/config.yaml', datastore), /``x` !\[seen\][^`]*``/);
});
