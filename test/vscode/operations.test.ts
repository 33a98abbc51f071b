import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { withFakeVscode } from '../support/fake-vscode';

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly icon?: string; readonly enablement?: string }[];
    readonly viewsWelcome: readonly { readonly contents: string; readonly when: string }[];
    readonly menus: Readonly<Record<string, readonly { readonly command: string; readonly when: string }[]>>;
  };
}

const { operations, operationNames } = withFakeVscode(() => ({
  ...(require('../../src/vscode/operations') as typeof import('../../src/vscode/operations')),
  ...(require('../../src/vscode/operation-names') as typeof import('../../src/vscode/operation-names')),
}));
const { commands, menus, viewsWelcome } = (JSON.parse(readFileSync('package.json', 'utf8')) as Manifest).contributes;

test('every operation is registered, stands in the palette with an icon, and in a menu', () => {
  assert.deepEqual(Object.keys(operations).sort(), [...operationNames].sort());
  for (const name of operationNames) {
    const command = commands.find((each) => each.command === `haven.${name}`);
    assert.match(command?.icon ?? '', /^\$\(/, name);
    const isOffered = Object.values(menus).some((menu) => menu.some((each) => each.command === `haven.${name}`));
    assert.ok(isOffered, `${name} stands in a menu`);
  }
});

test('the menus of the tree know every kind of row that they name', () => {
  const fits = (command: string, context: string) => {
    const when = menus['view/item/context']?.find((each) => each.command === `haven.${command}`)?.when ?? '';
    const pattern = /=~ \/(.*)\/$/.exec(when)?.[1];
    return pattern === undefined ? when.endsWith(`== ${context}`) : new RegExp(pattern).test(context);
  };
  assert.ok(fits('removeNode', 'node server') && fits('removeNode', 'node loadbalancer server'));
  assert.ok(fits('removeNode', 'node agent') && !fits('removeNode', 'node loadbalancer'));
  assert.ok(fits('pushConfig', 'node loadbalancer') && fits('pushConfig', 'cluster'));
  assert.ok(!fits('defragment', 'node server') && fits('defragment', 'cluster'));
});

test('a button of an empty view can be pressed: where no folder is open, one is offered to be opened', () => {
  const texts = JSON.parse(readFileSync('package.nls.json', 'utf8')) as Readonly<Record<string, string>>;
  const welcome = viewsWelcome.map(({ contents, when }) => ({ when, text: texts[contents.slice(1, -1)] ?? '' }));
  for (const { when, text } of welcome)
    for (const [, command] of text.matchAll(/\(command:([\w.]+)\)/g)) {
      const needs = commands.find((each) => each.command === command)?.enablement ?? '';
      for (const each of needs.split(' && ').filter(Boolean)) assert.ok(when.includes(each), `${command} in ${when}`);
    }
  assert.ok(welcome.some(({ when, text }) => when.includes('FolderCount == 0') && text.includes('vscode.openFolder')));
});
