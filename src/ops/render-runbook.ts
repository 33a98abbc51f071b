import { type Message, say } from '../base/message';
import { quote } from '../base/shell';
import { type Arg, asGrepReads, type Command, type Condition, type Probe } from './command';
import { doneOf, type Plan, type SecretRef, type Step, type Upload, undoOf } from './plan';
import { concernText, type Say } from './render-plan';

/**
 * A plan as a runbook: a Markdown document whose blocks do by hand what the executor does. Each block asks first whether
 * its step is done already and afterwards whether it is done now, so that a runbook too can be begun again at any point.
 * What steps pass on to each other is in shell variables of the names that the plan uses; secrets are typed, never written.
 */
export function renderRunbook(plan: Plan, text: Say): string {
  const lines = [`# ${text(plan.title)}`, ''];
  lines.push(
    text(
      say(
        'Paste each block into a root shell on the machine that its heading names, one after the other, and go on only when it says so.',
      ),
    ),
    '',
  );
  for (const each of [...plan.blockers, ...plan.warnings]) lines.push(`> ${concernText(each, text)}`, '');
  for (const each of plan.outlook ?? []) lines.push(`- ${text(each)}`);
  if (plan.outlook !== undefined && plan.outlook.length > 0) lines.push('');
  for (const [index, step] of plan.steps.entries()) lines.push(...section(step, `${index + 1}`, text));
  const back = plan.undo ?? undoOf(plan.steps);
  if (back.length > 0 || plan.wayBack.length > 0) {
    lines.push(`## ${text(say('The way back'))}`, '', ...plan.wayBack.flatMap((each) => [`- ${text(each)}`, '']));
    if (back.length > 0)
      lines.push(text(say('From wherever you stopped: each block does only what is left to take back.')), '');
    for (const [index, step] of back.entries()) lines.push(...section(step, `B${index + 1}`, text, '###'));
  }
  return lines.join('\n');
}

function section(step: Step, mark: string, text: Say, heading = '##'): string[] {
  const lines = [`${heading} ${mark}. ${step.host}: ${text(step.title)}`, ''];
  const prose = (message: Message) => lines.push(text(message), '');
  const block = (host: string, body: readonly string[]) => lines.push('```sh', `# ${host}`, ...body, '```', '');
  const words: Words = {
    goOn: text(say('DONE: go on')),
    already: text(say('done already: go on')),
    stop: text(say('NOT DONE: stop here')),
  };
  const here = text(say('this machine'));

  const needed = namesIn(step);
  if (needed.length > 0)
    prose(say('It needs what earlier steps printed: {0}. Set them in this shell first.', needed.join(', ')));
  const { stops = [], removes = [] } = step.quorum ?? {};
  const gone = [...stops, ...removes];
  if (gone.length > 0)
    prose(say('Stop if etcd would have no quorum without {0}: look at its members first.', gone.join(', ')));

  if ('confirm' in step) {
    prose(step.confirm.question);
    prose(say('No, or no answer within {0} s: take the way back.', step.confirm.withinSec));
  } else if ('waitFor' in step) {
    const { waitFor } = step;
    if ('reach' in waitFor) {
      const { host, port } = waitFor.reach;
      const open = `timeout 1 bash -c ${quote(`</dev/tcp/${host}/${port}`)} 2>/dev/null`;
      block(here, untilYes(`is_done() { ${open}; }`, waitFor.withinSec, words));
    } else block(waitFor.host, untilYes(question(waitFor), waitFor.withinSec, words));
  } else if ('download' in step) {
    const { from, to } = step.download;
    const { root } = 'command' in from ? from.command : from;
    const source = 'command' in from ? sentence(from.command) : sentence({ argv: ['cat', '--', from.path] });
    const through = `ssh ${quote(step.host)} ${quote(`${root ? 'sudo ' : ''}${source}`)}`;
    const [part, whole] = [quote(`${to}.part`), quote(to)];
    // By its own end: a file of an earlier try would say nothing about this one.
    block(
      here,
      withVerdict(
        [`( umask 077; mkdir -p "$(dirname ${whole})" && ${through} >${part} && mv ${part} ${whole} )`],
        words,
      ),
    );
  } else if ('upload' in step) {
    const { content, path } = step.upload;
    if ('file' in content) {
      prose(say('Bring {0} to {1}, as {2}, first.', content.file, step.host, draftOf(path)));
      block(step.host, [
        ...withVerdict([`echo ${quote(`${content.sha256}  ${draftOf(path)}`)} | sha256sum -c`], words),
      ]);
    }
    block(step.host, uploadLines(step.upload, words));
  } else if (step.risk === 'read') {
    block(step.host, withVerdict(commandLines(step), words));
  } else if (step.done.host === step.host) {
    const { done } = step;
    block(step.host, [
      question(done),
      `if is_done; then echo ${quote(words.already)}; else`,
      ...commandLines(step),
      ...untilYes(undefined, done.withinSec, words),
      'fi',
    ]);
  } else {
    prose(say('Pass it over when the block after it says so already.'));
    block(step.host, commandLines(step));
    block(step.done.host, untilYes(question(step.done), step.done.withinSec, words));
  }
  if (step.noWayBack === true)
    prose(say('After this block the way back at the end of this document does not lead back any more: go on instead.'));
  if (step.onFailure !== undefined) prose(say('If it fails, take the way back at the end of this document.'));
  return lines;
}

/** What a block says at its end, in the reader's language. */
interface Words {
  readonly goOn: string;
  readonly already: string;
  readonly stop: string;
}

