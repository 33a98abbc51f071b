import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { padColumns } from '../base/columns';
import { type Message, say } from '../base/message';
import { Secret } from '../base/secret';
import { secretsOf } from '../ops/check-plan';
import type { Concern, Plan } from '../ops/plan';
import { readPlan } from '../ops/read-plan';
import { concernText, renderPlan } from '../ops/render-plan';
import { renderRunbook } from '../ops/render-runbook';
import type { Earlier, Front, LockInfo, RunEvent, RunResult } from '../run';
import { copiesFolder, runsFolder } from '../run/own-folders';
import { copiesIn, removeCopies } from '../run/tidy';
import { operations } from './operations';
import { ask, isInteractive } from './prompt';
import { formatOf, type OpenSite, openSite, UsageError } from './site';
import { err, out, outForShell } from './terminal';
import type { CliOperation, Measuring, Wishes } from './wishes';
import { text } from './words';

const usages = () => Object.values(operations).map((each) => `  ${each.usage}\n`);
export const planUsage = (): string =>
  `usage: haven plan OPERATION [--in DIR] [--cluster NAME] [--secrets-stdin] [--format text|runbook|json]\noperations:\n${usages().join('')}`;
export const runUsage = (): string =>
  'usage: haven run OPERATION|PLAN.json [--in DIR] [--cluster NAME] [--yes] [--confirm CLUSTER]\n' +
  '                 [--secrets-stdin] [--format text|json]\n' +
  '       haven run --resume RUN | --undo RUN    ("haven runs" lists them)\n' +
  `operations:\n${usages().join('')}`;

const options = {
  in: { type: 'string', default: '.' },
  cluster: { type: 'string' },
  format: { type: 'string', default: 'text' },
  name: { type: 'string' },
  release: { type: 'string' },
  k3s: { type: 'string' },
  installer: { type: 'string' },
  s3: { type: 'boolean', default: false },
  's3-config': { type: 'string' },
  pki: { type: 'string' },
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
  folder: { type: 'string' },
  's3-endpoint': { type: 'string' },
  's3-bucket': { type: 'string' },
  's3-folder': { type: 'string' },
  's3-region': { type: 'string' },
  's3-keys': { type: 'boolean', default: false },
  's3-off': { type: 'boolean', default: false },
  'no-s3': { type: 'boolean', default: false },
  stop: { type: 'string' },
} as const;
const runOptions = {
  ...options,
  yes: { type: 'boolean', default: false },
  confirm: { type: 'string' },
  resume: { type: 'string' },
  undo: { type: 'string' },
} as const;

/** Options that every operation takes. */
const common = ['in', 'cluster', 'format', 'secrets-stdin', 'yes', 'confirm', 'resume', 'undo'];

/**
 * @throws UsageError for an option or a word that the operation does not take: passed over, it would seem to count
 */
function refuseUnused(name: string, words: readonly string[], values: Readonly<Record<string, unknown>>): void {
  const { usage } = operationOf(name);
  const taken = [...usage.matchAll(/--([a-z0-9-]+)/g)].map((each) => each[1] ?? '');
  const isTyped = (value: unknown) =>
    Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
  const odd = Object.keys(values).find(
    (each) => !common.includes(each) && !taken.includes(each) && isTyped(values[each]),
  );
  if (odd !== undefined) throw new UsageError(say('{0} takes no --{1}; it is written: {2}', name, odd, usage));
  const [word] = words;
  const takesNone = usage.replace(/\[--[^\]]*\]/g, '').trim() === name;
  if (takesNone && word !== undefined)
    throw new UsageError(say('{0} takes no "{1}"; it is written: {2}', name, word, usage));
}

/** @throws UsageError when there is none of that name */
function operationOf(name: string): CliOperation {
  const found = Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (found === undefined)
    throw new UsageError(say('no operation "{0}"; there are: {1}', name, Object.keys(operations).join(', ')));
  return found;
}

