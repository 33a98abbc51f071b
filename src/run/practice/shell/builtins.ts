import { Leave } from './leave';
import { printfOutput } from './printf';
import type { ShellState } from './shell-state';
import type { Steps } from './steps';
import type { Streams } from './streams';
import { parseShell } from './syntax';
import { testExpression } from './test-expression';

type Builtin = (shell: ShellState, args: readonly string[], streams: Streams) => number | Steps<number>;

const out = (streams: Streams, text: string | Buffer) => streams.outputs.get(1)?.write(Buffer.from(text));

function test(shell: ShellState, args: readonly string[], streams: Streams): number {
  try {
    return testExpression(args, shell.machine.files, (path) => shell.path(path)) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    shell.complain(streams, `${shell.name}: 1: [: ${error.message}`);
    return 2;
  }
}

function read(shell: ShellState, args: readonly string[], streams: Streams): number {
  const names = args.filter((each) => !each.startsWith('-'));
  const isRaw = args.includes('-r');
  const line = streams.stdin.line();
  let text = line?.text ?? '';
  if (!isRaw) text = text.replace(/\\(.)/g, '$1');
  const separators = shell.variables.get('IFS') ?? ' \t\n';
  const isBlank = (char: string) => separators.includes(char) && char.trim() === '';
  let at = 0;
  for (const [index, name] of names.entries()) {
    while (at < text.length && isBlank(text[at] ?? '')) at++;
    let end = at;
    if (index < names.length - 1) while (end < text.length && !separators.includes(text[end] ?? '')) end++;
    else {
      end = text.length;
      while (end > at && isBlank(text[end - 1] ?? '')) end--;
    }
    shell.variables.set(name, text.slice(at, end));
    at = end + (index < names.length - 1 && end < text.length ? 1 : 0);
  }
  return line?.ended === true ? 0 : 1;
}

function set(shell: ShellState, args: readonly string[]): number {
  const rest = [...args];
  while (/^[-+]./.test(rest[0] ?? '')) {
    const word = rest.shift() ?? '';
    if (word === '--') {
      shell.arguments = rest;
      return 0;
    }
    const flags = word.slice(1) === 'o' ? (optionNames[rest.shift() ?? ''] ?? '') : word.slice(1);
    for (const flag of flags) {
      if (word.startsWith('-')) shell.options.add(flag);
      else shell.options.delete(flag);
    }
  }
  if (rest.length > 0) shell.arguments = rest;
  return 0;
}

const optionNames: Readonly<Record<string, string>> = { errexit: 'e', nounset: 'u', noclobber: 'C', noglob: 'f' };

