import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { render } from '../../../src/base/message';
import { keepalivedLanguage } from '../../../src/service/keepalived';
import { asking } from '../../support/asking';
import { filesBelow } from '../../support/files';
import { sharedFolder } from '../../support/shared';

const analysed = (text: string) => keepalivedLanguage.analyse({ path: 'keepalived.conf', text, versions: {} });

test('the outline has blocks, and in them blocks and addresses', () => {
  const analysis = analysed(
    'global_defs {\n}\nvrrp_instance A {\n    state BACKUP\n    virtual_ipaddress {\n        10.0.0.1/24\n    }\n}\n',
  );
  assert.deepEqual(
    keepalivedLanguage
      .symbols?.(analysis)
      .map((each) => [
        each.name,
        each.detail,
        each.children.map((child) => [child.name, child.children.map((leaf) => leaf.name)]),
      ]),
    [
      ['global_defs', undefined, []],
      ['A', 'vrrp_instance', [['virtual_ipaddress', ['10.0.0.1/24']]]],
    ],
  );
});

test('servers are outlined with their ports, a virtual server by a group with its name', () => {
  const text =
    'virtual_server 10.0.0.1 80 {\n    real_server 10.0.0.2 8080 {\n    }\n}\nvirtual_server group web {\n}\n';
  const names = keepalivedLanguage.symbols?.(analysed(text)).flatMap((each) => [each, ...each.children]);
  assert.deepEqual(
    names?.map((each) => each.name),
    ['10.0.0.1 80', '10.0.0.2 8080', 'group web'],
  );
});

test('blocks and comments of several lines fold', () => {
  const text = '# one\n! two\nvrrp_instance A {\n    virtual_ipaddress {\n        10.0.0.1\n    }\n}\n';
  assert.deepEqual(
    keepalivedLanguage
      .folds?.(analysed(text))
      .map(({ span, kind }) => [text.slice(span.start, span.end).split('\n').length, kind]),
    [
      [5, 'region'],
      [3, 'region'],
      [2, 'comment'],
    ],
  );
});

test('a selection grows from the word to the file', () => {
  const { analysis, offset, text } = asking(
    keepalivedLanguage,
    'vrrp_instance A {\n    track_script {\n        "ch<|>k" weight 2\n    }\n}\n',
  );
  const spans = keepalivedLanguage.selection?.(analysis, offset) ?? [];
  const block = '{\n        "chk" weight 2\n    }';
  assert.deepEqual(
    spans.map(({ start, end }) => text.slice(start, end)),
    [
      'chk',
      '"chk"',
      '"chk" weight 2',
      block,
      `track_script ${block}`,
      `{\n    track_script ${block}\n}`,
      `vrrp_instance A {\n    track_script ${block}\n}`,
      text,
    ],
  );
});

test('links lead to scripts, included files and the other files that are read', () => {
  const text =
    'include conf.d/checks.conf\ninclude conf.d/*.conf\nvrrp_script chk {\n    script "/usr/bin/sh /etc/keepalived/check.sh 6443"\n}\ntrack_file f {\n    file /run/f\n}\nvrrp_instance A {\n    notify_master /etc/keepalived/master.sh root\n}\n';
  assert.deepEqual(
    keepalivedLanguage.links?.(analysed(text)).map(({ span, target }) => [text.slice(span.start, span.end), target]),
    ['conf.d/checks.conf', '/usr/bin/sh', '/etc/keepalived/check.sh', '/run/f', '/etc/keepalived/master.sh'].map(
      (each) => [each, each],
    ),
  );
});

const coloured = (text: string) =>
  (keepalivedLanguage.tokens?.(analysed(text)) ?? []).map(
    ({ span, type, modifiers }) => `${text.slice(span.start, span.end)}:${[type, ...(modifiers ?? [])].join('+')}`,
  );

