import { after, before, describe, test } from 'node:test';
import { DrillWeather, drillFaults, drillPrograms } from '../../support/drill-weather';
import { storm } from '../../support/kill-points';
import { LocalFiles } from '../../support/kubeadm-fleet';
import { etcdMissing } from '../../support/kubeadm-hosts';
import { practiceScenes } from '../../support/practice-scenes';

const files = new LocalFiles();
after(() => files.remove());

/** HAVEN_STORM_SEED is the first seed, HAVEN_STORM_COUNT how many follow it for each operation. */
const first = Number(process.env.HAVEN_STORM_SEED ?? 1);
const count = Number(process.env.HAVEN_STORM_COUNT ?? 4);

/** Mulberry32: the same seed makes the same weather. */
function weatherOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('several faults in one run, at any moment, gone on with or taken back', () => {
  for (const [name, make] of Object.entries(practiceScenes)) {
    test(`${name}: nothing is lost, no second cluster, and the end is what the run says`, async () => {
      const failures: string[] = [];
      for (let seed = first; seed < first + count; seed++) {
        const said: string[] = [];
        try {
          await storm(await make(files), weatherOf(seed), (line) => said.push(line));
        } catch (error) {
          failures.push(`HAVEN_STORM_SEED=${seed}: ${String(error)}\n  ${said.join('\n  ')}`);
        }
      }
      if (failures.length > 0) throw new Error(`${failures.length} of ${count} failed\n${failures.join('\n')}`);
    });
  }
});

describe('a drill with a real etcd, of which any call of a program goes wrong', { skip: etcdMissing }, () => {
  let machine: DrillWeather;
  before(async () => {
    machine = await DrillWeather.make();
  });
  after(() => machine?.remove());

  test('nothing false is said of the snapshot, and nothing is left behind', async () => {
    const failures: string[] = [];
    for (let seed = first; seed < first + count; seed++) {
      const random = weatherOf(seed);
      const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;
      for (let each = 0; each < 4; each++) {
        const broken = {
          program: pick(drillPrograms),
          fault: pick(drillFaults),
          at: 1 + Math.floor(random() ** 2 * 12),
        };
        const said: string[] = [];
        try {
          await machine.weather(broken, random() < 0.3, (line) => said.push(line));
        } catch (error) {
          failures.push(`HAVEN_STORM_SEED=${seed}: ${String(error)}\n  ${said.join('\n  ')}`);
        }
      }
    }
    if (failures.length > 0) throw new Error(`${failures.length} failed\n${failures.join('\n')}`);
  });
});