/** What the shell does itself (POSIX.1-2017, 2.14, and the usual built-in utilities). */
export const builtins: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  [':', () => 0],
  ['true', () => 0],
  ['false', () => 1],
  ['test', test],
  [
    '[',
    (shell, args, streams) => {
      if (args.at(-1) === ']') return test(shell, args.slice(0, -1), streams);
      shell.complain(streams, `${shell.name}: 1: [: missing ]`);
      return 2;
    },
  ],
  [
    'echo',
    (_shell, args, streams) => {
      const isOpen = args[0] === '-n';
      // The echo of dash reads escapes in its words.
      const text = (isOpen ? args.slice(1) : args).join(' ');
      out(
        streams,
        `${text.replace(/\\([nt\\])/g, (_, c: string) => (c === 'n' ? '\n' : c === 't' ? '\t' : '\\'))}${isOpen ? '' : '\n'}`,
      );
      return 0;
    },
  ],
  [
    'printf',
    (_shell, args, streams) => {
      out(streams, printfOutput(args));
      return 0;
    },
  ],
  [
    'cd',
    (shell, args, streams) => {
      const target = args.find((each) => each !== '--') ?? '/root';
      const path = shell.machine.files.resolve(shell.path(target));
      if (!shell.machine.files.isFolder(path)) {
        shell.complain(streams, `${shell.name}: 1: cd: can't cd to ${target}`);
        return 2;
      }
      shell.folder = path;
      return 0;
    },
  ],
  [
    'pwd',
    (shell, _args, streams) => {
      out(streams, `${shell.folder}\n`);
      return 0;
    },
  ],
  [
    'export',
    (shell, args) => {
      for (const each of args) {
        const [name = '', ...value] = each.split('=');
        if (each.includes('=')) shell.variables.set(name, value.join('='));
        shell.exported.add(name);
      }
      return 0;
    },
  ],
  [
    'unset',
    (shell, args) => {
      for (const each of args.filter((word) => !word.startsWith('-'))) {
        shell.variables.delete(each);
        shell.exported.delete(each);
        shell.functions.delete(each);
      }
      return 0;
    },
  ],
  [
    'local',
    (shell, args) => {
      const scope = shell.locals.at(-1);
      for (const each of args) {
        const [name = '', ...value] = each.split('=');
        if (scope !== undefined && !scope.has(name)) scope.set(name, shell.variables.get(name));
        if (each.includes('=')) shell.variables.set(name, value.join('='));
      }
      return 0;
    },
  ],
  ['set', (shell, args) => set(shell, args)],
  [
    'shift',
    (shell, [count = '1'], streams) => {
      if (Number(count) > shell.arguments.length) {
        shell.complain(streams, `${shell.name}: 1: shift: can't shift that many`);
        throw new Leave('exit', 2);
      }
      shell.arguments = shell.arguments.slice(Number(count));
      return 0;
    },
  ],
  [
    'exit',
    (shell, [code]) => {
      throw new Leave('exit', code === undefined ? shell.status : Number(code) & 255);
    },
  ],
  [
    'return',
    (shell, [code]) => {
      throw new Leave('return', code === undefined ? shell.status : Number(code) & 255);
    },
  ],
  [
    'break',
    (_shell, [levels = '1']) => {
      throw new Leave('break', Number(levels));
    },
  ],
  [
    'continue',
    (_shell, [levels = '1']) => {
      throw new Leave('continue', Number(levels));
    },
  ],
  ['read', read],
  ['eval', (shell, args, streams) => runHere(shell, args.join(' '), streams)],
  ['.', (shell, [file = ''], streams) => runHere(shell, shell.machine.files.text(shell.path(file)), streams)],
  [
    'exec',
    function* (shell, args, streams) {
      if (args.length === 0) return 0;
      const environment = new Map([...shell.exported].map((key) => [key, shell.variables.get(key) ?? ''] as const));
      throw new Leave('exit', yield* shell.start(args, streams, environment));
    },
  ],
  [
    'command',
    function* (shell, args, streams) {
      if (args[0] === '-v' || args[0] === '-V') {
        const name = args[1] ?? '';
        if (builtins.has(name) || shell.functions.has(name)) out(streams, `${name}\n`);
        else {
          const path = shell.machine.programPath(name);
          if (path === undefined) return 127;
          out(streams, `${path}\n`);
        }
        return 0;
      }
      const builtin = builtins.get(args[0] ?? '');
      if (builtin !== undefined) {
        const code = builtin(shell, args.slice(1), streams);
        return typeof code === 'number' ? code : yield* code;
      }
      const environment = new Map([...shell.exported].map((key) => [key, shell.variables.get(key) ?? ''] as const));
      return yield* shell.start(args, streams, environment);
    },
  ],
  [
    'type',
    (shell, [name = ''], streams) => {
      const path = builtins.has(name) ? 'a shell builtin' : shell.machine.programPath(name);
      out(streams, path === undefined ? `${name}: not found\n` : `${name} is ${path}\n`);
      return path === undefined ? 127 : 0;
    },
  ],
  [
    'trap',
    (shell, [action = '', ...signals]) => {
      for (const signal of signals) {
        const name = signal === '0' ? 'EXIT' : signal;
        if (action === '-') shell.traps.delete(name);
        else shell.traps.set(name, action);
      }
      return 0;
    },
  ],
  [
    'umask',
    (shell, [mode], streams) => {
      if (mode === undefined) out(streams, `${shell.umask.toString(8).padStart(4, '0')}\n`);
      else shell.umask = Number.parseInt(mode, 8);
      return 0;
    },
  ],
  ['wait', () => 0],
  ['kill', () => 0],
]);

function runHere(shell: ShellState, text: string, streams: Streams): Steps<number> {
  return shell.run(parseShell(text), streams);
}
