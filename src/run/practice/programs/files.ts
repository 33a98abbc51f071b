import { FileError, type FileTree, folderOf } from '../file-tree';
import { complain } from '../program';
import type { Call, Program } from '../world';
import { readOptions } from './options';

const baseOf = (path: string) => path.replace(/\/+$/, '').split('/').at(-1) ?? '';

/** Does something with each path; a refusal is said in the words of the program and the next one goes on. */
function forEach(
  call: Call,
  paths: readonly string[],
  words: (path: string) => string,
  act: (path: string) => void,
): number {
  let code = 0;
  for (const path of paths) {
    try {
      act(path);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      code = complain(call, `${words(path)}: ${error.message}`);
    }
  }
  return code;
}

const need = (files: FileTree, path: string) => {
  if (files.getLink(path) === undefined) throw new FileError('No such file or directory');
};

const cat: Program = (call) => {
  const { rest } = readOptions(call.args);
  if (rest.length === 0) {
    call.out(call.stdin.all());
    return 0;
  }
  return forEach(
    call,
    rest,
    (path) => path,
    (path) => call.out(path === '-' ? call.stdin.all() : call.machine.files.read(call.path(path))),
  );
};

/** Where `cp` and `mv` put something: into a folder, or at the name given. */
function targetOf(call: Call, source: string, target: string, isPlain: boolean): string {
  const at = call.path(target);
  return !isPlain && call.machine.files.isFolder(at) ? `${at.replace(/\/$/, '')}/${baseOf(source)}` : at;
}

const cp: Program = (call) => {
  const options = readOptions(call.args, ['t']);
  const { files } = call.machine;
  const sources = [...options.rest];
  const target = options.value('t') ?? sources.pop() ?? '';
  return forEach(
    call,
    sources,
    (path) => (files.has(call.path(path)) ? `error writing '${target}'` : `cannot stat '${path}'`),
    (path) => {
      const from = call.path(path);
      if (!files.has(from)) throw new FileError('No such file or directory');
      if (files.isFolder(from) && !options.has('r', 'R', 'a', 'recursive', 'archive')) {
        throw new FileError(`-r not specified; omitting directory '${path}'`);
      }
      const at = targetOf(call, path, target, options.has('T'));
      if (options.has('n') && files.has(at)) return;
      const before = files.get(from);
      files.copy(from, at);
      const made = files.get(at);
      if (made !== undefined && before !== undefined && options.has('p', 'a', 'archive')) {
        made.mode = before.mode;
        made.modifiedMs = before.modifiedMs;
      } else if (made?.kind === 'file') made.mode &= ~call.umask;
    },
  );
};

const mv: Program = (call) => {
  const options = readOptions(call.args, ['t']);
  const { files } = call.machine;
  const sources = [...options.rest];
  const target = options.value('t') ?? sources.pop() ?? '';
  return forEach(
    call,
    sources,
    (path) =>
      files.getLink(call.path(path)) === undefined ? `cannot stat '${path}'` : `cannot move '${path}' to '${target}'`,
    (path) => {
      const at = targetOf(call, path, target, options.has('T', 'no-target-directory'));
      if (options.has('n') && files.has(at)) return;
      const from = call.path(path);
      need(files, from);
      files.rename(from, at);
    },
  );
};

const rm: Program = (call) => {
  const options = readOptions(call.args);
  const { files } = call.machine;
  return forEach(
    call,
    options.rest,
    (path) => `cannot remove '${path}'`,
    (path) => {
      const at = call.path(path);
      if (files.getLink(at) === undefined) {
        if (options.has('f')) return;
        throw new FileError('No such file or directory');
      }
      if (files.getLink(at)?.kind === 'folder' && !options.has('r', 'R')) throw new FileError('Is a directory');
      files.remove(at);
    },
  );
};

const mkdir: Program = (call) => {
  const options = readOptions(call.args, ['m', 'mode']);
  const { files } = call.machine;
  const mode = Number.parseInt(options.value('m', 'mode') ?? (0o777 & ~call.umask).toString(8), 8);
  return forEach(
    call,
    options.rest,
    (path) => `cannot create directory ‘${path}’`,
    (path) => {
      const at = call.path(path);
      if (!options.has('p', 'parents')) files.makeFolder(at, mode);
      else if (!files.isFolder(at)) {
        files.makeFolders(folderOf(at), 0o777 & ~call.umask);
        files.makeFolder(at, mode);
      }
    },
  );
};

