import { say } from '../../base/message';
import type { Word } from '../../syntax/haproxy/line';
import { type Report, sectionRule } from './advice';
import { LineTest } from './line-test';

const weakVersions: ReadonlySet<string> = new Set(['SSLv3', 'TLSv1.0', 'TLSv1.1']);
const weakForced: ReadonlySet<string> = new Set(['force-sslv3', 'force-tlsv10', 'force-tlsv11']);
const weakCipher = /^(?=.{0,100}$)(?:[A-Z0-9-]*(?:RC4|3DES|DES-CBC|EXP|MD5|NULL)[A-Z0-9-]*|LOW|[ae]?NULL)$/;

const mayBeWeak = new LineTest((words) => words.some(({ text }) => /sslv3|tlsv1|ciphers/i.test(text)));

function judge(line: number, words: readonly Word[], report: Report): void {
  words.forEach((word, index) => {
    const value = words[index + 1];
    if (
      (word.text === 'ssl-min-ver' || word.text === 'ssl-max-ver') &&
      value !== undefined &&
      weakVersions.has(value.text)
    ) {
      report(
        line,
        value,
        word.text === 'ssl-min-ver'
          ? say(
              '{0} was given up in 2021 (RFC 8996) and is refused by current clients: TLSv1.2 is the least',
              value.text,
            )
          : say(
              'nothing newer than {0} is spoken here, which current clients refuse: TLSv1.2 is the least',
              value.text,
            ),
        {
          fix: {
            title: say('Change to "{0}"', 'TLSv1.2'),
            edits: [{ line, start: value.start, end: value.end, newText: 'TLSv1.2' }],
            confidence: 'review',
          },
        },
      );
    } else if (weakForced.has(word.text)) {
      report(
        line,
        word,
        say('"{0}" speaks nothing newer, which current clients refuse: use "ssl-min-ver TLSv1.2"', word.text),
      );
    }
  });
}

function judgeCiphers(line: number, word: Word | undefined, report: Report): void {
  if (word === undefined || word.open) return;
  const weak = word.text.split(':').find((each) => weakCipher.test(each));
  if (weak === undefined) return;
  report(line, word, say('"{0}" among these ciphers can be broken: leave it out', weak));
}

export const weakTls = sectionRule({
  id: 'haproxy/weak-tls',
  severity: 'warning',
  summary: 'TLS is allowed in versions or with ciphers that are no protection any more.',
  sections: ['global', 'frontend', 'backend', 'listen', 'defaults', 'peers'],

  check(view, report) {
    if (view.type === 'global') {
      for (const name of ['ssl-default-bind-options', 'ssl-default-server-options'])
        for (const { line, statement } of view.own(name)) judge(line, statement.args, report);
      for (const name of ['ssl-default-bind-ciphers', 'ssl-default-server-ciphers'])
        for (const { line, statement } of view.own(name)) judgeCiphers(line, statement.args[0], report);
      for (const { line, statement } of view.own('tune.ssl.default-dh-param')) {
        const value = statement.args[0];
        if (value === undefined || Number(value.text) >= 2048) continue;
        report(line, value, say('DH keys of {0} bits can be broken: 2048 is the least', value.text), {
          fix: {
            title: say('Change to "{0}"', '2048'),
            edits: [{ line, start: value.start, end: value.end, newText: '2048' }],
            confidence: 'review',
          },
        });
      }
      return;
    }
    for (const name of ['bind', 'server', 'default-server', 'server-template'])
      for (const { line, statement } of view.own(name)) {
        if (!mayBeWeak.test(statement.line)) continue;
        judge(line, statement.args, report);
        const at = statement.args.findIndex((each) => each.text === 'ciphers');
        if (at >= 0) judgeCiphers(line, statement.args[at + 1], report);
      }
  },
});
