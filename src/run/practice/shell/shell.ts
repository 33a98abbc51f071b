import { FileError } from '../file-tree';
import type { Call, Machine } from '../world';
import { builtins } from './builtins';
import { Expansion } from './expansion';
import { Leave, MachineGone } from './leave';
import type { ShellState } from './shell-state';
import { type Steps, waitedFor } from './steps';
import { Collector, Input, nowhere, type Streams } from './streams';
import { parseShell } from './syntax';
import type { Redirect, Tree } from './tree';
import { ShellSyntaxError } from './words';

/** Scripts that were read lately: operations send the same ones again and again. */
const trees = new Map<string, Tree>();

/** @throws ShellSyntaxError */
function treeOf(text: string): Tree {
  const known = trees.get(text);
  if (known !== undefined) return known;
  const tree = parseShell(text);
  if (trees.size >= 100) trees.clear();
  trees.set(text, tree);
  return tree;
}

/** A POSIX shell on a practice machine: it has that machine's files and programs, and no others. */
export class Shell implements ShellState {
  readonly variables: Map<string, string>;
  readonly exported: Set<string>;
  readonly functions: Map<string, Tree>;
  readonly options: Set<string>;
  readonly locals: Map<string, string | undefined>[] = [];
  readonly traps = new Map<string, string>();
  arguments: readonly string[] = [];
  name = 'sh';
  folder = '/root';
  umask = 0o022;
  status = 0;
  private boot: number;

  constructor(
    readonly machine: Machine,
    from?: Shell,
  ) {
    this.variables = new Map(from?.variables);
    this.exported = new Set(from?.exported);
    this.functions = new Map(from?.functions);
    this.options = new Set(from?.options);
    this.boot = from?.boot ?? machine.boots;
    if (from !== undefined) {
      this.arguments = from.arguments;
      this.name = from.name;
      this.folder = from.folder;
      this.umask = from.umask;
      this.status = from.status;
    }
  }

  /** Runs a whole script and gives its exit code. */
  script(text: string, streams: Streams): Promise<number> {
    return waitedFor(this.wholeScript(text, streams));
  }

  private *wholeScript(text: string, streams: Streams): Steps<number> {
    let tree: Tree;
    try {
      tree = treeOf(text);
    } catch (error) {
      if (!(error instanceof ShellSyntaxError)) throw error;
      this.complain(streams, `${this.name}: ${error.message}`);
      return 2;
    }
    return yield* this.toTheEnd(tree, streams);
  }

  /** Runs a tree as a shell of its own does: to its end or to `exit`, then the trap. */
  private *toTheEnd(tree: Tree, streams: Streams): Steps<number> {
    let code: number;
    try {
      code = yield* this.run(tree, streams);
    } catch (error) {
      if (!(error instanceof Leave)) throw error;
      code = error.value;
    }
    const trap = this.traps.get('EXIT');
    if (trap === undefined) return code;
    this.traps.delete('EXIT');
    this.status = code;
    try {
      yield* this.run(parseShell(trap), streams);
    } catch (error) {
      if (!(error instanceof Leave)) throw error;
      if (error.what === 'exit') return error.value;
    }
    return code;
  }

  complain(streams: Streams, line: string): void {
    streams.outputs.get(2)?.write(Buffer.from(`${line}\n`));
  }

  variable(name: string): string | undefined {
    if (/^\d+$/.test(name)) return name === '0' ? this.name : this.arguments[Number(name) - 1];
    if (name === '#') return String(this.arguments.length);
    if (name === '?') return String(this.status);
    if (name === '$') return '4242';
    if (name === '!') return '4243';
    if (name === '-') return [...this.options].join('');
    if (name === '@' || name === '*') return this.arguments.join(' ');
    return this.variables.get(name);
  }

  *run(tree: Tree, streams: Streams, tested = false): Steps<number> {
    this.status = yield* this.perform(tree, streams, tested);
    const fails = tree.kind === 'simple' || tree.kind === 'subshell' || tree.kind === 'pipe';
    if (this.status !== 0 && fails && !tested && this.options.has('e')) throw new Leave('exit', this.status);
    return this.status;
  }