const rmdir: Program = (call) =>
  forEach(
    call,
    readOptions(call.args).rest,
    (path) => `failed to remove '${path}'`,
    (path) => {
      const { files } = call.machine;
      need(files, call.path(path));
      if (files.list(call.path(path)).length > 0) throw new FileError('Directory not empty');
      files.remove(call.path(path));
    },
  );

const ln: Program = (call) => {
  const options = readOptions(call.args);
  const [target = '', path = ''] = options.rest;
  const { files } = call.machine;
  return forEach(
    call,
    [path],
    (each) => `failed to create ${options.has('s') ? 'symbolic' : 'hard'} link '${each}'`,
    (each) => {
      const at = call.path(each);
      if (files.getLink(at) !== undefined) {
        if (!options.has('f')) throw new FileError('File exists');
        files.remove(at);
      }
      if (options.has('s')) files.link(target, at);
      else files.copy(call.path(target), at);
    },
  );
};

const chmod: Program = (call) => {
  const options = readOptions(call.args.filter((each) => !/^-[rwx]/.test(each)));
  const [mode = '', ...paths] = options.rest;
  const { files } = call.machine;
  return forEach(
    call,
    paths,
    (path) => `cannot access '${path}'`,
    (path) => {
      const at = call.path(path);
      need(files, at);
      for (const each of options.has('R') ? [at, ...files.below(files.resolve(at))] : [at]) {
        const entry = files.get(each);
        if (entry !== undefined && /^[0-7]+$/.test(mode)) entry.mode = Number.parseInt(mode, 8);
        else if (entry !== undefined && /^[ugoa]*\+x$/.test(mode)) entry.mode |= 0o111;
      }
    },
  );
};

const chown: Program = (call) =>
  forEach(
    call,
    readOptions(call.args, ['reference']).rest.slice(1),
    (path) => `cannot access '${path}'`,
    (path) => need(call.machine.files, call.path(path)),
  );

const touch: Program = (call) =>
  forEach(
    call,
    readOptions(call.args, ['d', 'r', 't']).rest,
    (path) => `cannot touch '${path}'`,
    (path) => {
      const at = call.path(path);
      const entry = call.machine.files.get(at);
      if (entry === undefined) call.machine.files.write(at, '', 0o666 & ~call.umask);
      else entry.modifiedMs = call.machine.now();
    },
  );

function modeText(kind: string, mode: number): string {
  const bits = [...'rwxrwxrwx'].map((char, i) => ((mode >> (8 - i)) & 1 ? char : '-')).join('');
  return `${kind === 'folder' ? 'd' : kind === 'link' ? 'l' : '-'}${bits}`;
}

const ls: Program = (call) => {
  const options = readOptions(call.args, ['time-style']);
  const { files } = call.machine;
  const paths = options.rest.length === 0 ? ['.'] : options.rest;
  const line = (path: string, shown: string): string => {
    const entry = files.getLink(path);
    if (!options.has('l') || entry === undefined) return `${shown}\n`;
    const bytes = entry.kind === 'file' ? entry.content.length : 4096;
    const [, month = '', day = '', , time = ''] =
      /\w+, (\d+) (\w+) (\d+) (\S+)/.exec(new Date(entry.modifiedMs).toUTCString()) ?? [];
    const link = entry.kind === 'link' ? ` -> ${entry.target}` : '';
    return `${modeText(entry.kind, entry.mode)} 1 root root ${String(bytes).padStart(8)} ${day} ${month} ${time.slice(0, 5)} ${shown}${link}\n`;
  };
  let code = 0;
  for (const path of paths) {
    const at = call.path(path);
    if (files.getLink(at) === undefined) {
      code = complain(call, `cannot access '${path}': No such file or directory`, 2);
      continue;
    }
    if (options.has('d') || !files.isFolder(at)) {
      call.out(line(at, path));
      continue;
    }
    if (paths.length > 1) call.out(`${path}:\n`);
    let names = files.list(at).filter((name) => options.has('a', 'A') || !name.startsWith('.'));
    const age = (name: string) => files.get(`${at}/${name}`)?.modifiedMs ?? 0;
    if (options.has('t')) names = names.sort((a, b) => age(b) - age(a));
    if (options.has('r')) names.reverse();
    for (const name of names) call.out(line(`${at === '/' ? '' : at}/${name}`, name));
  }
  return code;
};

