import assert from 'node:assert/strict';
import { test } from 'node:test';
import { longestOutage, watchAnswers } from '../../src/run/watch';

/** Answers by a clock of its own; each question takes 20 ms, and silence is noticed after 500. */
async function watch(isUp: (ms: number) => boolean, forMs: number) {
  const abort = new AbortController();
  let ms = 0;
  const ask = async () => {
    const up = isUp(ms);
    ms += up ? 20 : 500;
    return up;
  };
  const sleep = async (by: number) => {
    ms += by;
    if (ms >= forMs) abort.abort();
  };
  return watchAnswers(ask, { now: () => ms, sleep, everyMs: 100 }, abort.signal);
}

test('a gap lies between the answers around it', async () => {
  const outages = await watch((ms) => ms < 1000 || ms >= 4000, 8000);
  assert.equal(outages.length, 1);
  const [least = 0, most = 0] = longestOutage(outages) ?? [];
  assert.ok(least <= 3 && most >= 3, `${least} to ${most}`);
  assert.ok(most - least < 1.4, `${least} to ${most}`);
});

test('no gap is none, silence before the first answer does not count, and one that does not end has no upper bound', async () => {
  assert.equal(longestOutage(await watch(() => true, 3000)), undefined);
  assert.equal(longestOutage(await watch((ms) => ms > 2000, 6000)), undefined);
  assert.deepEqual(longestOutage(await watch((ms) => ms < 1000, 6000))?.[1], Number.POSITIVE_INFINITY);
});

test('the longest of several counts', async () => {
  const outages = await watch((ms) => !(ms > 1000 && ms < 2000) && !(ms > 5000 && ms < 9000), 14_000);
  assert.equal(outages.length, 2);
  assert.ok((longestOutage(outages)?.[1] ?? 0) > 3.9);
});