  private *perform(tree: Tree, outer: Streams, tested: boolean): Steps<number> {
    if (tree.kind === 'simple') return yield* this.simple(tree, outer);
    const streams = 'redirects' in tree ? yield* this.redirect(tree.redirects, outer) : outer;
    if (streams === undefined) return 1;
    switch (tree.kind) {
      case 'sequence': {
        let code = 0;
        for (const part of tree.parts) code = yield* this.run(part, streams, tested);
        return code;
      }
      case 'and':
      case 'or': {
        const code = yield* this.run(tree.left, streams, true);
        return (code === 0) === (tree.kind === 'and') ? yield* this.run(tree.right, streams, tested) : code;
      }
      case 'not':
        return (yield* this.run(tree.body, streams, true)) === 0 ? 1 : 0;
      case 'background': {
        const child = new Shell(this.machine, this);
        const stdin = new Input(Buffer.alloc(0));
        this.machine.background(waitedFor(child.toTheEnd(tree.body, { ...streams, stdin })));
        return 0;
      }
      case 'pipe':
        return yield* this.pipe(tree.parts, streams);
      case 'function':
        this.functions.set(tree.name, tree.body);
        return 0;
      case 'subshell':
        return yield* new Shell(this.machine, this).toTheEnd(tree.body, streams);
      case 'group':
        return yield* this.run(tree.body, streams, tested);
      case 'if':
        for (const [condition, body] of tree.clauses)
          if ((yield* this.run(condition, streams, true)) === 0) return yield* this.run(body, streams, tested);
        return tree.otherwise === undefined ? 0 : yield* this.run(tree.otherwise, streams, tested);
      case 'loop':
        return yield* this.loop(() => this.whileRound(tree, streams, tested));
      case 'for': {
        const values =
          tree.words === undefined ? [...this.arguments] : yield* new Expansion(this, streams).fields(tree.words);
        return yield* this.loop(() => this.forRound(tree, values, streams, tested));
      }
      case 'case': {
        const expansion = new Expansion(this, streams);
        const value = yield* expansion.text(tree.word);
        for (const [patterns, body] of tree.arms)
          for (const pattern of patterns)
            if ((yield* expansion.pattern(pattern)).test(value)) return yield* this.run(body, streams, tested);
        return 0;
      }
    }
  }

  /** What a round of `while` or `until` ends with; nothing when there is none any more. */
  private *whileRound(
    tree: Extract<Tree, { kind: 'loop' }>,
    streams: Streams,
    tested: boolean,
  ): Steps<number | undefined> {
    const code = yield* this.run(tree.condition, streams, true);
    return (code === 0) === tree.until ? undefined : yield* this.run(tree.body, streams, tested);
  }

  /** What the round of `for` with the next value ends with; nothing when there is no value left. */
  private *forRound(
    tree: Extract<Tree, { kind: 'for' }>,
    values: string[],
    streams: Streams,
    tested: boolean,
  ): Steps<number | undefined> {
    const value = values.shift();
    if (value === undefined) return undefined;
    this.variables.set(tree.name, value);
    return yield* this.run(tree.body, streams, tested);
  }

  private *loop(round: () => Steps<number | undefined>): Steps<number> {
    let last = 0;
    for (;;) {
      this.check();
      try {
        const code = yield* round();
        if (code === undefined) return last;
        last = code;
      } catch (error) {
        if (!(error instanceof Leave) || (error.what !== 'break' && error.what !== 'continue')) throw error;
        if (error.value > 1) throw new Leave(error.what, error.value - 1);
        if (error.what === 'break') return 0;
      }
    }
  }

  private *pipe(parts: readonly Tree[], streams: Streams): Steps<number> {
    let stdin = streams.stdin;
    let code = 0;
    for (const [index, part] of parts.entries()) {
      const child = new Shell(this.machine, this);
      const isLast = index === parts.length - 1;
      const collector = new Collector();
      const outputs = isLast ? streams.outputs : new Map([...streams.outputs, [1, collector]]);
      code = yield* child.toTheEnd(part, { stdin, outputs });
      stdin = new Input(collector.bytes());
    }
    return code;
  }

