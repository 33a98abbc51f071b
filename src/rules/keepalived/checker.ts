import { type Message, say } from '../../base/message';
import { nearest } from '../../base/nearest';
import type { Version } from '../../base/version';
import { unknownText } from '../../syntax/keepalived/definitions';
import type { Tree, Word } from '../../syntax/keepalived/tree';
import { conformance } from './conformance';
import type { ItemNotes } from './item-check';
import type { Names } from './names';
import type { Reporter } from './reporter';
import type { Globals } from './settings';
import { faultOf } from './values';

/** What is checked of one keepalived.conf, and how parts of a check say what they find. */
export class Checker {
  /** Of the item that was checked last. */
  notes: ItemNotes = emptyNotes();

  constructor(
    readonly text: string,
    readonly tree: Tree,
    readonly names: Names,
    readonly globals: Globals,
    readonly version: Version | undefined,
    readonly reporter: Reporter,
  ) {}

  /** Whether a word is a value of a type; says what is wrong if not. */
  value(type: string, parameters: readonly string[], word: Word): boolean {
    const message = faultOf({ type, parameters, optional: false }, word, this.version);
    if (message !== undefined) this.bad(word, message);
    return message === undefined;
  }

  /** Says why a word is refused, under the rule that its message belongs to. */
  bad(word: Word, message: Message): void {
    const rule = message.template.includes('address') ? conformance.badAddress : conformance.badValue;
    this.reporter.add(rule, { span: word.span, message });
  }

  /** Says what is wrong with a name that must be defined; `before`: further up in the file; `quiet`: keepalived lets it pass. */
  reference(word: Word, kind: string, before: boolean, quiet = false): boolean {
    if (word.text.includes(unknownText) || word.text.includes('$')) return true;
    const found = this.names.of(kind).get(word.text);
    if (found === undefined) {
      if (!this.names.complete) return true;
      const near = nearest(word.text, this.names.of(kind).keys());
      const meant = near === undefined || !this.names.inOneFile ? undefined : this.names.of(kind).get(near);
      this.reporter.add(conformance.unknownReference, {
        span: word.span,
        ...(meant !== undefined && { related: [{ span: meant.name.span, message: say('defined here') }] }),
        ...(quiet && { severity: 'warning' as const }),
        message:
          near === undefined
            ? say('no {0} is named "{1}"', kind, word.text)
            : say('no {0} is named "{1}"; did you mean "{2}"?', kind, word.text, near),
        fixes:
          near === undefined
            ? []
            : [
                {
                  title: say('Change to "{0}"', near),
                  edits: [{ span: word.span, newText: near }],
                  confidence: 'review',
                },
              ],
      });
      return false;
    }
    if (!before || found.statement.span.start < word.span.start || this.tree.includes.length > 0) return true;
    if (!this.tree.items.includes(found.statement.item)) return true;
    this.reporter.add(conformance.definedAfterUse, {
      span: word.span,
      message: say('{0} "{1}" is defined further down; keepalived ignores it here', kind, word.text),
      related: [{ span: found.name.span, message: say('defined here') }],
    });
    return false;
  }
}

export function emptyNotes(): ItemNotes {
  return {
    firstScript: undefined,
    firstPassword: undefined,
    directRouting: undefined,
    strictMode: undefined,
    routerKey: undefined,
    addresses: [],
    tracked: undefined,
  };
}
