import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askKeepalived, keepalivedMissing } from '../support/keepalived';
import { expandedSnippets } from '../support/snippets';

/** What `keepalived -t` says of the machine it runs on, not of the file. */
const ofThisMachine = /^Disabling track script \w+ since not found\/accessible$/;

/** A part of a block stands in that block for the program. */
function whole(text: string): string {
  if (!text.startsWith('authentication')) return text;
  return `vrrp_instance A {\n    interface eth0\n    virtual_router_id 51\n    virtual_ipaddress {\n        10.0.0.1\n    }\n${text}}\n`;
}

test('keepalived accepts every snippet', { skip: keepalivedMissing }, () => {
  const snippets = expandedSnippets('keepalived');
  const answers = askKeepalived(snippets.map(({ text }) => whole(text)));
  for (const [i, { title }] of snippets.entries()) {
    const said = (answers[i] ?? '').split('\n').filter((each) => each !== '' && !ofThisMachine.test(each));
    assert.match(said.at(-1) ?? '', /^[05]$/, title);
    assert.deepEqual(said.slice(0, -1), [], `${title}: ${answers[i]}`);
  }
});

test('a mistake in a snippet would be seen', { skip: keepalivedMissing }, () => {
  const [said] = askKeepalived([
    'vrrp_instance A {\n    interface eth0\n    virtual_router_id 51\n    priorty 100\n}\n',
  ]);
  assert.match(said ?? '', /priorty/);
});
