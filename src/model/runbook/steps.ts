import type { Span } from '../../base/span';
import { type Constants, readWords, type SimpleCommand, type Source, type Word } from '../../syntax/runbook/read-words';
import { prompt } from '../../syntax/runbook/runbook-lines';
import type { Command } from '../../syntax/runbook/runbook-tree';

/** A program that a runbook runs, with whatever runs it (sudo, ssh, `bash -c` …) taken off. */
export interface Step {
  /** Its name without a folder: `rm`, `etcdctl`. */
  readonly program: string;
  /** What stands behind the name. */
  readonly args: readonly Word[];
  /** From the name to the last argument, in the file. */
  readonly span: Span;
  readonly command: Command;
  /** The machine that ssh was told, as written; undefined for the machine where the runbook runs. */
  readonly host: string | undefined;
  /** A tool runs it on many machines at the same time. */
  readonly everywhere: boolean;
  readonly isBackground: boolean;
  /** Its loop goes over so many words; undefined outside of loops and where nobody can count them. */
  readonly rounds: number | undefined;
  readonly loopVariable: string | undefined;
}

interface Around {
  readonly command: Command;
  readonly constants: Constants;
  readonly host: string | undefined;
  readonly everywhere: boolean;
  readonly isBackground: boolean;
  /** What it reads from a here-string. */
  readonly input: Word | undefined;
  readonly loop: Loop | undefined;
  readonly depth: number;
}

interface Loop {
  readonly variable: string;
  readonly rounds: number | undefined;
}

/** What the commands of a runbook run, in the order of the file. */
export function stepsOf(commands: readonly Command[], constants: Constants): readonly Step[] {
  const found: Step[] = [];
  const loops: (Loop | undefined)[] = [];
  let block = -1;
  for (const command of commands) {
    if (command.block !== block) loops.length = 0;
    block = command.block;
    const shown = prompt.exec(command.text)?.[0].length ?? 0;
    const source = sourceIn(command, shown);
    for (const simple of readWords(source, constants)) {
      const words = withoutReserved(simple.words, loops);
      const around = {
        command,
        constants,
        host: undefined,
        everywhere: false,
        loop: loops.findLast((each) => each),
        depth: 0,
      };
      const own = unwrap(words, { ...around, isBackground: simple.isBackground, input: simple.input });
      for (const each of own) found.push(each);
    }
  }
  return found;
}

/** What a command says from a place on, each character with its place in the file. */
function sourceIn(command: Command, from: number): Source {
  const places: number[] = [];
  let line = 0;
  for (let i = 0; i < command.text.length; i++) {
    while ((command.lines[line + 1]?.inner ?? Number.POSITIVE_INFINITY) <= i) line++;
    const at = command.lines[line];
    places.push(command.opaque?.start ?? (at === undefined ? command.span.start : at.outer + i - at.inner));
  }
  return { text: command.text.slice(from), places: places.slice(from) };
}

/** The words behind `if`, `then`, `do` …; keeps account of the loops that are open. */
function withoutReserved(words: readonly Word[], loops: (Loop | undefined)[]): readonly Word[] {
  for (let i = 0; i < words.length; i++) {
    const word = words[i]?.text ?? '';
    if (word === 'for') {
      loops.push(loopOf(words.slice(i + 1)));
      return [];
    }
    if (word === 'while' || word === 'until') loops.push(undefined);
    else if (word === 'done') loops.pop();
    else if (!/^(?:if|then|elif|else|do|fi|!|\{|\}|time)$/.test(word)) return words.slice(i);
  }
  return [];
}

