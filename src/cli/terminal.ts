/**
 * Control characters and those that turn the direction of writing, as `\u001b`: what a node, a file or its name says must not
 * move the cursor, set a title, or show words in another order than they stand in. In JSON, where such characters stand in
 * texts only, this is the same text.
 */
export function shown(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(
      /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g,
      (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
}

/** Writes to standard output; everything that the command line prints goes through here or `err`. */
export function out(text: string): void {
  process.stdout.write(shown(text));
}

/** What a shell will read is changed only where a person looks at it, not in a file. */
export function outForShell(text: string): void {
  process.stdout.write(process.stdout.isTTY ? shown(text) : text);
}

/** Writes to standard error. */
export function err(text: string): void {
  process.stderr.write(shown(text));
}
