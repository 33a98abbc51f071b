import { say } from '../../base/message';
import type { Word } from '../../syntax/haproxy/line';
import { sectionRule } from './advice';
import { LineTest } from './line-test';
import { findParameter } from './servers';

/** Below this many milliseconds, nobody means milliseconds: the network alone takes longer. */
const impossible = 100;
const unlikely = 1000;

/** A number that is too short to be an honest time in milliseconds. */
const bareNumber = /^\d{1,3}$/;

/** Other settings with a time: which word it is, and below how many milliseconds nobody means those. */
const others: ReadonlyMap<string, { readonly place: number; readonly below: number }> = new Map([
  ['hard-stop-after', { place: 0, below: unlikely }],
  ['stats timeout', { place: 0, below: unlikely }],
  ['tcp-request inspect-delay', { place: 0, below: impossible }],
  ['tcp-response inspect-delay', { place: 0, below: impossible }],
  ['hold', { place: 1, below: unlikely }],
]);

/** Timeouts that wait for a person or a whole answer. */
const long: ReadonlySet<string> = new Set([
  'client',
  'server',
  'tunnel',
  'http-request',
  'queue',
  'client-fin',
  'server-fin',
]);

/** Pauses between checks, and the time in which a server gets its full share. */
const pauses: readonly (readonly [string, number])[] = [
  ['inter', impossible],
  ['fastinter', impossible],
  ['downinter', impossible],
  ['agent-inter', impossible],
  ['slowstart', unlikely],
];

const hasBarePause = new LineTest((words) =>
  words.some(({ text }, at) => bareNumber.test(text) && /inter$|^slowstart$/.test(words[at - 1]?.text ?? '')),
);

export const plainNumberTime = sectionRule({
  id: 'haproxy/plain-number-time',
  severity: 'warning',
  summary: 'A time is a bare number, which is read as milliseconds, and it is too short for that.',
  sections: ['global', 'defaults', 'frontend', 'backend', 'listen', 'resolvers', 'mailers'],

  check(view, report) {
    const judge = (line: number, word: Word | undefined, below: number): void => {
      if (word === undefined || word.open || !bareNumber.test(word.text)) return;
      const value = Number(word.text);
      if (value === 0 || value >= below) return;
      report(
        line,
        word,
        say('{0} without a unit is {0} milliseconds: write {0}s for seconds, or {0}ms if that is meant', value),
        {
          severity: value < impossible ? 'warning' : 'hint',
          fix: {
            title: say('Change to "{0}"', `${value}s`),
            edits: [{ line, start: word.end, end: word.end, newText: 's' }],
            confidence: 'review',
          },
        },
      );
    };
    for (const name of view.names) {
      if (name.startsWith('timeout '))
        for (const { line, statement } of view.own(name))
          judge(line, statement.args[0], long.has(name.slice(8)) ? unlikely : impossible);
      const other = others.get(name);
      if (other !== undefined)
        for (const { line, statement } of view.own(name)) judge(line, statement.args[other.place], other.below);
    }
    for (const { line, statement } of view.own('stick-table')) {
      const at = statement.args.findIndex((each) => each.text === 'expire');
      if (at >= 0) judge(line, statement.args[at + 1], unlikely);
    }
    for (const { line, statement } of view.own('default-server'))
      for (const [name, below] of pauses) {
        const at = findParameter(statement.args, name, 0);
        if (at >= 0) judge(line, statement.args[at + 1], below);
      }
    if (view.type === 'backend' || view.type === 'listen')
      for (const server of view.servers)
        if (hasBarePause.test(server.statement.line))
          for (const [name, below] of pauses) judge(server.line, server.ownValue(name), below);
  },
});
