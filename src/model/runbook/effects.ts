import type { Word } from '../../syntax/runbook/read-words';
import { hasOption, lineOf, type Step } from './steps';

/** A file or folder that a step acts on, and the word that names it. */
interface Target {
  /** Without a slash or `/*` at its end. */
  readonly path: string;
  readonly word: Word;
}

/** The folders that a step removes together with what is in them (`rm -r`, `find … -delete`). */
export function removedBy(step: Step): readonly Target[] {
  const { program, args } = step;
  const options = args.filter((each) => each.text.startsWith('-'));
  if (program === 'rm' && options.some((each) => /^-(?:\w*[rR]|-recursive$)/.test(each.text)))
    return targetsOf(args.filter((each) => !each.text.startsWith('-')));
  if (
    program === 'find' &&
    options.some((each) => each.text === '-delete') &&
    !/-(?:i?name|i?path|m?time|mmin|newer|size|i?regex)\b/.test(lineOf(step))
  )
    return targetsOf(
      args.slice(
        0,
        args.findIndex((each) => each.text.startsWith('-')),
      ),
    );
  return [];
}

/** The files and folders that a step moves away from where they are. */
export function movedBy({ program, args }: Step): readonly Target[] {
  const plain = args.filter((each) => !each.text.startsWith('-'));
  return program === 'mv' ? targetsOf(plain.length > 1 ? plain.slice(0, -1) : plain) : [];
}

/** Whether a step makes a copy of what lies at a path, or at a place inside it, or moves it elsewhere. */
export function keeps({ program, args }: Step, path: RegExp): boolean {
  return (
    /^(?:cp|mv|rsync|tar|scp|zip|7z|restic|borg|install|aws|s3cmd|mc|rclone|gsutil)$/.test(program) &&
    args.some((each) => path.test(each.text))
  );
}

function targetsOf(words: readonly Word[]): readonly Target[] {
  return words.flatMap((word) =>
    alternatives(word.text).map((each) => ({ path: each.replace(/\/{2,}/g, '/').replace(/(?<=.)\/[*.]?$/, ''), word })),
  );
}

/** `a/{b,c}` names `a/b` and `a/c`; three such brackets are read. */
function alternatives(text: string, most = 3): readonly string[] {
  const found = most === 0 ? null : /^(.*?[^$]|)\{([^{},]*,[^{}]*)\}(.*)$/.exec(text);
  if (found === null) return [text];
  const [, before = '', inside = '', after = ''] = found;
  return inside.split(',').flatMap((each) => alternatives(`${before}${each}${after}`, most - 1));
}

/** The services that `systemctl`, `service` or `rc-service` is told to do something with, by what it does: `stop`, `start` … */
export function servicesIn({
  program,
  args,
}: Step): { readonly verb: string; readonly units: readonly string[] } | undefined {
  const plain = args.filter((each) => !each.text.startsWith('-')).map((each) => each.text.replace(/\.service$/, ''));
  if (program === 'systemctl') return { verb: plain[0] ?? '', units: plain.slice(1) };
  if (program === 'service' || program === 'rc-service') return { verb: plain[1] ?? '', units: plain.slice(0, 1) };
  return undefined;
}

/** Whether a step stops a service, for now or for ever. */
export function stops(step: Step, unit: RegExp): boolean {
  const services = servicesIn(step);
  if (services === undefined || !services.units.some((each) => unit.test(each))) return false;
  return (
    services.verb === 'stop' || services.verb === 'kill' || (services.verb === 'disable' && hasOption(step, '--now'))
  );
}

/** Whether a step starts a service. */
export function starts(step: Step, unit: RegExp): boolean {
  const services = servicesIn(step);
  if (services === undefined || !services.units.some((each) => unit.test(each))) return false;
  return /^(?:re)?start$/.test(services.verb) || (services.verb === 'enable' && hasOption(step, '--now'));
}

/** The node that `kubectl drain` or `kubectl delete node` is for. */
export function nodeIn(step: Step, verb: 'drain' | 'delete'): Word | undefined {
  if (step.program !== 'kubectl' && step.program !== 'oc') return undefined;
  const plain: Word[] = [];
  for (let i = 0; i < step.args.length; i++) {
    const word = step.args[i];
    if (word === undefined) continue;
    if (!word.text.startsWith('-')) plain.push(word);
    else if (
      /^(?:-n|-l|--(?:kubeconfig|context|namespace|timeout|grace-period|selector|server|user|as|cluster|request-timeout))$/.test(
        word.text,
      )
    )
      i++;
  }
  if (plain[0]?.text !== verb) return undefined;
  if (verb === 'drain') return plain[1];
  const named = /^(?:nodes?|no)\/(.+)$/.exec(plain[1]?.text ?? '');
  if (named !== null) return plain[1];
  return /^(?:nodes?|no)$/.test(plain[1]?.text ?? '') ? plain[2] : undefined;
}

/** The sub-commands and arguments of a program without its options: `member add` of etcdctl. */
export function says(step: Step, program: RegExp, ...verbs: readonly string[]): boolean {
  if (!program.test(step.program)) return false;
  const plain = step.args.map((each) => each.text);
  // The words may stand behind options with values, but in this order and side by side.
  const at = plain.findIndex((_, index) => verbs.every((verb, offset) => plain[index + offset] === verb));
  return (
    at >= 0 &&
    plain.slice(0, at).every((each, index, all) => each.startsWith('-') || (all[index - 1] ?? '').startsWith('-'))
  );
}

/** Whether a step restores a snapshot of etcd into a data directory. */
export const restoresEtcd = (step: Step) =>
  says(step, /^etcd(?:ctl|utl)$/, 'snapshot', 'restore') && !hasOption(step, '--help', '-h');