  /** The streams after the redirections; nothing when one of them failed, which has been said then. */
  private *redirect(redirects: readonly Redirect[], streams: Streams): Steps<Streams | undefined> {
    if (redirects.length === 0) return streams;
    let { stdin } = streams;
    const outputs = new Map(streams.outputs);
    const { files } = this.machine;
    for (const { descriptor, operator, word } of redirects) {
      const text = yield* new Expansion(this, { stdin, outputs }).text(word);
      if (operator === '<<') {
        stdin = new Input(Buffer.from(text));
        continue;
      }
      if (operator === '>&' || operator === '<&') {
        const from = outputs.get(Number(text));
        if (text === '-') outputs.delete(descriptor);
        else if (from !== undefined) outputs.set(descriptor, from);
        continue;
      }
      const path = this.path(text);
      try {
        if (operator === '<') stdin = new Input(text === '/dev/null' ? Buffer.alloc(0) : files.read(path));
        else if (text === '/dev/null') outputs.set(descriptor, nowhere);
        else if (text === '/dev/stderr') outputs.set(descriptor, outputs.get(2) ?? nowhere);
        else {
          if (operator === '>' && this.options.has('C') && files.has(path)) throw new FileError('File exists');
          if (operator !== '>>' || !files.has(path)) files.write(path, '', 0o666 & ~this.umask);
          outputs.set(descriptor, {
            write: (bytes) =>
              files.write(path, Buffer.concat([files.has(path) ? files.read(path) : Buffer.alloc(0), bytes])),
          });
        }
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        const what = operator === '<' ? 'cannot open' : 'cannot create';
        const why =
          error.message === 'No such file or directory' && operator !== '<' ? 'Directory nonexistent' : error.message;
        const shown = why === 'No such file or directory' ? 'No such file' : why;
        this.complain({ stdin, outputs: streams.outputs }, `${this.name}: 1: ${what} ${text}: ${shown}`);
        return undefined;
      }
    }
    return { stdin, outputs };
  }

  *outputOf(tree: Tree, streams: Streams): Steps<string> {
    const collector = new Collector();
    const outputs = new Map([...streams.outputs, [1, collector]]);
    this.status = yield* new Shell(this.machine, this).toTheEnd(tree, { stdin: streams.stdin, outputs });
    return collector.bytes().toString('utf8').replace(/\n+$/, '');
  }

  private *simple(tree: Extract<Tree, { kind: 'simple' }>, outer: Streams): Steps<number> {
    this.check();
    const expansion = new Expansion(this, outer);
    const words = yield* expansion.fields(tree.words);
    const assigned: [string, string][] = [];
    for (const [name, word] of tree.assignments) assigned.push([name, yield* expansion.text(word)]);
    const [name, ...args] = words;
    const streams = yield* this.redirect(tree.redirects, outer);
    if (name === undefined) {
      for (const [key, value] of assigned) this.variables.set(key, value);
      if (streams === undefined) return 1;
      return tree.assignments.some(([, word]) => word.some((part) => part.kind === 'command')) ? this.status : 0;
    }
    // A redirection that fails beside a special built-in ends the shell (POSIX.1-2017, 2.8.1).
    if (streams === undefined) {
      if (name === 'exec' || name === 'set' || name === ':') throw new Leave('exit', 2);
      return 2;
    }
    const body = this.functions.get(name);
    if (body !== undefined) return yield* this.call(body, args, streams);
    const builtin = builtins.get(name);
    if (builtin !== undefined) {
      for (const [key, value] of assigned) this.variables.set(key, value);
      try {
        const code = builtin(this, args, streams);
        return typeof code === 'number' ? code : yield* code;
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        this.complain(streams, `${this.name}: 1: ${name}: ${error.message}`);
        return 1;
      }
    }
    const environment = new Map([...this.exported].map((key) => [key, this.variables.get(key) ?? ''] as const));
    for (const [key, value] of assigned) environment.set(key, value);
    return yield* this.start(words, streams, environment);
  }

