import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepalivedLanguage } from '../../../src/service/keepalived';
import { asking, labelsAt } from '../../support/asking';

/** Text with the cursor, words that are offered there, words that are not. */
type Case = readonly [text: string, offered: string, refused: string];

function check(cases: readonly Case[]): void {
  for (const [text, offered, refused] of cases) {
    const found = new Set(labelsAt(keepalivedLanguage, text));
    for (const each of offered.split(' ')) assert.ok(each === '' || found.has(each), `${each} is missing in ${text}`);
    for (const each of refused.split(' ')) assert.ok(!found.has(each), `${each} is offered in ${text}`);
  }
}

const script = 'vrrp_script chk {\n    script "/bin/true"\n}\n';

test('a line begins with what its block has', () => {
  check([
    ['<|>', 'global_defs vrrp_instance vrrp_script virtual_server include', 'priority'],
    ['vrrp_instance A {\n    <|>\n}\n', 'priority state virtual_ipaddress authentication', 'vrrp_script'],
    ['vrrp_instance A {\n    pri<|>', 'priority', 'vrrp_script'],
    ['vrrp_instance A {\n    authentication {\n        <|>\n    }\n}\n', 'auth_type auth_pass', 'priority'],
    ['vrrp_instance A { <|> }\n', 'priority', 'vrrp_script'],
    ['vrrp_script chk\n{\n    <|>\n}\n', 'script interval weight', 'priority'],
    ['virtual_server 10.0.0.1 80 {\n    real_server 10.0.0.2 80 {\n        <|>\n    }\n}\n', 'TCP_CHECK', 'lb_algo'],
    ['# com<|>ment', '', 'global_defs'],
    ['global_defs {\n    router_id "<|>', '', 'vrrp_version'],
  ]);
});

test('values are those of the keyword', () => {
  check([
    ['vrrp_instance A {\n    state <|>\n}\n', 'MASTER BACKUP', 'priority'],
    ['vrrp_instance A {\n    authentication {\n        auth_type <|>\n    }\n}\n', 'PASS AH', 'auth_pass'],
    ['vrrp_instance A {\n    interface <|>\n}\nvrrp_instance B {\n    interface bond0\n}\n', 'bond0', 'A'],
    ['virtual_server 10.0.0.1 80 {\n    protocol <|>\n}\n', 'TCP UDP', 'lb_algo'],
  ]);
});

test('lists hold names and their options', () => {
  check([
    [`${script}vrrp_instance A {\n    track_script {\n        <|>\n    }\n}\n`, 'chk', 'weight A'],
    [`${script}vrrp_instance A {\n    track_script {\n        chk <|>\n    }\n}\n`, 'weight reverse', 'chk'],
    ['vrrp_sync_group G {\n    group {\n        <|>\n    }\n}\nvrrp_instance A {\n}\n', 'A', 'G'],
    [
      'vrrp_instance A {\n    interface eth7\n    virtual_ipaddress {\n        10.0.0.1 dev <|>\n    }\n}\n',
      'eth7',
      'label',
    ],
    ['vrrp_instance A {\n    virtual_ipaddress {\n        10.0.0.1 <|>\n    }\n}\n', 'dev label scope', 'eth7'],
    ['vrrp_instance A {\n    virtual_ipaddress {\n        10.0.0.1 scope <|>\n    }\n}\n', 'global link', 'dev'],
    ['virtual_server_group web {\n    10.0.0.1 80\n}\nvirtual_server group <|>', 'web', 'fwmark'],
  ]);
});

test('definitions are offered behind their sign', () => {
  check([['$PRIO=100\nvrrp_instance A {\n    priority $<|>\n}\n', '${PRIO} ${_INSTANCE}', 'priority']]);
  check([['$PRIO=100\nvrrp_instance A {\n    priority ${PR<|>\n}\n', '${PRIO}', 'priority']]);
});

test('a line for another host is completed as its host reads it', () => {
  check([['vrrp_instance A {\n    @lb1 priority 100\n    @lb2 state <|>\n}\n', 'MASTER', 'priority']]);
});

test('offers follow the release, and blocks bring their braces', () => {
  const at = (version: readonly number[]) => labelsAt(keepalivedLanguage, '<|>', { versions: { keepalived: version } });
  assert.ok(at([2, 2]).includes('track_file'));
  assert.ok(!at([2, 0]).includes('track_file'));
  const { analysis, offset } = asking(keepalivedLanguage, 'vrrp<|>');
  const block = keepalivedLanguage.complete?.(analysis, offset, []).find((each) => each.label === 'vrrp_instance');
  assert.equal(block?.newText, 'vrrp_instance ${1:name} {\n\t$0\n}');
  assert.equal(block?.isSnippet, true);
});

test('names of the daemon’s other files are offered', () => {
  const analysis = keepalivedLanguage.analyse({ path: 'checks.conf', text: script, versions: {} });
  const siblings = [{ path: 'checks.conf', analysis }];
  const text = 'vrrp_instance A {\n    track_script {\n        <|>\n    }\n}\n';
  assert.ok(labelsAt(keepalivedLanguage, text, { siblings }).includes('chk'));
});
