// Changes any one value of any file of each valid cluster in ways in which people mistype or copy, and tells what is said.
//   node --import tsx test/accuracy/cluster-scalars.ts [--alone] [--only=CLUSTER] [--silent] [--each=N]
// `--silent` lists what nothing is said of. `--each=N` takes every Nth change.
import { clusterFixtures } from '../support/clusters';
import { type Change, ClusterJudge } from './cluster-judge';

interface Mutant extends Change {
  readonly kind: string;
}

const option = (name: string) => process.argv.find((each) => each.startsWith(`--${name}=`))?.slice(name.length + 3);
const isAlone = process.argv.includes('--alone');
const only = option('only');
const each = Number(option('each') ?? 1);
const totals = new Map<string, { said: number; both: number; all: number }>();
let count = 0;

for (const [name, whole] of clusterFixtures()) {
  if (only !== undefined && only !== name) continue;
  const files = new Map([...whole].filter(([path]) => !isAlone || !path.endsWith('haven.yaml')));
  const judge = new ClusterJudge(files);
  for (const mutant of mutantsOf(files)) {
    if (count++ % each !== 0) continue;
    const { verdict, line, rules } = judge.change(mutant);
    for (const key of ['all', mutant.kind]) {
      const total = totals.get(key) ?? { said: 0, both: 0, all: 0 };
      total.all++;
      if (verdict !== 'silent') total.said++;
      if (verdict === 'both') total.both++;
      totals.set(key, total);
    }
    if (verdict === 'silent' && process.argv.includes('--silent'))
      process.stdout.write(
        `silent ${name} ${mutant.path}:${line + 1} ${mutant.kind}: ${mutant.from} -> ${mutant.to}\n`,
      );
    if (verdict === 'said' && process.argv.includes('--said'))
      process.stdout.write(
        `said ${name} ${mutant.path}:${line + 1} ${mutant.kind}: ${mutant.from} -> ${mutant.to} ${rules}\n`,
      );
  }
}
for (const [key, { said, both, all }] of totals)
  process.stdout.write(
    `${key.padEnd(24)} ${all} changed, ${said} said (${((100 * said) / all).toFixed(1)} %), ${both} in both places\n`,
  );

/** Every value of every line that is one of the kinds of text below; comments and keys are left alone. */
function* mutantsOf(files: ReadonlyMap<string, string>): Iterable<Mutant> {
  for (const [path, text] of files) {
    if (!/\.(?:ya?ml|cfg|conf)$/.test(path) || /group_vars|host_vars|tasks|apps\/|site\.yml/.test(path)) continue;
    let start = 0;
    for (const line of text.split('\n')) {
      const first = /^\s*(?:- )?(?:[\w.-]+:(?=\s|$)|[a-z_]+(?= ))?/.exec(line)?.[0].length ?? 0;
      for (const word of line.slice(first).matchAll(/[\w.:/@=*+-]+/g)) {
        const key = /([\w-]+):?\s*$/.exec(line.slice(0, first + word.index))?.[1] ?? 'item';
        if (/^(?:kind|apiVersion|content|path|file|image|log|roles)$/.test(key)) continue;
        for (const to of changesOf(word[0]))
          yield { path, offset: start + first + word.index, from: word[0], to, kind: kindOf(path, key) };
      }
      start += line.length + 1;
    }
  }
}

function kindOf(path: string, key: string): string {
  return `${/[^/]*$/.exec(path)?.[0].replace(/[-\d].*|\..*/, '')} ${key}`;
}

function changesOf(word: string): readonly string[] {
  const inside = (pattern: RegExp, change: (found: string) => string) =>
    pattern.test(word) ? [word.replace(pattern, change)] : [];
  const found = [
    ...inside(/(?<=\d\.)\d+(?=$|[:/,])/, (last) => String((Number(last) + 57) % 254)),
    ...inside(/(?<=^|[/,=@(])\d+\.\d+\.\d+(?=\.\d+(?:$|[:/,]))/, (net) =>
      net.replace(/\d+$/, (own) => String((Number(own) + 30) % 250)),
    ),
    ...inside(/(?<=::)[0-9a-f]+/, (last) => (Number.parseInt(last, 16) + 0x57).toString(16)),
    ...inside(/(?<=[a-z\d\])*]:)\d{2,5}\b/, (port) => String(Number(port) + 1)),
    ...inside(/(?<=\/)\d{1,3}$/, (prefix) => String(Math.max(1, Number(prefix) - 4))),
    ...inside(/^-?\d+$/, (value) => String(Number(value) + 1)),
    ...inside(/^(?:true|false)$/, (value) => (value === 'true' ? 'false' : 'true')),
    ...inside(/^[a-z][a-z.]*\.[a-z]+(?=$|:)/, (name) => `${name}x`),
    ...inside(/^[a-z]+\d$/, (name) => `${name.slice(0, -1)}${(Number(name.at(-1)) % 3) + 1}`),
    ...inside(/^[0-9a-f]{16,}$/, (token) => `${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}`),
    ...inside(/^BACKUP$/, () => 'MASTER'),
    ...inside(/(?<=\/)(?:ping|readyz)$/, () => 'healthz/nothing'),
  ];
  return [...new Set(found)].filter((to) => to !== word);
}