function loopOf([variable, , ...items]: readonly Word[]): Loop {
  const counted = items.every((each) => !each.isOpen && !/[*?{[]/.test(each.text));
  return {
    variable: variable?.text ?? '',
    rounds: counted ? items.flatMap((each) => each.text.split(/\s+/)).filter((each) => each !== '').length : undefined,
  };
}

const assignment = /^[A-Za-z_]\w*=/;
/** The options of wrappers that take a word of their own. */
const withValue: Readonly<Record<string, RegExp>> = {
  sudo: /^-(?:[ugpCDRThr]|-user|-group)$/,
  doas: /^-[uC]$/,
  env: /^-(?:u|C|-unset|-chdir)$/,
  nice: /^-n$/,
  ionice: /^-[cn]$/,
  timeout: /^-(?:[ks]|-signal|-kill-after)$/,
  xargs: /^-(?:[aEIdLnPs])$/,
  ssh: /^-[bcDEeFIiJLlmOoPpQRSWw]$/,
  sshpass: /^-[pfde]$/,
  chroot: /^--?(?:userspec|groups)$/,
  exec: /^-a$/,
  stdbuf: /^-[ioe]$/,
  pdsh: /^-[wxglfutRSE]$/,
  pssh: /^-[hHlptoeOAiIxX]$/,
  ansible:
    /^(?:-[aBcefilmMPtTu]|--(?:args|module-name|inventory|user|limit|forks|become-user|private-key|extra-vars|connection|timeout))$/,
};

/** Programs by which one runs another on many machines at the same time. */
const spreading = /^(?:pdsh|pssh|parallel-ssh|clush|dsh)$/;

const ownWrapper = /^_?(?:run|retry|try|maybe|do|with|as|exec(?:ute)?|safe)(?:[_-]\w+)*$/;
const known = /^(?:sudo|rm|mv|cp|kubeadm|kubectl|etcdctl|etcdutl|k3s|k3s-uninstall\.sh|systemctl|crictl|ssh)$/;

/** A command with its options that a variable holds is several words where no quotes are around it. */
function split(word: Word): readonly Word[] {
  if (!/\s/.test(word.text) || new Set(word.places).size > 1) return [word];
  return word.text
    .trim()
    .split(/\s+/)
    .map((text) => ({ ...word, text, places: word.places.slice(0, text.length) }));
}

function unwrap(words: readonly Word[], around: Around): readonly Step[] {
  const [first, ...others] = words.slice(
    Math.max(
      0,
      words.findIndex((each) => !assignment.test(each.text)),
    ),
  );
  const [head, ...args] = first === undefined ? [] : [...split(first), ...others];
  if (head === undefined || around.depth > 5 || assignment.test(head.text)) return [];
  const program = head.text.replace(/^.*\//, '');
  const deeper = { ...around, depth: around.depth + 1 };
  if (/^(?:sudo|doas|env|nice|ionice|nohup|exec|command|stdbuf|xargs|chroot|timeout|sshpass)$/.test(program)) {
    const inner = behindOptions(program, args);
    return unwrap(program === 'timeout' || program === 'chroot' ? inner.slice(1) : inner, deeper);
  }
  // A variable for sudo, and functions of a script that run, log or repeat what they are given.
  if (head.isOpen || ownWrapper.test(program)) {
    const at = args.findIndex((each) => known.test(each.text));
    if (at >= 0 && at < 3) return unwrap(args.slice(at), deeper);
  }
  if (/^(?:ba|da|k|z|a)?sh$/.test(program) || program === 'su') {
    const script = args[args.findIndex((each) => /^-\w*c$/.test(each.text)) + 1];
    const isScript = args.some((each) => /^-\w*c$/.test(each.text));
    if (!isScript && around.input !== undefined) return again([around.input], { ...deeper, input: undefined });
    return isScript && script !== undefined ? again([script], deeper) : [step(program, head, args, around)];
  }
  if (program === 'ssh') {
    const [target, ...remote] = behindOptions('ssh', args);
    if (target !== undefined && remote.length > 0)
      return again(behindOptions('ssh', remote), { ...deeper, host: target.text });
  }
  if (spreading.test(program)) {
    const inner = behindOptions(program === 'pdsh' || program === 'clush' ? 'pdsh' : 'pssh', args);
    if (inner.length > 0) return again(inner, { ...deeper, everywhere: true });
  }
  if (program === 'ansible') {
    const text = valueBehind(args, /^(?:-a|--args)$/);
    const module = valueBehind(args, /^(?:-m|--module-name)$/)?.text.replace(/^ansible\.\w+\./, '') ?? 'command';
    const inTurn = args.some((each) => /^(?:-f1?|--forks(?:=1)?)$/.test(each.text));
    const inner = { ...deeper, everywhere: !inTurn && !namesOneMachine(args) };
    if (text !== undefined && /^(?:shell|command|raw)$/.test(module)) return again([text], inner);
    if (text !== undefined && /^(?:systemd(?:_service)?|service|sysvinit)$/.test(module)) {
      const command = serviceCommand(head, text);
      if (command !== undefined) return [step('systemctl', head, command, inner)];
    }
  }
  if (/^(?:k3s|rke2)$/.test(program) && /^(?:kubectl|crictl|ctr|etcdctl)$/.test(args[0]?.text ?? ''))
    return unwrap(args, deeper);
  // What runs in a container is seen without its options; the container is another machine to nobody here.
  if (/^(?:kubectl|crictl|docker|podman|nerdctl|multipass|lxc)$/.test(program)) {
    const verb = args.findIndex((each) => each.text === 'exec');
    const dashes = args.findIndex((each) => each.text === '--');
    const tool = args.findIndex((each) => /^(?:\S*\/)?(?:etcdctl|etcdutl|(?:ba|da|a)?sh)$/.test(each.text));
    if (verb >= 0 && dashes > verb) return unwrap(args.slice(dashes + 1), deeper);
    if (verb >= 0 && tool > verb) return unwrap(args.slice(tool), deeper);
    if (args.some((each) => each.text === 'run') && tool >= 0) return unwrap(args.slice(tool), deeper);
  }
  return [step(program, head, args, around)];
}

/** The word behind an option of ansible. */
function valueBehind(args: readonly Word[], option: RegExp): Word | undefined {
  const at = args.findIndex((each) => option.test(each.text));
  return at < 0 ? undefined : args[at + 1];
}

/** Whether ansible is told one machine: by a name with a number at its end, an index, an address, or `--limit` with one. */
function namesOneMachine(args: readonly Word[]): boolean {
  const limit = valueBehind(args, /^(?:-l|--limit)$/) ?? args.find((each) => each.text.startsWith('--limit='));
  const pattern = (limit ?? behindOptions('ansible', args)[0])?.text.replace(/^--limit=/, '') ?? '';
  return /^(?!rke2$|k8s$)[\w.-]*\d$|\[-?\d+\]$|^localhost$/.test(pattern);
}

/** What systemctl would be told instead of the arguments of Ansible's modules for services: `name=k3s state=restarted`. */
function serviceCommand(head: Word, { text, span, places, isOpen }: Word): readonly Word[] | undefined {
  const unit = /(?:^|\s)(?:name|service|unit)=(["']?)([\w@.-]+)\1/.exec(text)?.[2];
  const state = /(?:^|\s)state=(["']?)(\w+)\1/.exec(text)?.[2];
  const verb = { restarted: 'restart', stopped: 'stop', started: 'start', reloaded: 'reload' }[state ?? ''];
  if (unit === undefined || verb === undefined) return undefined;
  return [verb, unit].map((each) => ({
    text: each,
    span,
    places: places.slice(0, each.length),
    isOpen: isOpen || head.isOpen,
  }));
}

/** The words as a shell of their own reads them. */
function again(words: readonly Word[], around: Around): readonly Step[] {
  const source: Source = {
    text: words.map((each) => each.text).join(' '),
    places: words.flatMap((each, index) => (index === 0 ? each.places : [each.span.start, ...each.places])),
  };
  const loops: (Loop | undefined)[] = [];
  return readWords(source, around.constants).flatMap((simple: SimpleCommand) => {
    const inner = withoutReserved(simple.words, loops);
    return unwrap(inner, {
      ...around,
      isBackground: around.isBackground || simple.isBackground,
      input: simple.input,
    });
  });
}

function behindOptions(program: string, args: readonly Word[]): readonly Word[] {
  let at = 0;
  while (at < args.length) {
    const text = args[at]?.text ?? '';
    if (text === '--') return args.slice(at + 1);
    if (program === 'env' && assignment.test(text)) at++;
    else if (!text.startsWith('-') || text === '-') break;
    else at += withValue[program]?.test(text) === true ? 2 : 1;
  }
  return args.slice(at);
}

function step(program: string, head: Word, args: readonly Word[], around: Around): Step {
  const { command, host, everywhere, isBackground, loop } = around;
  const span = { start: head.span.start, end: Math.max(head.span.end, args.at(-1)?.span.end ?? 0) };
  return {
    program,
    args,
    span,
    command,
    host,
    everywhere,
    isBackground,
    rounds: loop?.rounds,
    loopVariable: loop?.variable,
  };
}

const joined = (words: readonly Word[]) => words.map((each) => each.text).join(' ');

/** The program and its arguments with one blank between each, as patterns like to read them. */
export function lineOf({ program, args }: Step): string {
  return args.length === 0 ? program : `${program} ${joined(args)}`;
}

/** The value of an option, written `--name value` or `--name=value`, and its place; undefined where it is not given. */
export function optionOf({ args }: Step, name: string): Word | undefined {
  for (const [index, each] of args.entries()) {
    if (each.text === name) return args[index + 1] ?? each;
    if (!each.text.startsWith(`${name}=`)) continue;
    const cut = name.length + 1;
    const start = each.places[cut] ?? each.span.end;
    return {
      text: each.text.slice(cut),
      places: each.places.slice(cut),
      span: { start, end: Math.max(start, each.span.end) },
      isOpen: each.isOpen,
    };
  }
  return undefined;
}

/** Whether any of the options is given, with a value or without. */
export function hasOption({ args }: Step, ...names: readonly string[]): boolean {
  return args.some((each) => names.some((name) => each.text === name || each.text.startsWith(`${name}=`)));
}

/** The scripts and fences, by their numbers, in which a step is of a kind. */
export function blocksOf(steps: readonly Step[], isOfKind: (step: Step) => boolean): ReadonlySet<number> {
  return new Set(steps.filter(isOfKind).map(({ command }) => command.block));
}

/** Whether a step is one of the same piece of work before another: of its script or fence, or of the fences before it below the same heading. */
export function isBefore({ command, span }: Step, at: Step): boolean {
  return (command.block === at.command.block || command.section === at.command.section) && span.start < at.span.start;
}

/** Whether a step stands behind another in its script or fence. */
export function isBehind({ command, span }: Step, at: Step): boolean {
  return command.block === at.command.block && span.start > at.span.start;
}
