/**
 * A sentence for a person, still in parts: the template is the English text and the key of its translations,
 * the arguments take the places of `{0}`, `{1}` and so on. Adapters turn it into text in the reader's language.
 */
export interface Message {
  readonly template: string;
  readonly args: readonly Argument[];
}

/** What stands in a place of a template. A message in another, such as a reason, is put into the reader's language with it. */
type Argument = string | number | Message;

/** Makes a message. The template must be a literal: `test/messages.test.ts` collects them and asks for a translation. */
export function say(template: string, ...args: Argument[]): Message {
  return { template, args };
}

/** Puts a message into the reader's language. */
export type Speak = (message: Message) => string;

/**
 * A text of a catalog as a message. It is its own template: its Korean stands in `l10n/ko/<language>-catalog.json`, and
 * `test/support/catalog-texts.ts` says which texts a catalog has.
 */
export function catalogText(text: string): Message {
  return { template: text, args: [] };
}

/** The text of `message`, from the translated template if `translate` knows one. */
export function render(message: Message, translate?: (template: string) => string | undefined): string {
  const template = translate?.(message.template) ?? message.template;
  if (message.args.length === 0) return template;
  return template.replace(/\{(\d+)\}/g, (whole, index: string) => {
    const value = message.args[Number(index)];
    if (value === undefined) return whole;
    return typeof value === 'object' ? render(value, translate) : String(value);
  });
}
