import type { FileTree } from '../file-tree';

/**
 * The truth of `test WORDS`.
 * @throws RangeError when the words are no expression
 */
export function testExpression(words: readonly string[], files: FileTree, path: (text: string) => string): boolean {
  let at = 0;
  const next = (): string => {
    const word = words[at++];
    if (word === undefined) throw new RangeError('argument expected');
    return word;
  };
  const primary = (): boolean => {
    const left = words.length - at;
    const word = next();
    const operator = words[at] ?? '';
    if (left >= 3 && binary.has(operator)) {
      at++;
      return compare(word, operator, next(), files, path);
    }
    if (word === '!' && left > 1) return !primary();
    if (word === '(' && left > 2) {
      const value = or();
      if (next() !== ')') throw new RangeError('closing paren expected');
      return value;
    }
    if (/^-[a-zA-Z]$/.test(word) && left > 1 && word !== '-a' && word !== '-o') return unary(word, next(), files, path);
    return word !== '';
  };
  const and = (): boolean => {
    let value = primary();
    while (words[at] === '-a') {
      at++;
      value = primary() && value;
    }
    return value;
  };
  const or = (): boolean => {
    let value = and();
    while (words[at] === '-o') {
      at++;
      value = and() || value;
    }
    return value;
  };
  if (words.length === 0) return false;
  const value = or();
  if (at < words.length) throw new RangeError(`${words[at] ?? ''}: unexpected operator`);
  return value;
}

const binary = new Set(['=', '==', '!=', '-eq', '-ne', '-lt', '-le', '-gt', '-ge', '-nt', '-ot', '-ef', '<', '>']);

function compare(
  left: string,
  operator: string,
  right: string,
  files: FileTree,
  path: (text: string) => string,
): boolean {
  if (operator === '=' || operator === '==') return left === right;
  if (operator === '!=') return left !== right;
  if (operator === '<') return left < right;
  if (operator === '>') return left > right;
  if (operator === '-nt' || operator === '-ot') {
    const [one, other] = [files.get(path(left)), files.get(path(right))];
    const difference = (one?.modifiedMs ?? Number.NEGATIVE_INFINITY) - (other?.modifiedMs ?? Number.NEGATIVE_INFINITY);
    return operator === '-nt' ? difference > 0 : difference < 0;
  }
  if (operator === '-ef') {
    const one = files.get(path(left));
    return one !== undefined && one === files.get(path(right));
  }
  for (const each of [left, right]) if (!/^\s*[-+]?\d+\s*$/.test(each)) throw new RangeError(`Illegal number: ${each}`);
  const [a, b] = [Number(left), Number(right)];
  const answers: Readonly<Record<string, boolean>> = {
    '-eq': a === b,
    '-ne': a !== b,
    '-lt': a < b,
    '-le': a <= b,
    '-gt': a > b,
    '-ge': a >= b,
  };
  return answers[operator] ?? false;
}

function unary(operator: string, word: string, files: FileTree, path: (text: string) => string): boolean {
  if (operator === '-n') return word !== '';
  if (operator === '-z') return word === '';
  if (operator === '-t') return false;
  if (word === '') return false;
  const at = path(word);
  const entry = files.get(at);
  switch (operator) {
    case '-e':
      return entry !== undefined || word === '/dev/null';
    case '-f':
      return entry?.kind === 'file';
    case '-d':
      return entry?.kind === 'folder';
    case '-h':
    case '-L':
      return files.getLink(at)?.kind === 'link';
    case '-s':
      return entry?.kind === 'file' ? entry.content.length > 0 : entry !== undefined;
    case '-x':
      return entry !== undefined && (entry.kind === 'folder' || (entry.mode & 0o111) !== 0);
    case '-r':
    case '-w':
      return entry !== undefined;
    case '-b':
    case '-c':
    case '-p':
    case '-S':
      return false;
    default:
      throw new RangeError(`${operator}: unexpected operator`);
  }
}
