import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { render } from '../base/message';
import { Secret } from '../base/secret';
import { secretsOf } from '../ops/check-plan';
import type { Concern, Plan } from '../ops/plan';
import { readPlan } from '../ops/read-plan';
import { concernText, renderPlan } from '../ops/render-plan';
import { renderRunbook } from '../ops/render-runbook';
import type { Earlier, Front, RunEvent } from '../run';
import { copiesFolder, runsFolder } from '../run/own-folders';
import { copiesIn, removeCopies } from '../run/tidy';
import { operations } from './operations';
import { ask, isInteractive } from './prompt';
import { type OpenSite, openSite, UsageError } from './site';
import type { Measuring, Wishes } from './wishes';

const usages = () => Object.values(operations).map((each) => `  ${each.usage}\n`);
const planUsage = () =>
  `usage: haven plan OPERATION [--in DIR] [--cluster NAME] [--format text|runbook|json]\noperations:\n${usages().join('')}`;
const runUsage = () =>
  'usage: haven run OPERATION|PLAN.json [--in DIR] [--cluster NAME] [--yes] [--confirm CLUSTER] [--format text|json]\n' +
  '       haven run --resume RUN | --undo RUN    ("haven runs" lists them)\n' +
  `operations:\n${usages().join('')}`;

const options = {
  help: { type: 'boolean', short: 'h', default: false },
  in: { type: 'string', default: '.' },
  cluster: { type: 'string' },
  format: { type: 'string', default: 'text' },
  name: { type: 'string' },
  release: { type: 'string' },
  k3s: { type: 'string' },
  installer: { type: 'string' },
  s3: { type: 'boolean', default: false },
  's3-config': { type: 'string' },
  'secrets-stdin': { type: 'boolean', default: false },
  absent: { type: 'string', multiple: true, default: [] as string[] },
  online: { type: 'boolean', default: false },
  'no-drain': { type: 'boolean', default: false },
  uninstall: { type: 'boolean', default: false },
  keys: { type: 'boolean', default: false },
  'settings-only': { type: 'boolean', default: false },
  'into-work-tree': { type: 'boolean', default: false },
  programs: { type: 'string' },
  keep: { type: 'string' },
  compress: { type: 'boolean', default: false },
  's3-endpoint': { type: 'string' },
  's3-bucket': { type: 'string' },
  's3-folder': { type: 'string' },
  's3-region': { type: 'string' },
  's3-keys': { type: 'boolean', default: false },
  's3-off': { type: 'boolean', default: false },
  stop: { type: 'string' },
} as const;
const runOptions = {
  ...options,
  yes: { type: 'boolean', default: false },
  confirm: { type: 'string' },
  resume: { type: 'string' },
  undo: { type: 'string' },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>['values'];

function helped(text: string): number {
  process.stdout.write(text);
  return 0;
}

const plain = (concern: Concern) => concernText(concern, render).replaceAll('**', '');

/** `haven plan`: what an operation would do, as a document, a runbook or data. Exit code 1 when it cannot begin. */
export async function plan(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
  const [name, ...words] = positionals;
  if (values.help) return helped(planUsage());
  if (name === undefined || operations[name] === undefined) {
    process.stderr.write(planUsage());
    return 2;
  }
  const site = await openSite(values.in, values.cluster, await givenSecrets(values['secrets-stdin']));
  try {
    const { plan: made } = await planNow(site, name, words, values);
    if (values.format === 'json') {
      process.stdout.write(`${JSON.stringify(made)}\n`);
      // A plan that is saved is run later, and needs what it sends.
      for (const each of copiesIn(copiesFolder(), made))
        process.stderr.write(`haven plan: it needs ${each}; remove both together\n`);
    } else {
      process.stdout.write(values.format === 'runbook' ? renderRunbook(made, render) : renderPlan(made, render));
      await removeCopies(copiesFolder(), made);
    }
    return made.blockers.length > 0 ? 1 : 0;
  } finally {
    site.hosts.close();
  }
}

/** `haven runs`: what was run from this machine, here or in the editor, newest first. */
export async function runs(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { format: options.format } });
  const { isUnfinished, listRuns } = await import('../run');
  for (const record of await listRuns(runsFolder())) {
    const { id, plan: made, outcome, startedMs, reason } = record;
    const how = outcome ?? 'broke off';
    if (values.format === 'json') {
      const row = { run: id, cluster: made.cluster, operation: made.operation, startedMs, outcome: outcome ?? null };
      process.stdout.write(`${JSON.stringify({ ...row, open: isUnfinished(record) })}\n`);
    } else {
      const why = reason === undefined ? '' : `  ${plain(reason)}`;
      process.stdout.write(`${id}  ${how.padEnd(9)}  ${made.cluster}: ${render(made.title)}${why}\n`);
    }
  }
  return 0;
}

/**
 * `haven run`: plans, shows, asks, runs. Exit code 0 when it is done (or taken back, with `--undo`), 1 when it is not, 2
 * when it could not begin. The first Ctrl+C cancels between steps; whatever happens, `--resume` goes on.
 */
