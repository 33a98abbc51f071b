import { complain } from '../program';
import type { Program } from '../world';

/** `find` with the tests that Haven's commands use. */
export const find: Program = async (call) => {
  const { files } = call.machine;
  const words = [...call.args];
  const starts: string[] = [];
  while (words.length > 0 && !/^[-!(]/.test(words[0] ?? '')) starts.push(words.shift() ?? '');
  let [least, most] = [0, Number.POSITIVE_INFINITY];
  const tests: ((path: string, name: string) => boolean)[] = [];
  const actions: ((path: string, shown: string) => void)[] = [];
  const atEnd: (() => number | Promise<number>)[] = [];
  let negated = false;
  const add = (test: (path: string, name: string) => boolean) => {
    const not = negated;
    tests.push((path, name) => test(path, name) !== not);
    negated = false;
  };
  while (words.length > 0) {
    const word = words.shift() ?? '';
    if (word === '!' || word === '-not') negated = true;
    else if (word === '-maxdepth') most = Number(words.shift());
    else if (word === '-mindepth') least = Number(words.shift());
    else if (word === '-type') {
      const kind = { f: 'file', d: 'folder', l: 'link' }[words.shift() ?? ''];
      add((path) => files.getLink(path)?.kind === kind);
    } else if (word === '-name' || word === '-path') {
      const source = (words.shift() ?? '')
        .replace(/[.+^${}()|\\]/g, '\\$&')
        .replace(/\*/g, '.*')
        .replace(/\?/g, '.');
      const pattern = new RegExp(`^${source}$`, 's');
      add((path, name) => pattern.test(word === '-name' ? name : path));
    } else if (word === '-newer') {
      const than = files.get(call.path(words.shift() ?? ''))?.modifiedMs ?? 0;
      add((path) => (files.get(path)?.modifiedMs ?? 0) > than);
    } else if (word === '-mmin' || word === '-mtime') {
      const text = words.shift() ?? '';
      const unit = word === '-mmin' ? 60_000 : 86_400_000;
      const limit = Number(text.replace(/^[-+]/, ''));
      add((path) => {
        const age = (call.machine.now() - (files.get(path)?.modifiedMs ?? 0)) / unit;
        return text.startsWith('-') ? age < limit : text.startsWith('+') ? age > limit : Math.floor(age) === limit;
      });
    } else if (word === '-size') {
      const [, sign = '', count = '0', letter = 'b'] = /^([-+]?)(\d+)([ckMGb]?)$/.exec(words.shift() ?? '') ?? [];
      const unit = { c: 1, k: 1024, M: 1_048_576, G: 1_073_741_824 }[letter] ?? 512;
      add((path) => {
        // As find does: a started unit counts as a whole one.
        const units = Math.ceil((files.get(path)?.kind === 'file' ? files.read(path).length : 0) / unit);
        return sign === '+' ? units > Number(count) : sign === '-' ? units < Number(count) : units === Number(count);
      });
    } else if (word === '-printf') {
      const format = words.shift() ?? '';
      actions.push((path, shown) => call.out(printed(format, path, shown)));
    } else if (word === '-print') actions.push((_path, shown) => call.out(`${shown}\n`));
    else if (word === '-print0') actions.push((_path, shown) => call.out(`${shown}\0`));
    else if (word === '-exec') {
      // Only the form that gives all paths to one start.
      const end = words.indexOf('+');
      if (end < 1 || words[end - 1] !== '{}') return complain(call, "missing argument to `-exec'");
      const argv = words.splice(0, end + 1).slice(0, -2);
      const found: string[] = [];
      actions.push((_path, shown) => found.push(shown));
      atEnd.push(() => (found.length === 0 ? 0 : call.start([...argv, ...found])));
    } else if (word === '-delete') actions.push((path) => files.remove(path));
    else return complain(call, `unknown predicate \`${word}'`);
  }
  const printed = (format: string, path: string, shown: string): string => {
    const entry = files.getLink(path);
    const seconds = (entry?.modifiedMs ?? 0) / 1000;
    const values: Readonly<Record<string, string>> = {
      p: shown,
      f: shown.split('/').at(-1) ?? '',
      s: String(entry?.kind === 'file' ? entry.content.length : 4096),
      'T@': seconds.toFixed(10),
      m: (entry?.mode ?? 0).toString(8),
      y: entry?.kind === 'folder' ? 'd' : entry?.kind === 'link' ? 'l' : 'f',
    };
    return format
      .replace(/%(T@|[a-zA-Z])/g, (whole, key: string) => values[key] ?? whole)
      .replace(/\\n/g, '\n')
      .replace(/\\t/g, '\t')
      .replace(/\\0/g, '\0');
  };
  if (actions.length === 0) actions.push((_path, shown) => call.out(`${shown}\n`));
  let code = 0;
  for (const start of starts.length === 0 ? ['.'] : starts) {
    const top = files.resolve(call.path(start));
    if (!files.has(top)) {
      code = complain(call, `‘${start}’: No such file or directory`);
      continue;
    }
    for (const path of [top, ...files.below(top)]) {
      const tail = path.slice(top === '/' ? 0 : top.length);
      const depth = tail === '' ? 0 : tail.split('/').length - 1;
      if (depth < least || depth > most || !files.getLink(path)) continue;
      const shown = `${start.replace(/(.)\/$/, '$1')}${tail}`;
      if (tests.every((test) => test(path, path.split('/').at(-1) ?? ''))) for (const act of actions) act(path, shown);
    }
  }
  for (const end of atEnd) if ((await end()) !== 0) code = 1;
  return code;
};
