import { type Message, say } from '../base/message';
import type { YamlProblem } from '../syntax/located-yaml';

/** What keeps a text from being YAML, in words that say what to do. */
export function yamlProblemMessage({ code, message }: YamlProblem): Message {
  switch (code) {
    case 'tab':
      return say('a tab indents this line; YAML wants spaces');
    case 'quote':
      return say('the quote that begins this text is never closed');
    case 'bracket':
      return say('a bracket is missing or too many: "[" and "]", "{" and "}" belong together');
    case 'colon':
      return say('this line does not fit the ones above it: look at the indentation, and put text with ": " in quotes');
    case 'dash':
      return say('an item of a list begins on a line of its own');
    case 'anchor':
      return say('"*" begins the name of an anchor, and there is none of this name; put text with "*" in quotes');
    case 'character':
      return say('a plain text cannot begin with or hold this character; put it in quotes');
    case 'directive':
      return say('a line that begins with "%" is a directive, and YAML has none of this name');
    default:
      return say('this is not YAML: {0}', message);
  }
}