export async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: runOptions });
  const [name, ...words] = positionals;
  if (values.help) return helped(runUsage());
  const earlierId = values.resume ?? values.undo;
  if ((name === undefined) === (earlierId === undefined)) {
    process.stderr.write(runUsage());
    return 2;
  }
  const earlier = earlierId === undefined ? undefined : await earlierRun(earlierId, values.undo !== undefined);
  const [path, cluster] = placeOf(earlier) ?? [values.in, values.cluster];
  const site = await openSite(path, cluster, await givenSecrets(values['secrets-stdin']));
  try {
    const chosen: Chosen = earlier ? { plan: earlier.record.plan } : await chosenPlan(site, name ?? '', words, values);
    const { plan: made } = chosen;
    const json = values.format === 'json';
    if (!json) process.stdout.write(`${renderPlan(made, render)}\n`);
    if (made.blockers.length > 0) {
      for (const each of made.blockers) process.stderr.write(`haven run: ${plain(each)}\n`);
      return 2;
    }
    const typedName = await agreement(made, values, earlier);
    if (typedName === undefined) {
      if (earlier === undefined && !name?.endsWith('.json')) await removeCopies(copiesFolder(), made);
      return 2;
    }
    const secrets = await secretsFor(made, site);
    const front: Front = {
      typedName,
      secrets,
      onEvent: (event) => process.stdout.write(json ? `${JSON.stringify(jsonOf(event))}\n` : textOf(event)),
      confirm: async ({ confirm }, signal) =>
        values.yes || /^y(es)?$/i.test((await ask(`${render(confirm.question)} [y/N]`, signal)) ?? ''),
    };
    return await conducted(chosen, site, front, earlier, json);
  } finally {
    site.hosts.close();
  }
}

/** A plan, and what is measured while it runs. */
type Chosen = { readonly plan: Plan } & Partial<Measuring>;

async function conducted(
  { plan: made, beside, report }: Chosen,
  site: OpenSite,
  front: Front,
  earlier: Earlier | undefined,
  json: boolean,
): Promise<number> {
  const { conduct, sealBackup } = await import('../run');
  const abort = new AbortController();
  const cancel = () => {
    if (abort.signal.aborted) process.exit(130);
    process.stderr.write('haven run: cancelling after this step; press Ctrl+C again to leave it as it is\n');
    abort.abort();
  };
  process.on('SIGINT', cancel);
  try {
    const besides = new AbortController();
    const measuring = beside?.(besides.signal);
    const ended = await conduct(made, site, front, abort.signal, earlier).finally(() => besides.abort());
    await measuring;
    if (ended.kind === 'elsewhere') throw new UsageError('another process works on this run already');
    if (ended.kind === 'taken') {
      const { by, host } = ended;
      const since = by === undefined ? '' : ` since ${new Date(by.sinceMs).toISOString()}`;
      throw new UsageError(
        `${by?.who ?? 'somebody'} is at work on this cluster${since}: ${by?.what ?? '?'} (lock on ${host}); resume that run, or remove /run/haven/lock there if it is dead`,
      );
    }
    const { result, lockLeft } = ended;
    for (const each of lockLeft) process.stderr.write(`haven run: ${plain(each)}\n`);
    if (json)
      process.stdout.write(
        `${JSON.stringify({ kind: 'ended', run: ended.run, ...result, stoppedAt: result.stoppedAt?.id })}\n`,
      );
    else {
      const at = result.stoppedAt === undefined ? '' : ` at ${result.stoppedAt.id}`;
      const why = result.reason === undefined ? '' : `: ${plain(result.reason)}`;
      process.stdout.write(`${result.outcome}${at}${why}\n`);
    }
    if (!json) for (const each of report?.() ?? []) process.stdout.write(`${each}\n`);
    const backup = result.outcome === 'done' ? await sealBackup(made, site.cluster, render) : undefined;
    for (const each of backup?.problems ?? [])
      process.stderr.write(`haven run: the backup is not whole: ${render(each)}\n`);
    const isWhole = (backup?.problems ?? []).length === 0;
    const isGood = (result.outcome === 'done' && isWhole) || (earlier?.act === 'undo' && result.outcome === 'undone');
    if (result.outcome !== 'done' && result.outcome !== 'undone') {
      for (const each of copiesIn(copiesFolder(), made))
        process.stderr.write(`haven run: ${each} stays on this machine until the run is over: going on needs it\n`);
      process.stderr.write(`haven run: go on with: haven run --resume ${ended.run}\n`);
    }
    return isGood ? 0 : 1;
  } finally {
    process.off('SIGINT', cancel);
  }
}

async function planNow(site: OpenSite, name: string, words: readonly string[], values: Values): Promise<Chosen> {
  const { askCluster } = await import('../run');
  const { signal } = new AbortController();
  const state = await askCluster(site.hosts, site.cluster, site.vips, signal);
  const operation = operations[name];
  if (operation === undefined)
    throw new UsageError(`no operation "${name}"; there are: ${Object.keys(operations).join(', ')}`);
  const wishes = { ...wishesOf(values), words };
  const made = await operation.plan(site, state, wishes, signal);
  return 'plan' in made ? made : { plan: made };
}