type Values = ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>['values'];

const plain = (concern: Concern) => concernText(concern, text).replaceAll('**', '');

/** `haven plan`: what an operation would do, as a document, a runbook or data. Exit code 1 when it cannot begin. */
export async function plan(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
  const [name, ...words] = positionals;
  if (name === undefined) {
    err(planUsage());
    return 2;
  }
  const format = formatOf(values.format, ['text', 'runbook', 'json']);
  refuseUnused(name, words, values);
  const site = await openSite(values.in, values.cluster, await givenSecrets(values['secrets-stdin']));
  try {
    const { plan: made } = await planNow(site, name, words, values);
    if (format === 'json') {
      out(`${JSON.stringify(made)}\n`);
      // A plan that is saved is run later, and needs what it sends.
      for (const each of copiesIn(copiesFolder(), made))
        err(`haven plan: ${text(say('it needs {0}; remove both together', each))}\n`);
    } else {
      if (format === 'runbook') outForShell(renderRunbook(made, text));
      else out(renderPlan(made, text));
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
  const format = formatOf(values.format, ['text', 'json']);
  const { isUnfinished, readRuns } = await import('../run');
  const { runs: all, lost } = await readRuns(runsFolder());
  for (const { path, why } of lost)
    err(
      `haven runs: ${text(say('{0} cannot be read, so its run is not listed: {1}; what that run has begun may still be on the nodes', path, text(why)))}\n`,
    );
  if (all.length === 0 && format === 'text') err(`${text(say('nothing was run from this machine'))}\n`);
  for (const record of all) {
    const { id, plan: made, outcome, startedMs, reason } = record;
    if (format === 'json') {
      const row = { run: id, cluster: made.cluster, operation: made.operation, startedMs, outcome: outcome ?? null };
      out(`${JSON.stringify({ ...row, open: isUnfinished(record) })}\n`);
    } else {
      const why = reason === undefined ? '' : `  ${plain(reason)}`;
      out(`${id}  ${padColumns(outcomeText(outcome), 9)}  ${made.cluster}: ${text(made.title)}${why}\n`);
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
  const earlierId = values.resume ?? values.undo;
  // To go on and to go back at once is neither.
  const isBoth = values.resume !== undefined && values.undo !== undefined;
  if ((name === undefined) === (earlierId === undefined) || isBoth) {
    err(runUsage());
    return 2;
  }
  const json = formatOf(values.format, ['text', 'json']) === 'json';
  if (name !== undefined && !name.endsWith('.json')) refuseUnused(name, words, values);
  const earlier = earlierId === undefined ? undefined : await earlierRun(earlierId, values.undo !== undefined);
  const [path, cluster] = placeOf(earlier) ?? [values.in, values.cluster];
  const site = await openSite(path, cluster, await givenSecrets(values['secrets-stdin']));
  try {
    const chosen: Chosen = earlier ? { plan: earlier.record.plan } : await chosenPlan(site, name ?? '', words, values);
    const { plan: made } = chosen;
    if (!json) out(`${renderPlan(made, text, { commands: false })}\n`);
    if (made.blockers.length > 0) {
      for (const each of made.blockers) err(`haven run: ${plain(each)}\n`);
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
      onEvent: (event) => out(json ? `${JSON.stringify(jsonOf(event))}\n` : textOf(event)),
      confirm: async ({ confirm }, signal) =>
        values.yes || /^y(es)?$/i.test((await ask(`${text(confirm.question)} [y/N]`, signal)) ?? ''),
      // Nobody but a person who sits here can know that the other run is dead, whatever was agreed to beforehand.
      takeOver: async (by, host) =>
        /^y(es)?$/i.test((await ask(`${text(takeOverQuestion(by, host))} [y/N]`, undefined)) ?? ''),
    };
    return await conducted(chosen, site, front, earlier, json);
  } finally {
    site.hosts.close();
  }
}

const takeOverQuestion = (by: LockInfo | undefined, host: string): Message =>
  say(
    '{0} holds the lock on {1} since {2} ({3}). Take it over? Only when you know that nothing runs there any more, as after a crash',
    by?.who ?? '?',
    host,
    by === undefined ? '?' : new Date(by.sinceMs).toISOString(),
    by?.what ?? '?',
  );

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
    tell(say('cancelling after this step; press Ctrl+C again to leave it as it is'));
    abort.abort();
  };
  process.on('SIGINT', cancel);
  try {
    const besides = new AbortController();
    const measuring = beside?.(besides.signal);
    const ended = await conduct(made, site, front, abort.signal, earlier).finally(() => besides.abort());
    await measuring;
    if (ended.kind === 'elsewhere') throw new UsageError(say('another process works on this run already'));
    if (ended.kind === 'taken') {
      const { by, host } = ended;
      throw new UsageError(
        by === undefined
          ? say(
              'somebody is at work on this cluster (lock on {0}); resume that run, or remove /run/haven/lock there if it is dead',
              host,
            )
          : say(
              '{0} is at work on this cluster since {1}: {2} (lock on {3}); resume that run, or remove /run/haven/lock there if it is dead',
              by.who,
              new Date(by.sinceMs).toISOString(),
              by.what,
              host,
            ),
      );
    }
    const { result, lockLeft } = ended;
    for (const each of lockLeft) err(`haven run: ${plain(each)}\n`);
    if (json) out(`${JSON.stringify({ kind: 'ended', run: ended.run, ...result, stoppedAt: result.stoppedAt?.id })}\n`);
    else {
      const at = result.stoppedAt === undefined ? '' : ` ${text(say('at {0}', result.stoppedAt.id))}`;
      const why = result.reason === undefined ? '' : `: ${plain(result.reason)}`;
      out(`${outcomeText(result.outcome)}${at}${why}\n`);
    }
    if (!json) for (const each of report?.() ?? []) out(`${each}\n`);
    const backup = result.outcome === 'done' ? await sealBackup(made, site.cluster, text) : undefined;
    for (const each of backup?.problems ?? []) tell(say('the backup is not whole: {0}', text(each)));
    const isWhole = (backup?.problems ?? []).length === 0;
    const isGood = (result.outcome === 'done' && isWhole) || (earlier?.act === 'undo' && result.outcome === 'undone');
    if (result.outcome !== 'done' && result.outcome !== 'undone') {
      for (const each of copiesIn(copiesFolder(), made))
        tell(say('{0} stays on this machine until the run is over: going on needs it', each));
      tell(say('go on with: haven run --resume {0}', ended.run));
      const { canGoBack, listRuns } = await import('../run');
      const record = (await listRuns(runsFolder())).find((each) => each.id === ended.run);
      if (record !== undefined && canGoBack(record)) tell(say('or take it back with: haven run --undo {0}', ended.run));
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
  const wishes = { ...wishesOf(values), words };
  const made = await operationOf(name).plan(site, state, wishes, signal);
  return 'plan' in made ? made : { plan: made };
}

/** `--no-drain` becomes `noDrain`; what was not typed is absent. */
function wishesOf(values: Values): Omit<Wishes, 'words'> {
  const { in: _, cluster: __, format: ___, 'secrets-stdin': ____, ...own } = values;
  const named = Object.entries(own).filter(([, value]) => value !== undefined);
  const camel = (name: string) => name.replace(/-([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase());
  return Object.fromEntries(named.map(([name, value]) => [camel(name), value])) as unknown as Omit<Wishes, 'words'>;
}

/** A plan that was saved is run as it was read; it must be for this very cluster. */
async function chosenPlan(site: OpenSite, name: string, words: readonly string[], values: Values): Promise<Chosen> {
  if (!name.endsWith('.json')) return planNow(site, name, words, values);
  const made = readPlan(await readFile(name, 'utf8'));
  if (typeof made === 'string') throw new UsageError(say('{0} is no plan: {1}', name, made));
  if (made.cluster !== site.cluster.name)
    throw new UsageError(
      say('{0} is a plan for the cluster {1}, and this one is {2}', name, made.cluster, site.cluster.name),
    );
  return { plan: made };
}

async function earlierRun(id: string, isUndo: boolean): Promise<Earlier> {
  const { canGoBack, isUnfinished, listRuns, openBeside, openStep } = await import('../run');
  const all = await listRuns(runsFolder());
  const record = all.find((each) => each.id === id);
  if (record === undefined) throw new UsageError(say('no run "{0}"; "haven runs" lists them', id));
  if (isUndo && !canGoBack(record)) throw new UsageError(say('{0} has nothing to take back', id));
  if (!isUndo && !isUnfinished(record)) throw new UsageError(say('{0} is {1} already', id, record.outcome ?? ''));
  for (const each of openBeside(record, all))
    tell(
      say(
        'another run on this cluster broke off and stays open: {0} ({1}; begun {2}, stopped at: {3})',
        each.id,
        text(each.plan.title),
        new Date(each.startedMs).toISOString(),
        text(openStep(each)?.title ?? say('its end')),
      ),
    );
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
      confirm ??
      (await ask(text(say('This cannot simply be taken back. Type the name of the cluster ({0}):', made.cluster))));
    if (typed === made.cluster) return typed;
    tell(say('this needs the name of the cluster: --confirm {0}', made.cluster));
    return undefined;
  }
  if (yes || /^y(es)?$/i.test((await ask(`${text(made.title)}? [y/N]`)) ?? '')) return made.cluster;
  tell(isInteractive() ? say('not begun') : say('nobody is there to ask; say --yes'));
  return undefined;
}

async function secretsFor(made: Plan, site: OpenSite): Promise<ReadonlyMap<string, Secret>> {
  const secrets = new Map<string, Secret>();
  for (const name of secretsOf(made)) {
    const typed = await site.secret(name, text(say('the secret "{0}"', name)));
    if (typed === undefined)
      throw new UsageError(
        say('the operation needs the secret "{0}"; type it, or give {1}=… by --secrets-stdin', name, name),
      );
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
      if (at < 1) throw new UsageError(say('line {0} of the standard input is not NAME=VALUE', i + 1));
      return [line.slice(0, at), new Secret(line.slice(at + 1))];
    }),
  );
}

function tell(message: Message): void {
  err(`haven run: ${text(message)}\n`);
}

function outcomeText(outcome: RunResult['outcome'] | undefined): string {
  switch (outcome) {
    case 'done':
      return text(say('done'));
    case 'undone':
      return text(say('undone'));
    case 'cancelled':
      return text(say('cancelled'));
    case 'failed':
      return text(say('failed'));
    case 'unknown':
      return text(say('unknown'));
    case undefined:
      return text(say('broke off'));
  }
}

function jsonOf(event: RunEvent): object {
  const base = 'step' in event ? { ...event, step: event.step.id } : event;
  return 'steps' in base ? { kind: base.kind, because: base.because.id } : base;
}

function textOf(event: RunEvent): string {
  switch (event.kind) {
    case 'step-began':
      return `[${event.index + 1}/${event.of}] ${event.step.host}: ${text(event.step.title)}\n`;
    case 'output': {
      const said = [event.result.stdout, event.result.stderr]
        .map((each) => each.trimEnd())
        .filter((each) => each !== '');
      return said.map((each) => `${each.replace(/^/gm, '    ')}\n`).join('');
    }
    case 'step-ended':
      return event.outcome === 'was-done' ? `    (${text(say('done already'))})\n` : '';
    case 'reconnecting':
      return `    ${plain(event.reason)}\n`;
    case 'undo-began':
      return `${text(say('going back because of: {0}', text(event.because.title)))}\n`;
    case 'progress':
      return '';
  }
}
