import assert from 'node:assert/strict';
import { test } from 'node:test';
import { render } from '../../../src/base/message';
import { readEvent } from '../../../src/model/vrrp/event';
import { vrrpNode } from '../../support/vrrp';

const file = { kind: 'file', name: 'tf', path: '/run/track', initialValue: 0 } as const;
const nodes = [
  vrrpNode('lb-1', { script: {}, checks: [{ check: file, weight: 1 }] }),
  vrrpNode('lb-2', { script: {} }),
];
const eventOf = (text: string) => {
  const read = readEvent(text, nodes);
  return 'event' in read ? read.event : undefined;
};
const problemOf = (text: string) => {
  const read = readEvent(text, nodes);
  return 'problem' in read ? render(read.problem) : undefined;
};

test('events name a node, a check of it, a value, or two nodes', () => {
  assert.deepEqual(eventOf('fail:lb-1'), { kind: 'power-cut', node: 0 });
  assert.deepEqual(eventOf('start:lb-2'), { kind: 'start', node: 1 });
  assert.deepEqual(eventOf('hang:lb-2:chk'), { kind: 'hang', node: 1, check: 1 });
  assert.deepEqual(eventOf('set:lb-1:/run/track=-3'), { kind: 'set', node: 0, check: 2, value: -3 });
  assert.deepEqual(eventOf('cut:lb-1-lb-2'), { kind: 'cut', nodes: [0, 1] });
  assert.deepEqual(eventOf('heal:lb-2-lb-1'), { kind: 'heal', nodes: [1, 0] });
});

test('what is no event is told what it lacks', () => {
  const told: readonly (readonly [string, RegExp])[] = [
    ['', /a word and a node/],
    ['fail', /a word and a node/],
    ['fail:lb-3', /no node "lb-3"; nodes are lb-1, lb-2/],
    ['cut:lb-1', /not two node names/],
    ['cut:lb-1-lb-1', /not two node names/],
    ['hang:lb-1', /^"hang" needs a check: hang:lb-1:CHECK/],
    ['ok:lb-1', /^"ok" needs a check/],
    ['boom:lb-1', /^"boom" is none of fail, stop, start, hang, ok, set, cut, heal/],
    ['boom:lb-1:chk', /^"boom" is none of fail, hang, ok, set/],
    ['set:lb-1', /say set:lb-1:FILE=VALUE/],
    ['set:lb-1:tf', /whole number/],
    ['set:lb-1:tf=1.5', /whole number/],
    ['set:lb-1:chk=1', /not a tracked file/],
    ['fail:lb-1:tf', /say set:lb-1:tf=VALUE/],
    ['fail:lb-1:nothing', /no check "nothing"; it has eth0, chk, tf/],
    ['hang:lb-1:eth0', /only a script can hang/],
    ['stop:lb-1:chk', /is for a node as a whole: stop:lb-1/],
  ];
  for (const [text, words] of told) assert.match(problemOf(text) ?? '', words, text);
});