const stat: Program = (call) => {
  const options = readOptions(call.args, ['c', 'format']);
  const format = options.value('c', 'format') ?? '%n';
  const { files } = call.machine;
  return forEach(
    call,
    options.rest,
    (path) => `cannot statx '${path}'`,
    (path) => {
      const entry = options.has('L') ? files.get(call.path(path)) : files.getLink(call.path(path));
      if (entry === undefined) throw new FileError('No such file or directory');
      const bytes = entry.kind === 'file' ? entry.content.length : 4096;
      const kinds = { file: 'regular file', folder: 'directory', link: 'symbolic link' };
      const values: Readonly<Record<string, string>> = {
        n: path,
        s: String(bytes),
        a: entry.mode.toString(8),
        A: modeText(entry.kind, entry.mode),
        Y: String(Math.floor(entry.modifiedMs / 1000)),
        F: kinds[entry.kind],
        U: 'root',
        G: 'root',
        u: '0',
        g: '0',
        i: '42',
        d: '1',
      };
      call.out(`${format.replace(/%([a-zA-Z])/g, (whole, letter: string) => values[letter] ?? whole)}\n`);
    },
  );
};

const du: Program = (call) => {
  const options = readOptions(call.args, ['d']);
  const { files } = call.machine;
  return forEach(
    call,
    options.rest,
    (path) => `cannot access '${path}'`,
    (path) => {
      need(files, call.path(path));
      const bytes = files.bytesBelow(call.path(path));
      call.out(`${options.has('b') ? bytes : Math.ceil(bytes / 1024)}\t${path}\n`);
    },
  );
};

/** Free space is what a limit leaves, else twenty gibibytes. */
const df: Program = (call) => {
  const options = readOptions(call.args, ['output', 'B']);
  const { files } = call.machine;
  const path = call.path(options.rest[0] ?? '/');
  if (!files.has(path)) return complain(call, `${options.rest[0] ?? ''}: No such file or directory`);
  const real = files.resolve(path);
  let free = 20 * 2 ** 30;
  for (const [folder, limit] of files.limits)
    if (real === folder || real.startsWith(`${folder}/`)) free = Math.min(free, limit - files.bytesBelow(folder));
  const blocks = Math.max(0, Math.floor(free / 1024));
  call.out('Filesystem     1024-blocks     Used Available Capacity Mounted on\n');
  call.out(`/dev/vda1         41943040 10485760 ${blocks}      26% /\n`);
  return 0;
};

const mktemp: Program = (call) => {
  const options = readOptions(call.args, ['p', 'tmpdir']);
  const template = options.rest[0] ?? `${options.value('p', 'tmpdir') ?? '/tmp'}/tmp.XXXXXX`;
  const { files } = call.machine;
  for (let i = 0; ; i++) {
    const path = template.replace(/X+$/, (all) => `p${i}`.padStart(all.length, 'a'));
    if (files.has(call.path(path))) continue;
    if (options.has('d')) files.makeFolder(call.path(path), 0o700);
    else files.write(call.path(path), '', 0o600);
    call.out(`${path}\n`);
    return 0;
  }
};

const install: Program = (call) => {
  const options = readOptions(call.args, ['m', 'mode', 'o', 'g']);
  const mode = Number.parseInt(options.value('m', 'mode') ?? '755', 8);
  const { files } = call.machine;
  if (options.has('d')) {
    return forEach(
      call,
      options.rest,
      (path) => `cannot create directory '${path}'`,
      (path) => {
        files.makeFolders(call.path(path));
        const entry = files.get(call.path(path));
        if (entry !== undefined) entry.mode = mode;
      },
    );
  }
  const [source = '', target = ''] = options.rest;
  return forEach(
    call,
    [source],
    (path) => `cannot stat '${path}'`,
    (path) => {
      const at = targetOf(call, path, target, false);
      const content = path === '/dev/stdin' ? call.stdin.all() : files.read(call.path(path));
      if (options.has('D')) files.makeFolders(folderOf(at));
      files.write(at, content);
      const entry = files.get(at);
      if (entry !== undefined) entry.mode = mode;
    },
  );
};

const readlink: Program = (call) => {
  const options = readOptions(call.args);
  const path = call.path(options.rest[0] ?? '');
  const entry = call.machine.files.getLink(path);
  if (options.has('f', 'e', 'm') || call.name === 'realpath') {
    call.out(`${call.machine.files.resolve(path)}\n`);
    return 0;
  }
  if (entry?.kind !== 'link') return 1;
  call.out(`${entry.target}\n`);
  return 0;
};

/** The programs that look at and change files. */
export const filePrograms: Readonly<Record<string, Program>> = {
  cat,
  chmod,
  chown,
  cp,
  df,
  du,
  install,
  ln,
  ls,
  mkdir,
  mktemp,
  mv,
  readlink,
  realpath: readlink,
  rm,
  rmdir,
  stat,
  touch,
};
