/** What Haven and the program say about one language; each language adds a part to `main.ts`. */
export interface Part {
  readonly name: string;
  /** It takes long, so it runs only where it is named. */
  readonly onRequest?: boolean;
  /** Why it cannot be measured here, or undefined if it can. */
  missing(): string | undefined;
  run(report: Report): void;
}

/** One row of the table: a mutation (or the files as they are). */
interface Row {
  files: number;
  rejected: number;
  seen: number;
  onLine: number;
  falseErrors: number;
}

/** Collects what the parts measure and prints it. */
export class Report {
  private readonly rows = new Map<string, Row>();
  private readonly misses: string[] = [];

  private row(name: string): Row {
    let row = this.rows.get(name);
    if (row === undefined) {
      row = { files: 0, rejected: 0, seen: 0, onLine: 0, falseErrors: 0 };
      this.rows.set(name, row);
    }
    return row;
  }

  /** A text that the program accepts, and how many errors Haven finds in it. */
  accepted(name: string, falseErrors: readonly string[]): void {
    const row = this.row(name);
    row.files++;
    row.falseErrors += falseErrors.length;
    for (const each of falseErrors) this.misses.push(`false  ${name}: ${each}`);
  }

  /** A text that the program rejects, and what Haven says of it. */
  rejected(name: string, outcome: 'on-line' | 'elsewhere' | 'unseen', detail: string): void {
    const row = this.row(name);
    row.files++;
    row.rejected++;
    if (outcome !== 'unseen') row.seen++;
    if (outcome === 'on-line') row.onLine++;
    else this.misses.push(`${outcome === 'unseen' ? 'unseen' : 'moved '} ${name}: ${detail}`);
  }

  print(): void {
    const cells = ['', 'texts', 'rejected', 'seen', 'on its line', 'false errors'];
    console.log(
      `${(cells[0] ?? '').padEnd(34)}${cells
        .slice(1)
        .map((each) => each.padStart(14))
        .join('')}`,
    );
    const total: Row = { files: 0, rejected: 0, seen: 0, onLine: 0, falseErrors: 0 };
    for (const [name, row] of this.rows) {
      printRow(name, row);
      for (const key of Object.keys(total) as (keyof Row)[]) total[key] += row[key];
    }
    printRow('all', total);
    for (const each of this.misses.sort()) console.log(each);
  }
}

function printRow(name: string, row: Row): void {
  const share = (part: number): string => (row.rejected === 0 ? '-' : `${((100 * part) / row.rejected).toFixed(1)} %`);
  const cells = [String(row.files), String(row.rejected), share(row.seen), share(row.onLine), String(row.falseErrors)];
  console.log(`${name.padEnd(34)}${cells.map((each) => each.padStart(14)).join('')}`);
}

/** Numbers from 0 to 1 that are the same in every run with the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
