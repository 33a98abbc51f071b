import type { Message, Speak } from '../base/message';
import { speaker } from '../lsp/settings';

/** What the environment says, in the order of setlocale(3). */
function locale({ LC_ALL, LC_MESSAGES, LANG }: NodeJS.ProcessEnv): string | undefined {
  return [LC_ALL, LC_MESSAGES, LANG].find((each) => each !== undefined && each !== '');
}

let speak: Speak | undefined;

/** A message in the language of the terminal; what machines read is written with `render` instead. */
export function text(message: Message): string {
  speak ??= speaker(locale(process.env));
  return speak(message);
}