  private *call(body: Tree, args: readonly string[], streams: Streams): Steps<number> {
    const before = this.arguments;
    this.arguments = args;
    this.locals.push(new Map());
    try {
      return yield* this.run(body, streams);
    } catch (error) {
      if (error instanceof Leave && error.what === 'return') return error.value;
      throw error;
    } finally {
      this.arguments = before;
      for (const [name, value] of this.locals.pop() ?? []) {
        if (value === undefined) this.variables.delete(name);
        else this.variables.set(name, value);
      }
    }
  }

  /** Starts a program of the machine. */
  *start(argv: readonly string[], streams: Streams, environment: ReadonlyMap<string, string>): Steps<number> {
    const [name = '', ...args] = argv;
    const program = this.machine.program(name);
    if (program === undefined && name.includes('/') && this.machine.files.has(this.path(name)))
      return yield* this.child([name, ...args], streams, environment);
    if (program === undefined) {
      this.complain(streams, `${this.name}: 1: ${name}: not found`);
      return 127;
    }
    const write = (descriptor: number, text: string | Buffer) =>
      streams.outputs.get(descriptor)?.write(typeof text === 'string' ? Buffer.from(text) : text);
    const call: Call = {
      name: name.split('/').at(-1) ?? name,
      args,
      stdin: streams.stdin,
      machine: this.machine,
      folder: this.folder,
      environment,
      umask: this.umask,
      out: (text) => write(1, text),
      err: (text) => write(2, text),
      path: (path) => this.path(path),
      start: (words, options) => waitedFor(this.start(words, streams, options?.environment ?? environment)),
    };
    if (call.name === 'sh' || call.name === 'bash' || call.name === 'dash') {
      return yield* this.child(args, streams, environment);
    }
    try {
      const answer = program(call);
      const code = typeof answer === 'number' ? answer : yield answer;
      this.check();
      return code;
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      call.err(`${call.name}: write error: ${error.message}\n`);
      return 1;
    }
  }

  /** `sh -c TEXT NAME ARGUMENTS…`, `sh FILE ARGUMENTS…`, or a script from the standard input. */
  private *child(args: readonly string[], streams: Streams, environment: ReadonlyMap<string, string>): Steps<number> {
    const shell = new Shell(this.machine);
    shell.boot = this.boot;
    shell.folder = this.folder;
    shell.umask = this.umask;
    for (const [key, value] of environment) {
      shell.variables.set(key, value);
      shell.exported.add(key);
    }
    const rest = [...args];
    while (/^-[a-z]*[eux][a-z]*$/.test(rest[0] ?? '') && !rest[0]?.includes('c'))
      for (const flag of rest.shift()?.slice(1) ?? '') shell.options.add(flag);
    const first = rest.shift();
    if (first?.startsWith('-') && first.includes('c')) {
      for (const flag of first.slice(1).replace('c', '')) shell.options.add(flag);
      const [text = '', name = 'sh', ...words] = rest;
      shell.name = name;
      shell.arguments = words;
      return yield* shell.wholeScript(text, streams);
    }
    if (first === undefined || first === '-s' || first === '-') {
      shell.arguments = rest[0] === '--' ? rest.slice(1) : rest;
      return yield* shell.wholeScript(streams.stdin.all().toString('utf8'), streams);
    }
    shell.name = first;
    shell.arguments = rest;
    const path = this.path(first);
    if (!this.machine.files.has(path)) {
      this.complain(streams, `sh: 0: cannot open ${first}: No such file`);
      return 2;
    }
    return yield* shell.wholeScript(this.machine.files.text(path), streams);
  }

  path(path: string): string {
    return path.startsWith('/') ? path : `${this.folder === '/' ? '' : this.folder}/${path}`;
  }

  private check(): void {
    if (this.machine.boots !== this.boot) throw new MachineGone(`${this.machine.name} is gone`);
  }
}
