import type { Diagnostic } from '../base/finding';
import { type Message, say } from '../base/message';
import type { Span } from '../base/span';
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
      if (/incompatible/.test(message))
        return say('k3s and kubeadm read YAML 1.1 and refuse a file that says another version; take this line away');
      return say('a line that begins with "%" is a directive, and YAML has none of this name');
    case 'number':
      return say('this is infinity or no number to YAML, which kubeadm cannot hand on; put the text in quotes');
    case 'json':
      return say('kubeadm reads a document that begins with "{" as JSON, and this is none: quote every name and text');
    default:
      return say('this is not YAML: {0}', message);
  }
}

/** A text, or a document of one, with what keeps it from being YAML. */
interface DamagedText {
  readonly span: Span;
  readonly problems: readonly YamlProblem[];
}

/** Leaves out what is found behind the first damage of a text: there the tree is a guess, and its mistakes are not the user's. */
export function beforeDamage(
  diagnostics: readonly Diagnostic[],
  text: string,
  damaged: readonly DamagedText[],
): readonly Diagnostic[] {
  const guessed = damaged.flatMap(({ span, problems }) => {
    if (problems.length === 0) return [];
    const first = Math.min(...problems.map((each) => each.span.start));
    return [{ start: text.lastIndexOf('\n', first - 1) + 1, end: span.end }];
  });
  if (guessed.length === 0) return diagnostics;
  return diagnostics.filter(
    ({ rule, span }) =>
      rule.endsWith('/syntax') || !guessed.some((each) => each.start <= span.start && span.start < each.end),
  );
}

/**
 * Whether a piece of YAML has the marks of Jinja, Helm or Go, or a name that Terraform or envsubst fills in inside brackets.
 * One such mark keeps us from judging its form, though the text around it may be no template.
 */
export function hasTemplateMarks(text: string): boolean {
  return /\{\{|\{%|[[,][ \t]*\$\{\w+\}/.test(text);
}