/** The command; its output goes into a variable where later steps need it, and is shown unless it is secret. */
function commandLines(step: {
  readonly run: Command;
  readonly capture?: string;
  readonly captureSecret?: string;
}): string[] {
  const { run, capture, captureSecret } = step;
  const ask = run.secretStdin === undefined ? [] : askSecret(run.secretStdin);
  const name = captureSecret ?? capture;
  if (name === undefined) return [...ask, sentence(run)];
  const shown = captureSecret === undefined ? [`printf '%s\\n' "$${variable(name)}"`] : [];
  return [...ask, [`${variable(name)}=$(${sentence(run)})`, ...shown].join(' && ')];
}

/** The last of the lines decides. */
function withVerdict(lines: readonly string[], words: Words): string[] {
  const verdict = ` && echo ${quote(words.goOn)} || echo ${quote(words.stop)}`;
  return lines.map((line, i) => (i === lines.length - 1 ? `${line}${verdict}` : line));
}

/** Typed without an echo, unless this shell knows it. */
function askSecret(name: string): string[] {
  const own = variable(name);
  return [`[ -n "\${${own}-}" ] || { printf '%s: ' ${quote(name)}; stty -echo; read -r ${own}; stty echo; echo; }`];
}

function untilYes(definition: string | undefined, withinSec: number, words: Words): string[] {
  return [
    ...(definition === undefined ? [] : [definition]),
    // One yes is enough: asked once more, a load balancer may lead elsewhere.
    `n=0 yes=; until is_done && yes=1 || [ "$n" -ge ${Math.ceil(withinSec)} ]; do sleep 1; n=$((n+1)); done`,
    `[ -n "$yes" ] && echo ${quote(words.goOn)} || echo ${quote(words.stop)}`,
  ];
}

function question({ command, yesWhen }: Probe): string {
  return `is_done() { said=$(${sentence(command)} 2>/dev/null); code=$?; ${test(yesWhen)}; }`;
}

/** The condition over `$said` and `$code`. Patterns are for one line, so that `^` and `$` are those of the executor. */
function test(condition: Condition): string {
  if ('all' in condition) return condition.all.map(test).join(' && ');
  if ('code' in condition) return `[ "$code" -eq ${condition.code} ]`;
  const has = (part: string) => `case $said in *${quote(part)}*) true;; *) false;; esac`;
  if ('stdoutHas' in condition) return has(condition.stdoutHas);
  if ('stdoutLacks' in condition) return `[ "$code" -eq 0 ] && ! { ${has(condition.stdoutLacks)}; }`;
  return `printf '%s\\n' "$said" | grep -Eq -- ${quote(asGrepReads(condition.stdoutMatches))}`;
}

const draftOf = (path: string) => `${path}.haven-draft`;

function uploadLines({ content, path, mode, keep }: Upload, words: Words): string[] {
  const draft = quote(draftOf(path));
  const target = quote(path);
  const lines: string[] = [];
  if ('text' in content) {
    for (const part of content.text)
      if (typeof part === 'object' && 'secret' in part) lines.push(...askSecret(part.secret));
    lines.push(`( umask 077; printf '%s' ${content.text.map(word).join('')} >${draft} )`);
  }
  lines.push(
    `if cmp -s ${draft} ${target}; then chmod ${mode} ${target}; rm -f ${draft}; echo ${quote(words.already)}; else`,
  );
  if (keep !== undefined) {
    const [kept, none] = [quote(keep), quote(`${keep}.absent`)];
    lines.push(
      `mkdir -p "$(dirname ${kept})"`,
      `[ -e ${kept} ] || [ -e ${none} ] || if [ -e ${target} ]; then cp -a ${target} ${kept}; else : >${none}; fi`,
    );
  }
  return [
    ...lines,
    `chmod ${mode} ${draft}; [ ! -e ${target} ] || chown "$(stat -c %u:%g ${target})" ${draft}`,
    `mv -f ${draft} ${target} && sync && echo ${quote(words.goOn)} || echo ${quote(words.stop)}`,
    'fi',
  ];
}

/** A command as a line: its words quoted, outputs of earlier steps as variables, what it reads in front of a pipe. */
function sentence(command: Pick<Command, 'argv' | 'stdin' | 'secretStdin'>): string {
  const line = command.argv.map(word).join(' ');
  if (command.secretStdin !== undefined) return `printf '%s' "$${variable(command.secretStdin)}" | ${line}`;
  return command.stdin === undefined ? line : `printf '%s' ${word(command.stdin)} | ${line}`;
}

function word(part: Arg | SecretRef): string {
  if (typeof part === 'string') return quote(part);
  return `"$${variable('secret' in part ? part.secret : part.output)}"`;
}

/** Names in plans may hold what a shell's variable cannot. */
function variable(name: string): string {
  return `haven_${name.replace(/[^A-Za-z0-9_]/g, '_')}`;
}

/** The variables that a step reads and that are not secrets. */
function namesIn(step: Step): string[] {
  const parts: (Arg | SecretRef | undefined)[] = [];
  if ('run' in step) parts.push(...step.run.argv, step.run.stdin);
  const done = doneOf(step);
  if (done !== undefined) parts.push(...done.command.argv, done.command.stdin);
  if ('waitFor' in step && 'command' in step.waitFor) parts.push(...step.waitFor.command.argv);
  if ('upload' in step && 'text' in step.upload.content) parts.push(...step.upload.content.text);
  const names = parts.flatMap((each) => (typeof each === 'object' && 'output' in each ? [variable(each.output)] : []));
  return [...new Set(names)];
}
