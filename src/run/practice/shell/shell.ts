import { FileError } from '../file-tree';
import type { Call, Machine } from '../world';
import { evaluate } from './arithmetic';
import { builtins } from './builtins';
import { Leave, MachineGone } from './leave';
import { type Char, isPattern, patternOf, sourceOf } from './pattern';
import type { ShellState } from './shell-state';
import { Collector, Input, nowhere, type Streams } from './streams';
import { parseShell, type Redirect, ShellSyntaxError, type Tree, type Word } from './syntax';

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
  async script(text: string, streams: Streams): Promise<number> {
    let tree: Tree;
    try {
      tree = treeOf(text);
    } catch (error) {
      if (!(error instanceof ShellSyntaxError)) throw error;
      this.complain(streams, `${this.name}: ${error.message}`);
      return 2;
    }
    return this.toTheEnd(tree, streams);
  }

  /** Runs a tree as a shell of its own does: to its end or to `exit`, then the trap. */
  private async toTheEnd(tree: Tree, streams: Streams): Promise<number> {
    let code: number;
    try {
      code = await this.run(tree, streams);
    } catch (error) {
      if (!(error instanceof Leave)) throw error;
      code = error.value;
    }
    const trap = this.traps.get('EXIT');
    if (trap === undefined) return code;
    this.traps.delete('EXIT');
    this.status = code;
    try {
      await this.run(parseShell(trap), streams);
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

  async run(tree: Tree, streams: Streams, tested = false): Promise<number> {
    this.status = await this.perform(tree, streams, tested);
    const fails = tree.kind === 'simple' || tree.kind === 'subshell' || tree.kind === 'pipe';
    if (this.status !== 0 && fails && !tested && this.options.has('e')) throw new Leave('exit', this.status);
    return this.status;
  }

  private async perform(tree: Tree, streams: Streams, tested: boolean): Promise<number> {
    switch (tree.kind) {
      case 'sequence': {
        let code = 0;
        for (const part of tree.parts) code = await this.run(part, streams, tested);
        return code;
      }
      case 'and':
      case 'or': {
        const code = await this.run(tree.left, streams, true);
        return (code === 0) === (tree.kind === 'and') ? this.run(tree.right, streams, tested) : code;
      }
      case 'not':
        return (await this.run(tree.body, streams, true)) === 0 ? 1 : 0;
      case 'background': {
        const child = new Shell(this.machine, this);
        this.machine.background(child.toTheEnd(tree.body, { ...streams, stdin: new Input(Buffer.alloc(0)) }));
        return 0;
      }
      case 'pipe':
        return this.pipe(tree.parts, streams);
      case 'simple':
        return this.simple(tree, streams);
      case 'function':
        this.functions.set(tree.name, tree.body);
        return 0;
      case 'subshell':
        return this.redirected(tree.redirects, streams, (inner) =>
          new Shell(this.machine, this).toTheEnd(tree.body, inner),
        );
      case 'group':
        return this.redirected(tree.redirects, streams, (inner) => this.run(tree.body, inner, tested));
      case 'if':
        return this.redirected(tree.redirects, streams, async (inner) => {
          for (const [condition, body] of tree.clauses)
            if ((await this.run(condition, inner, true)) === 0) return this.run(body, inner, tested);
          return tree.otherwise === undefined ? 0 : this.run(tree.otherwise, inner, tested);
        });
      case 'loop':
        return this.redirected(tree.redirects, streams, (inner) =>
          this.loop(async () => {
            const code = await this.run(tree.condition, inner, true);
            if ((code === 0) === tree.until) return undefined;
            return this.run(tree.body, inner, tested);
          }),
        );
      case 'for':
        return this.redirected(tree.redirects, streams, async (inner) => {
          const values = tree.words === undefined ? [...this.arguments] : await this.fields(tree.words, inner);
          return this.loop(async () => {
            const value = values.shift();
            if (value === undefined) return undefined;
            this.variables.set(tree.name, value);
            return this.run(tree.body, inner, tested);
          });
        });
      case 'case':
        return this.redirected(tree.redirects, streams, async (inner) => {
          const value = await this.text(tree.word, inner);
          for (const [patterns, body] of tree.arms) {
            for (const pattern of patterns) {
              const chars = (await this.expand(pattern, inner))[0] ?? [];
              if (patternOf(chars, { path: false }).test(value)) return this.run(body, inner, tested);
            }
          }
          return 0;
        });
    }
  }

  private async loop(once: () => Promise<number | undefined>): Promise<number> {
    let last = 0;
    for (;;) {
      this.check();
      try {
        const code = await once();
        if (code === undefined) return last;
        last = code;
      } catch (error) {
        if (!(error instanceof Leave) || (error.what !== 'break' && error.what !== 'continue')) throw error;
        if (error.value > 1) throw new Leave(error.what, error.value - 1);
        if (error.what === 'break') return 0;
      }
    }
  }

  private async pipe(parts: readonly Tree[], streams: Streams): Promise<number> {
    let stdin = streams.stdin;
    let code = 0;
    for (const [index, part] of parts.entries()) {
      const child = new Shell(this.machine, this);
      const isLast = index === parts.length - 1;
      const collector = new Collector();
      const outputs = isLast ? streams.outputs : new Map([...streams.outputs, [1, collector]]);
      code = await child.toTheEnd(part, { stdin, outputs });
      stdin = new Input(collector.bytes());
    }
    return code;
  }

  private async redirected(
    redirects: readonly Redirect[],
    streams: Streams,
    body: (streams: Streams) => Promise<number>,
  ): Promise<number> {
    const inner = await this.redirect(redirects, streams);
    return inner === undefined ? 1 : body(inner);
  }

  /** The streams after the redirections; nothing when one of them failed, which has been said then. */
  async redirect(redirects: readonly Redirect[], streams: Streams): Promise<Streams | undefined> {
    let { stdin } = streams;
    const outputs = new Map(streams.outputs);
    const { files } = this.machine;
    for (const { descriptor, operator, word } of redirects) {
      const text = await this.text(word, { stdin, outputs });
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

  private async simple(tree: Extract<Tree, { kind: 'simple' }>, outer: Streams): Promise<number> {
    this.check();
    const words = await this.fields(tree.words, outer);
    const assigned: [string, string][] = [];
    for (const [name, word] of tree.assignments) assigned.push([name, await this.text(word, outer)]);
    const [name, ...args] = words;
    if (name === undefined) {
      const streams = await this.redirect(tree.redirects, outer);
      for (const [key, value] of assigned) this.variables.set(key, value);
      if (streams === undefined) return 1;
      return tree.assignments.some(([, word]) => word.some((part) => part.kind === 'command')) ? this.status : 0;
    }
    const streams = await this.redirect(tree.redirects, outer);
    // A redirection that fails beside a special built-in ends the shell (POSIX.1-2017, 2.8.1).
    if (streams === undefined) {
      if (name === 'exec' || name === 'set' || name === ':') throw new Leave('exit', 2);
      return 2;
    }
    const body = this.functions.get(name);
    if (body !== undefined) return this.call(body, args, streams);
    const builtin = builtins.get(name);
    if (builtin !== undefined) {
      for (const [key, value] of assigned) this.variables.set(key, value);
      try {
        return await builtin(this, args, streams);
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        this.complain(streams, `${this.name}: 1: ${name}: ${error.message}`);
        return 1;
      }
    }
    const environment = new Map([...this.exported].map((key) => [key, this.variables.get(key) ?? ''] as const));
    for (const [key, value] of assigned) environment.set(key, value);
    return this.start(words, streams, environment);
  }

  private async call(body: Tree, args: readonly string[], streams: Streams): Promise<number> {
    const before = this.arguments;
    this.arguments = args;
    this.locals.push(new Map());
    try {
      return await this.run(body, streams);
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
  async start(argv: readonly string[], streams: Streams, environment: ReadonlyMap<string, string>): Promise<number> {
    const [name = '', ...args] = argv;
    const program = this.machine.program(name);
    if (program === undefined && name.includes('/') && this.machine.files.has(this.path(name)))
      return this.child([name, ...args], streams, environment);
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
      start: (words, options) => this.start(words, streams, options?.environment ?? environment),
    };
    if (call.name === 'sh' || call.name === 'bash' || call.name === 'dash') {
      return this.child(args, streams, environment);
    }
    try {
      const code = await program(call);
      this.check();
      return code;
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      call.err(`${call.name}: write error: ${error.message}\n`);
      return 1;
    }
  }

  /** `sh -c TEXT NAME ARGUMENTS…`, `sh FILE ARGUMENTS…`, or a script from the standard input. */
  private async child(
    args: readonly string[],
    streams: Streams,
    environment: ReadonlyMap<string, string>,
  ): Promise<number> {
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
      return shell.script(text, streams);
    }
    if (first === undefined || first === '-s' || first === '-') {
      shell.arguments = rest[0] === '--' ? rest.slice(1) : rest;
      return shell.script(streams.stdin.all().toString('utf8'), streams);
    }
    shell.name = first;
    shell.arguments = rest;
    const path = this.path(first);
    if (!this.machine.files.has(path)) {
      this.complain(streams, `sh: 0: cannot open ${first}: No such file`);
      return 2;
    }
    return shell.script(this.machine.files.text(path), streams);
  }

  path(path: string): string {
    return path.startsWith('/') ? path : `${this.folder === '/' ? '' : this.folder}/${path}`;
  }

  private check(): void {
    if (this.machine.boots !== this.boot) throw new MachineGone(`${this.machine.name} is gone`);
  }

  /** A word as one text: no splitting, no patterns. */
  async text(word: Word, streams: Streams): Promise<string> {
    const fields = await this.expand(word, streams, false);
    return fields.map((chars) => chars.map((each) => each.char).join('')).join(' ');
  }

  /** Words as the program sees them: expanded, split, and patterns replaced by the files they match. */
  async fields(words: readonly Word[], streams: Streams): Promise<string[]> {
    const result: string[] = [];
    for (const word of words) {
      for (const chars of await this.expand(word, streams)) {
        const text = chars.map((each) => each.char).join('');
        const matches = isPattern(chars) && !this.options.has('f') ? this.glob(chars) : [];
        result.push(...(matches.length > 0 ? matches : [text]));
      }
    }
    return result;
  }

  private glob(chars: readonly Char[]): string[] {
    const text = chars.map((each) => each.char).join('');
    const isAbsolute = text.startsWith('/');
    let found = [isAbsolute ? '' : '.'];
    let rest = isAbsolute ? chars.slice(1) : chars;
    while (rest.length > 0) {
      const slash = rest.findIndex((each) => each.char === '/');
      const part = slash < 0 ? rest : rest.slice(0, slash);
      rest = slash < 0 ? [] : rest.slice(slash + 1);
      const matcher = new RegExp(`^${sourceOf(part, true)}$`, 's');
      const dots = part[0]?.char === '.';
      found = found.flatMap((base) => {
        const folder = this.path(base === '' ? '/' : base);
        if (!this.machine.files.isFolder(folder)) return [];
        return this.machine.files
          .list(folder)
          .filter((name) => matcher.test(name) && (dots || !name.startsWith('.')))
          .map((name) => `${base}/${name}`);
      });
    }
    // A slash at the end asks for folders.
    if (chars.at(-1)?.char === '/')
      found = found.filter((each) => this.machine.files.isFolder(this.path(each))).map((each) => `${each}/`);
    return isAbsolute ? found : found.map((each) => each.slice(2));
  }

  private async expand(word: Word, streams: Streams, split = true): Promise<Char[][]> {
    const fields: Char[][] = [];
    let current: Char[] | undefined;
    const add = (text: string, quoted: boolean) => {
      current ??= [];
      for (const char of text) current.push({ char, quoted });
    };
    const end = () => {
      if (current !== undefined) fields.push(current);
      current = undefined;
    };
    const put = (value: string, quoted: boolean) => {
      if (quoted || !split) {
        add(value, quoted);
        return;
      }
      const separators = this.variables.get('IFS') ?? ' \t\n';
      for (const char of value) {
        if (!separators.includes(char)) add(char, false);
        else if (char.trim() !== '' && current === undefined) fields.push([]);
        else end();
      }
    };
    for (const part of word) {
      if (part.kind === 'text') {
        const isHome = !part.quoted && part === word[0] && /^~(?=\/|$)/.test(part.text);
        add(isHome ? `/root${part.text.slice(1)}` : part.text, part.quoted);
      } else if (part.kind === 'command') {
        const collector = new Collector();
        const child = new Shell(this.machine, this);
        this.status = await child.toTheEnd(part.body, {
          stdin: streams.stdin,
          outputs: new Map([...streams.outputs, [1, collector]]),
        });
        put(collector.bytes().toString('utf8').replace(/\n+$/, ''), part.quoted);
      } else if (part.kind === 'arithmetic') {
        const text = await this.text(part.word, streams);
        try {
          put(String(evaluate(text, (name) => this.variable(name) ?? '')), part.quoted);
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          this.complain(streams, `${this.name}: 1: arithmetic expression: ${error.message}: "${text}"`);
          throw new Leave('exit', 2);
        }
      } else if (part.name === '@' && part.operator === '' && part.quoted) {
        for (const [index, value] of this.arguments.entries()) {
          if (index > 0) end();
          add(value, true);
        }
        if (
          this.arguments.length === 0 &&
          word.every((each) => each === part || (each.kind === 'text' && each.text === ''))
        )
          return [];
      } else await this.parameter(part, streams, put, split);
    }
    end();
    return fields;
  }

  private async parameter(
    part: Extract<Word[number], { kind: 'variable' }>,
    streams: Streams,
    put: (value: string, quoted: boolean) => void,
    split: boolean,
  ): Promise<void> {
    const { name, operator, quoted, word } = part;
    const value = this.variable(name);
    const isMissing = value === undefined || (operator.startsWith(':') && value === '');
    const other = async () => {
      for (const chars of await this.expand(word, streams, split && !quoted)) {
        for (const { char, quoted: inner } of chars) put(char, quoted || inner);
      }
    };
    switch (operator.replace(':', '')) {
      case '':
        if (value === undefined && this.options.has('u') && !'@*'.includes(name)) {
          this.complain(streams, `${this.name}: 1: ${name}: parameter not set`);
          throw new Leave('exit', 2);
        }
        put(value ?? '', quoted);
        return;
      case '-':
        if (isMissing) await other();
        else put(value, quoted);
        return;
      case '=':
        if (isMissing) {
          const text = await this.text(word, streams);
          this.variables.set(name, text);
          put(text, quoted);
        } else put(value, quoted);
        return;
      case '+':
        if (!isMissing) await other();
        return;
      case '?':
        if (isMissing) {
          const text = await this.text(word, streams);
          this.complain(streams, `${this.name}: 1: ${name}: ${text || 'parameter not set or null'}`);
          throw new Leave('exit', 2);
        }
        put(value, quoted);
        return;
      case 'length':
        put(String([...(value ?? '')].length), quoted);
        return;
      default: {
        const chars = (await this.expand(word, streams, false))[0] ?? [];
        put(trim(value ?? '', operator, chars), quoted);
      }
    }
  }
}

/** `${name%pattern}` and its kin: the shortest or longest match taken from the end or the beginning. */
function trim(value: string, operator: string, pattern: readonly Char[]): string {
  const source = patternOf(pattern, { path: false });
  const lengths = [...Array(value.length + 1).keys()];
  if (operator.length === 2) lengths.reverse();
  for (const length of lengths) {
    const isEnd = operator.startsWith('%');
    const piece = isEnd ? value.slice(value.length - length) : value.slice(0, length);
    if (source.test(piece)) return isEnd ? value.slice(0, value.length - length) : value.slice(length);
  }
  return value;
}
