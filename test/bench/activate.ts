import { execFileSync } from 'node:child_process';
import type { Bench } from './main';

const runs = 40;
const budgetMs = 30;

/** How long `activate` takes in fresh processes, with an editor that answers at once: our own part of the start. */
export const activateBench: Bench = {
  name: 'activate',
  run(print) {
    execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
    const times = Array.from({ length: runs }, () => {
      const args = ['--import', 'tsx', 'test/support/activate-once.ts'];
      const text = execFileSync(process.execPath, args, { encoding: 'utf8' });
      return (JSON.parse(text) as { readonly ms: number }).ms;
    }).sort((a, b) => a - b);
    const at = (share: number) => times[Math.ceil(share * runs) - 1] ?? 0;
    print('load and activate the extension, p95', at(0.95), budgetMs, `median ${at(0.5).toFixed(1)} of ${runs} starts`);
  },
};
