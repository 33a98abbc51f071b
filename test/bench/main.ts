import { activateBench } from './activate';
import { editorBench } from './editor';
import { haproxyBench } from './haproxy';
import { keepalivedBench } from './keepalived';

/** What one area measures against its budget. Times are in milliseconds. */
export interface Bench {
  readonly name: string;
  run(print: (what: string, taken: number, budget: number, note: string) => void): void | Promise<void>;
}

/** Every area that has a budget. */
const benches: readonly Bench[] = [haproxyBench, keepalivedBench, editorBench, activateBench];

async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  for (const bench of benches) {
    if (wanted.length > 0 && !wanted.includes(bench.name)) continue;
    console.log(`\n${bench.name}`);
    await bench.run((what, taken, budget, note) => {
      const verdict = taken <= budget ? 'ok  ' : 'OVER';
      console.log(
        `  ${verdict} ${what.padEnd(52)} ${taken.toFixed(1).padStart(8)} ms of ${budget.toFixed(1)}  ${note}`,
      );
    });
  }
}

void main();