test('words have the colour of what they are to the program', () => {
  assert.deepEqual(
    coloured(
      '$P=9\nvrrp_script chk {\n}\nvrrp_instance A {\n    state BACKUP\n    priority $P\n    track_script {\n        chk weight -2\n    }\n}\n',
    ),
    [
      'P:variable+definition',
      'vrrp_script:keyword',
      'chk:definition+definition',
      'vrrp_instance:keyword',
      'A:definition+definition',
      'state:keyword',
      'BACKUP:type',
      'priority:keyword',
      'P:variable',
      'track_script:keyword',
      'chk:reference',
      'weight:property',
      '-2:number',
    ],
  );
});

test('coloured words stand in order, one behind the other, each on one line', () => {
  const corpus = filesBelow(sharedFolder('corpus', 'keepalived') ?? '', '.conf');
  for (const path of [...filesBelow('examples', '.conf'), ...corpus]) {
    const text = readFileSync(path, 'utf8');
    let end = 0;
    for (const { span } of keepalivedLanguage.tokens?.(analysed(text)) ?? []) {
      assert.ok(span.start >= end && span.end > span.start, `${path} at ${span.start}`);
      assert.ok(!text.slice(span.start, span.end).includes('\n'), path);
      end = span.end;
    }
  }
});

const hints = (text: string) =>
  keepalivedLanguage
    .hints?.(analysed(text), { start: 0, end: text.length })
    .map((each) => [text.slice(0, each.offset).split('\n').at(-1)?.trim(), render(each.label)]);

test('an instance shows between which priorities its checks move it', () => {
  const checks =
    'vrrp_script a {\n    script /d/a\n    weight -30\n}\nvrrp_script b {\n    script /d/b\n    weight 5\n}\n';
  const instance = (priority: number, tracked: string) =>
    `${checks}vrrp_instance A {\n    virtual_router_id 1\n    priority ${priority}\n    track_script {\n${tracked}\n    }\n}\n`;
  assert.deepEqual(hints(instance(100, 'a\nb')), [['priority 100', 'effective 70 to 105']]);
  assert.deepEqual(hints(instance(253, 'a\nb')), [['priority 253', 'effective 223 to 254']]);
  assert.deepEqual(hints(instance(100, 'a weight 10 reverse')), [['priority 100', 'effective 100 to 110']]);
  assert.deepEqual(hints(instance(255, 'a\nb')), []);
  assert.deepEqual(hints(instance(100, 'a weight 0')), []);
});

const signatureAt = (marked: string) => {
  const { analysis, offset } = asking(keepalivedLanguage, marked);
  const found = keepalivedLanguage.signature?.(analysis, offset);
  return found && [found.label, found.parameters[found.activeParameter]?.label];
};

test('the signature is that of the line', () => {
  const inside = (line: string) => `vrrp_instance A {\n    ${line}\n}\n`;
  assert.deepEqual(signatureAt(inside('priority <|>')), ['priority <int 1 to 255>', '<int 1 to 255>']);
  assert.deepEqual(signatureAt('vrrp_instance <|>'), ['vrrp_instance <name>', '<name>']);
  const address = signatureAt(inside('virtual_ipaddress {\n        10.0.0.1/24 dev <|>\n    }'));
  assert.match(address?.[0] ?? '', /^<address\/prefix> \[dev <interface>\]/);
  assert.equal(address?.[1], '<interface>');
  assert.equal(signatureAt(inside('virtual_ipaddress {\n        <|>\n    }'))?.[1], '<address/prefix>');
  assert.equal(signatureAt('# pri<|>ority 1\n'), undefined);
});

test('blocks that lie in each other deeper than functions can are folded and laid out', () => {
  const depth = 20_000;
  const analysis = analysed(`${'a {\n'.repeat(depth)}${'}\n'.repeat(depth)}`);
  assert.equal(keepalivedLanguage.folds?.(analysis).length, depth);
  const edits = keepalivedLanguage.format?.(analysis, { tabSize: 2, insertSpaces: true }) ?? [];
  assert.equal(edits.length, 2 * (depth - 1), 'all but the outermost are moved');
  assert.equal(edits[0]?.newText, '  a {');
});
