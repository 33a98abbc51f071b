/** Words that mean nothing to a POSIX shell and can stand as they are. */
const plain = /^[A-Za-z0-9_@%+=:,./-]+$/;

/**
 * One argument as a POSIX shell must be given it, so that it arrives as the same text: in single quotes, unless every
 * character is harmless. NUL cannot be passed to any program.
 * @throws RangeError if the text holds a NUL character.
 */
export function quote(argument: string): string {
  if (argument.includes('\0')) throw new RangeError('an argument cannot hold a NUL character');
  if (plain.test(argument)) return argument;
  return `'${argument.replaceAll("'", "'\\''")}'`;
}

/** A command line for a POSIX shell from its arguments. */
export function commandLine(argv: readonly string[]): string {
  const [program = '', ...rest] = argv;
  // A first word with `=` would be taken for an assignment, and an empty one for nothing.
  const first = program.includes('=') || program === '' ? `'${program.replaceAll("'", "'\\''")}'` : quote(program);
  return [first, ...rest.map(quote)].join(' ');
}
