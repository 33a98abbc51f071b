import assert from 'node:assert/strict';
import { test } from 'node:test';
import { render } from '../../../src/base/message';
import { keepalivedLanguage } from '../../../src/service/keepalived';
import { asking, bracketed } from '../../support/asking';

const referencesOf = (marked: string) => {
  const { text, offset, analysis } = asking(keepalivedLanguage, marked);
  return bracketed(text, keepalivedLanguage.references?.(analysis, offset, []) ?? []);
};
const definitionOf = (marked: string) => {
  const { text, offset, analysis } = asking(keepalivedLanguage, marked);
  return bracketed(text, keepalivedLanguage.definition?.(analysis, offset, []) ?? []);
};
const renameable = (marked: string) => {
  const { offset, analysis } = asking(keepalivedLanguage, marked);
  return keepalivedLanguage.renameable?.(analysis, offset)?.name;
};
const complaintOf = (marked: string, newName: string) => {
  const { offset, analysis } = asking(keepalivedLanguage, marked);
  const wrong = keepalivedLanguage.checkName?.(analysis, offset, newName);
  return wrong && render(wrong);
};

test('a script is found wherever it is tracked, in one host’s lines too', () => {
  const file = (mark: string) =>
    `vrrp_script c${mark}hk {\n}\nvrrp_instance chk {\n    track_script {\n        chk weight 2\n        @lb2 chk\n    }\n}\n`;
  assert.equal(
    referencesOf(file('<|>')),
    'vrrp_script [chk] {\n}\nvrrp_instance chk {\n    track_script {\n        [chk] weight 2\n        @lb2 [chk]\n    }\n}\n',
  );
});

test('instances are named by groups, several on a line', () => {
  assert.equal(
    definitionOf(
      'vrrp_sync_group G {\n    group {\n        A "B<|>"\n    }\n}\nvrrp_instance A {\n}\nvrrp_instance "B" {\n}\n',
    ),
    'vrrp_sync_group G {\n    group {\n        A "B"\n    }\n}\nvrrp_instance A {\n}\nvrrp_instance "[B]" {\n}\n',
  );
});

test('definitions are found inside words', () => {
  assert.equal(
    referencesOf('$NET=10.0.0\nvrrp_instance A {\n    virtual_ipaddress {\n        ${N<|>ET}.1/24\n    }\n}\n'),
    '$[NET]=10.0.0\nvrrp_instance A {\n    virtual_ipaddress {\n        ${[NET]}.1/24\n    }\n}\n',
  );
});

test('an interface is shown wherever it is used, but belongs to the machine', () => {
  const marked =
    'vrrp_instance A {\n    interface et<|>h0\n    virtual_ipaddress {\n        10.0.0.1 dev eth0\n    }\n}\n';
  assert.equal(
    referencesOf(marked),
    'vrrp_instance A {\n    interface [eth0]\n    virtual_ipaddress {\n        10.0.0.1 dev [eth0]\n    }\n}\n',
  );
  assert.equal(renameable(marked), undefined);
});

test('a name is renamed only where all its places are known', () => {
  assert.equal(renameable('vrrp_script c<|>hk {\n}\n'), 'chk');
  assert.equal(renameable('vrrp_instance A {\n    track_script {\n        no<|>where\n    }\n}\n'), undefined);
  assert.equal(
    renameable('$N=chk\nvrrp_script c<|>hk {\n}\nvrrp_instance A {\n    track_script {\n        $N\n    }\n}\n'),
    undefined,
  );
  assert.equal(
    renameable('$A<|>B=1\n$BLOCK= \\\n    priority $AB \\\n    nopreempt\nvrrp_instance A {\n}\n'),
    undefined,
  );
  assert.equal(renameable('$I<|>=1\n~SEQ(I, 1, 3) $P$I=1\n'), undefined);
});

test('a new name is one that keepalived takes and that nothing else has', () => {
  const two = 'vrrp_script o<|>ne {\n}\nvrrp_script two {\n}\nvrrp_instance three {\n}\n';
  assert.equal(complaintOf(two, 'three'), undefined);
  assert.equal(complaintOf(two, 'two'), '"two" is taken by line 3');
  for (const each of ['a b', 'a#b', '@a', 'a{', '"a"', '$a', ''])
    assert.match(complaintOf(two, each) ?? '', /holds no/);
  assert.match(complaintOf('$A<|>=1\n', '1a') ?? '', /no digit first/);
  assert.match(complaintOf('$A<|>=1\n$B=2\n', 'B') ?? '', /stands in this file/);
  assert.match(complaintOf('$A<|>=1\n', '_PWD') ?? '', /that keepalived gives/);
});

test('hover shows keywords, list entries and what a name stands for', () => {
  const markdownAt = (marked: string) => {
    const { offset, analysis } = asking(keepalivedLanguage, marked);
    return keepalivedLanguage.hover?.(analysis, offset)?.markdown ?? '';
  };
  assert.match(markdownAt('vrrp_instance A {\n    prio<|>rity 100\n}\n'), /`priority <int 1 to 255>`[\s\S]*Manual/);
  assert.match(markdownAt('vrrp_instance A {\n    priority 1<|>00\n}\n'), /`priority </);
  assert.match(
    markdownAt('vrrp_script chk {\n    weight 2\n}\nvrrp_instance A {\n    track_script {\n        c<|>hk\n    }\n}\n'),
    /vrrp_script chk \{\n\s+weight 2/,
  );
  assert.match(markdownAt('$P=100\nvrrp_instance A {\n    priority $<|>P\n}\n'), /\$P=100/);
  assert.match(markdownAt('$<|>P=100\nvrrp_instance A {\n    priority $P\n}\n'), /\$P=100/);
  assert.match(markdownAt('vrrp_instance A {\n    unicast_peer {\n        10.0.<|>0.1\n    }\n}\n'), /min_ttl/);
  assert.equal(markdownAt('# no<|>thing\n'), '');
});

test('hover tells what an include does, and since when it is there', () => {
  const { analysis, offset } = asking(keepalivedLanguage, 'include<|>m /etc/keepalived/conf.d/*.conf\n');
  const found = keepalivedLanguage.hover?.(analysis, offset);
  assert.match(found?.markdown ?? '', /^`includem <path>`\n\nReads other files in this place[\s\S]*Since 2\.2\.1/);
});
