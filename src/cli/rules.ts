import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { brotliDecompressSync } from 'node:zlib';
import { nearest } from '../base/nearest';
import { allRules } from '../service';
import { err, out } from './terminal';

/** `haven rules`: every rule with its severity. */
export async function rules(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { format: { type: 'string', default: 'text' } } });
  const sorted = [...allRules].sort((a, b) => a.id.localeCompare(b.id));
  if (values.format === 'json') {
    const list = sorted.map(({ id, severity, summary }) => ({ id, severity, summary }));
    out(`${JSON.stringify(list, null, 1)}\n`);
    return 0;
  }
  const width = Math.max(0, ...sorted.map((each) => each.id.length));
  for (const each of sorted) out(`${each.id.padEnd(width)}  ${each.severity.padEnd(7)}  ${each.summary}\n`);
  return 0;
}

/** `haven explain RULE`: the page of a rule, or its summary where the pages are not installed. */
export async function explain(args: readonly string[]): Promise<number> {
  const [id] = args;
  if (id === undefined) {
    err('usage: haven explain RULE    ("haven rules" lists them)\n');
    return 2;
  }
  const known = allRules.find((each) => each.id === id);
  if (known === undefined) {
    const meant = nearest(
      id,
      allRules.map((each) => each.id),
    );
    err(
      `haven explain: no rule "${id}"${meant === undefined ? '; "haven rules" lists them' : `; did you mean "${meant}"?`}\n`,
    );
    return 2;
  }
  const page = await pageOf(known.id);
  out(page ?? `${known.id} (${known.severity})\n\n${known.summary}\n`);
  return 0;
}

/** From the file beside the program, or from the folder of the pages where the program runs from its source. */
async function pageOf(rule: string): Promise<string | undefined> {
  const packed = join(__dirname, 'rule-pages.json.br');
  if (existsSync(packed)) {
    const pages = JSON.parse(brotliDecompressSync(await readFile(packed)).toString()) as Readonly<
      Record<string, string>
    >;
    return pages[rule];
  }
  const page = join(__dirname, '..', '..', 'docs', 'rules', `${rule}.md`);
  return existsSync(page) ? readFile(page, 'utf8') : undefined;
}
