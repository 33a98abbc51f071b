import { activateBench } from './activate';
import { clusterBench } from './cluster';
import { editorBench } from './editor';
import { haproxyBench } from './haproxy';
import { keepalivedBench } from './keepalived';
import { sshBench } from './ssh';

/** Shows one measured value beside its budget; both are milliseconds unless a unit is given. */
export type Print = (what: string, taken: number, budget: number, note: string, unit?: string) => void;

/** What one area measures against its budget. */
export interface Bench {
  readonly name: string;
  run(print: Print): void | Promise<void>;
}

/** Every area that has a budget. */
const benches: readonly Bench[] = [haproxyBench, keepalivedBench, editorBench, clusterBench, activateBench, sshBench];

async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  for (const bench of benches) {
    if (wanted.length > 0 && !wanted.includes(bench.name)) continue;
    console.log(`\n${bench.name}`);
    await bench.run((what, taken, budget, note, unit = 'ms') => {
      const verdict = taken <= budget ? 'ok  ' : 'OVER';
      console.log(
        `  ${verdict} ${what.padEnd(52)} ${taken.toFixed(1).padStart(8)} ${unit} of ${budget.toFixed(1)}  ${note}`,
      );
    });
  }
}

void main();
