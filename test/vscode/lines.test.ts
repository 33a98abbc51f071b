import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linesOf } from '../../webview/lines';

test('a row of many nodes takes several lines of about the same length, each node in one of them', () => {
  const row = (count: number) => ({
    title: 'Agents',
    cards: Array.from({ length: count }, (_, i) => ({ name: `n${i}` }) as never),
  });
  const sizes = (count: number) => linesOf([row(count)]).map((each) => each.cards.length);
  assert.deepEqual(sizes(1), [1]);
  assert.deepEqual(sizes(6), [6]);
  assert.deepEqual(sizes(7), [4, 3]);
  assert.deepEqual(sizes(43), [6, 6, 6, 6, 6, 6, 6, 1]);
  const [first, last] = linesOf([row(7)]);
  assert.deepEqual([first?.title, first?.goesOn], ['Agents', true]);
  assert.deepEqual([last?.title, last?.goesOn], ['', false]);
  assert.deepEqual(
    linesOf([row(43)]).flatMap((each) => each.cards),
    row(43).cards,
  );
});
