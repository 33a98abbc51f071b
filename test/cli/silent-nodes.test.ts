import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placeOf } from '../../src/cli/restore';
import { UsageError } from '../../src/cli/site';
import { prune } from '../../src/cli/snapshot-files';

import { fleetState, wholeFleet } from '../support/fleet';

const state = fleetState(wholeFleet.map((each) => (each.name === 'cp2' ? { ...each, silent: true as const } : each)));

test('a snapshot that no node lists is told with the nodes that could not be asked', async () => {
  const wanted = /nodes have: -; not asked, because they do not answer:\n {2}cp2: it does not answer$/;
  for (const words of [['daily'], []])
    await assert.rejects(placeOf(state, words), (fault) => fault instanceof UsageError && wanted.test(fault.message));
  await assert.rejects(
    async () => prune.plan(...([{}, state, { words: ['daily'] }] as unknown as Parameters<typeof prune.plan>)),
    /name one group of: -; not asked, because they do not answer:\n {2}cp2: it does not answer$/,
  );
});

test('where all nodes answered, nothing is said of them', async () => {
  await assert.rejects(placeOf(fleetState(), ['daily']), /no snapshot "daily"; nodes have: -$/);
});
