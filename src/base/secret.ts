/**
 * A text that must not be seen: it prints as `•••` wherever it is put into a text or JSON by mistake, and is taken out
 * on purpose with `reveal`, only where it goes to a program's standard input or over SSH.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '•••';
  }

  toJSON(): string {
    return '•••';
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '•••';
  }
}

/** `text` without any of `secrets`. Secrets shorter than four characters are left: taking them out would spoil every text. */
export function withoutSecrets(text: string, secrets: readonly Secret[]): string {
  let clean = text;
  for (const secret of secrets) {
    const value = secret.reveal();
    if (value.length >= 4) clean = clean.replaceAll(value, '•••');
  }
  return clean;
}