/** `--no-drain` becomes `noDrain`; what was not typed is absent. */
function wishesOf(values: Values): Omit<Wishes, 'words'> {
  const { in: _, cluster: __, format: ___, 'secrets-stdin': ____, help: _____, ...own } = values;
  const named = Object.entries(own).filter(([, value]) => value !== undefined);
  const camel = (name: string) => name.replace(/-([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase());
  return Object.fromEntries(named.map(([name, value]) => [camel(name), value])) as unknown as Omit<Wishes, 'words'>;
}

/** A plan that was saved is run as it was read; it must be for this very cluster. */
async function chosenPlan(site: OpenSite, name: string, words: readonly string[], values: Values): Promise<Chosen> {
  if (!name.endsWith('.json')) return planNow(site, name, words, values);
  const made = readPlan(await readFile(name, 'utf8'));
  if (typeof made === 'string') throw new UsageError(`${name} is no plan: ${made}`);
  if (made.cluster !== site.cluster.name)
    throw new UsageError(`${name} is a plan for the cluster ${made.cluster}, and this one is ${site.cluster.name}`);
  return { plan: made };
}

async function earlierRun(id: string, isUndo: boolean): Promise<Earlier> {
  const { isUnfinished, listRuns, wayBackOf } = await import('../run');
  const record = (await listRuns(runsFolder())).find((each) => each.id === id);
  if (record === undefined) throw new UsageError(`no run "${id}"; "haven runs" lists them`);
  if (isUndo && (record.outcome === 'undone' || wayBackOf(record).length === 0))
    throw new UsageError(`${id} has nothing to take back`);
  if (!isUndo && !isUnfinished(record)) throw new UsageError(`${id} is ${record.outcome} already`);
  return { record, act: isUndo ? 'undo' : 'resume' };
}

/** The inventory and the cluster in it that a run was for. */
function placeOf(earlier: Earlier | undefined): readonly [string, string] | undefined {
  const site = earlier?.record.site;
  const at = site?.lastIndexOf('#') ?? -1;
  return site === undefined || at < 0 ? undefined : [site.slice(0, at), site.slice(at + 1)];
}

/** The cluster's name when the person agrees; a destructive plan wants it typed, or given with --confirm. */
async function agreement(
  made: Plan,
  { yes, confirm }: { readonly yes: boolean; readonly confirm?: string | undefined },
  earlier: Earlier | undefined,
): Promise<string | undefined> {
  if (made.destructive && earlier === undefined) {
    const typed =
      confirm ?? (await ask(`This cannot simply be taken back. Type the name of the cluster (${made.cluster}):`));
    if (typed === made.cluster) return typed;
    process.stderr.write(`haven run: this needs the name of the cluster: --confirm ${made.cluster}\n`);
    return undefined;
  }
  if (yes || /^y(es)?$/i.test((await ask(`${render(made.title)}? [y/N]`)) ?? '')) return made.cluster;
  process.stderr.write(isInteractive() ? 'haven run: not begun\n' : 'haven run: nobody is there to ask; say --yes\n');
  return undefined;
}

async function secretsFor(made: Plan, site: OpenSite): Promise<ReadonlyMap<string, Secret>> {
  const secrets = new Map<string, Secret>();
  for (const name of secretsOf(made)) {
    const typed = await site.secret(name, `the secret "${name}"`);
    if (typed === undefined)
      throw new UsageError(`the operation needs the secret "${name}"; type it, or give ${name}=… by --secrets-stdin`);
    secrets.set(name, typed);
  }
  return secrets;
}

/** Lines `NAME=VALUE` from the standard input: what others on the machine can read in no list of processes. */
async function givenSecrets(isGiven: boolean): Promise<ReadonlyMap<string, Secret>> {
  if (!isGiven) return new Map();
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  const lines = Buffer.concat(chunks).toString('utf8').split(/\r?\n/).filter(Boolean);
  return new Map(
    lines.map((line, i) => {
      const at = line.indexOf('=');
      // The line itself may be a secret whose name was forgotten.
      if (at < 1) throw new UsageError(`line ${i + 1} of the standard input is not NAME=VALUE`);
      return [line.slice(0, at), new Secret(line.slice(at + 1))];
    }),
  );
}

function jsonOf(event: RunEvent): object {
  const base = 'step' in event ? { ...event, step: event.step.id } : event;
  return 'steps' in base ? { kind: base.kind, because: base.because.id } : base;
}

function textOf(event: RunEvent): string {
  switch (event.kind) {
    case 'step-began':
      return `[${event.index + 1}/${event.of}] ${event.step.host}: ${render(event.step.title)}\n`;
    case 'output': {
      const said = [event.result.stdout, event.result.stderr]
        .map((each) => each.trimEnd())
        .filter((each) => each !== '');
      return said.map((each) => `${each.replace(/^/gm, '    ')}\n`).join('');
    }
    case 'step-ended':
      return event.outcome === 'was-done' ? '    (done already)\n' : '';
    case 'reconnecting':
      return `    ${plain(event.reason)}\n`;
    case 'undo-began':
      return `going back because of: ${render(event.because.title)}\n`;
    case 'progress':
      return '';
  }
}
