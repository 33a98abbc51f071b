import assert from 'node:assert/strict';
import { test } from 'node:test';
import { render } from '../../src/base/message';
import { haproxyLanguage } from '../../src/service/haproxy';
import { keepalivedLanguage } from '../../src/service/keepalived';
import type { Language } from '../../src/service/language';
import { expandedSnippets } from '../support/snippets';

/** A part of a file has what it needs around it there: `global_defs` for scripts, an instance for its settings. */
function whole(text: string): string {
  if (text.startsWith('authentication'))
    return `vrrp_instance A {\nvirtual_router_id 51\ninterface eth0\nvirtual_ipaddress {\n10.0.0.1\n}\n${text}}\n`;
  if (text.startsWith('vrrp_script')) return `global_defs {\nenable_script_security\nscript_user root\n}\n${text}`;
  return text;
}

function check<Analysis>(language: Language<Analysis>, versions: readonly (readonly number[])[]): void {
  for (const { title, text: part } of expandedSnippets(language.kind)) {
    const text = whole(part);
    for (const version of versions) {
      const analysis = language.analyse({ path: 'file', text, versions: { [language.kind]: version } });
      const found = language
        .diagnose(analysis, [])
        .filter((each) => each.severity === 'error' || each.severity === 'warning')
        .map((each) => `${each.rule}: ${render(each.message)} at "${text.slice(each.span.start, each.span.end)}"`);
      assert.deepEqual(found, [], `${title}, ${version.join('.')}`);
    }
  }
}

test('Haven has nothing to say against its HAProxy snippets, in any release', () => {
  check(haproxyLanguage, [
    [2, 4],
    [2, 6],
    [3, 2],
  ]);
});

test('Haven has nothing to say against its keepalived snippets, in any release', () => {
  check(keepalivedLanguage, [
    [2, 0, 20],
    [2, 2],
    [2, 3],
  ]);
});
