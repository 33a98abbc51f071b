import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { render, type Speak } from '../../../src/base/message';
import { keepalivedLanguage } from '../../../src/service/keepalived';

const texts: ReadonlyMap<string, string> = new Map(
  ['keepalived', 'keepalived-catalog'].flatMap((name) =>
    Object.entries(JSON.parse(readFileSync(`l10n/ko/${name}.json`, 'utf8')) as Record<string, string>),
  ),
);
const korean: Speak = (message) => render(message, (template) => texts.get(template));

function ask(marked: string) {
  const offset = marked.indexOf('<|>');
  const text = marked.replace('<|>', '');
  const analysis = keepalivedLanguage.analyse({ path: 'keepalived.conf', text, versions: {} });
  return {
    hover: keepalivedLanguage.hover?.(analysis, offset, { siblings: [], wallClock: 0, speak: korean })?.markdown,
    offers: keepalivedLanguage.complete?.(analysis, offset, [], korean) ?? [],
    signature: keepalivedLanguage.signature?.(analysis, offset, korean),
  };
}

test('a hover is in the language of the reader: text, default, unit and versions', () => {
  const { hover = '' } = ask('vrrp_script chk {\n    misc\n    inter<|>val 2\n}\n');
  assert.match(hover, /^`interval <int 0 to \d+>`\n\n실행을 시작하는 간격입니다/);
  assert.match(hover, /기본값: 1 s {2}\n/);
  assert.match(hover, /\[매뉴얼\]\(https:/);
  assert.match(ask('global_defs {\n    lvs_<|>id x\n}\n').hover ?? '', /제거됨, 대신 router_id 사용/);
  assert.match(
    ask('vrrp_instance A {\n    virtual_ipaddress {\n        10.0.<|>0.1/24\n    }\n}\n').hover ?? '',
    /VIP/,
  );
});

test('so is what is offered, and the signature', () => {
  const { offers } = ask('vrrp_instance A {\n    <|>\n}\n');
  assert.match(offers.find(({ label }) => label === 'priority')?.documentation ?? '', /선출에 쓰는 기본 우선순위/);
  assert.match(offers.find(({ label }) => label === 'include')?.documentation ?? '', /다른 파일을 읽습니다/);
  assert.match(ask('vrrp_instance A {\n    priority <|>\n}\n').signature?.documentation ?? '', /선출에/);
});
