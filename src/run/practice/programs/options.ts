/** The words of a command line, sorted: single-letter and long options, and what is left. */
interface Options {
  has(...names: readonly string[]): boolean;
  value(...names: readonly string[]): string | undefined;
  readonly rest: readonly string[];
}

/** Reads words as getopt_long does; `withValue` names the options that take one (letters or long names). */
export function readOptions(words: readonly string[], withValue: readonly string[] = []): Options {
  const found = new Map<string, string>();
  const rest: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word === '--') {
      rest.push(...words.slice(i + 1));
      break;
    }
    if (word.startsWith('--')) {
      const [name = '', ...value] = word.slice(2).split('=');
      if (word.includes('=')) found.set(name, value.join('='));
      else if (withValue.includes(name)) found.set(name, words[++i] ?? '');
      else found.set(name, '');
    } else if (word.startsWith('-') && word.length > 1) {
      for (let j = 1; j < word.length; j++) {
        const letter = word[j] ?? '';
        if (withValue.includes(letter)) {
          found.set(letter, j + 1 < word.length ? word.slice(j + 1) : (words[++i] ?? ''));
          break;
        }
        found.set(letter, '');
      }
    } else rest.push(word);
  }
  return {
    has: (...names) => names.some((name) => found.has(name)),
    value: (...names) => names.map((name) => found.get(name)).find((each) => each !== undefined),
    rest,
  };
}
