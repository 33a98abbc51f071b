import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Diagnostic } from '../../../src/base/finding';
import { LineIndex } from '../../../src/base/line-index';
import { render } from '../../../src/base/message';
import { analyseKeepalived } from '../../../src/model/keepalived/analysis';
import { diagnoseKeepalived } from '../../../src/rules/keepalived/diagnose';
import fc from '../../support/fast-check';
import { sharedFolder } from '../../support/shared';

interface OracleCase {
  readonly id: string;
  readonly config?: string;
  readonly files?: unknown;
  readonly exit: number;
  readonly messages: readonly string[];
}

function findingsOf(text: string): readonly Diagnostic[] {
  return diagnoseKeepalived(analyseKeepalived({ path: 'keepalived.conf', text, version: [2, 2, 7] }), []);
}

const facts = sharedFolder('facts', 'keepalived', 'oracle-cases.json');
const skip = facts === undefined ? 'no recorded verdicts beside the checkout' : false;

describe('verdicts of keepalived 2.2.7 on snippets', { skip }, () => {
  const cases = facts === undefined ? [] : (JSON.parse(readFileSync(facts, 'utf8')) as { cases: OracleCase[] }).cases;

  test('what keepalived accepts has no error', () => {
    const wrong = cases
      .filter((each) => each.exit === 0 && each.files === undefined)
      .flatMap(({ id, config = '' }) => {
        const errors = findingsOf(config).filter((each) => each.severity === 'error');
        return errors.map((each) => `${id}: ${render(each.message)}`);
      });
    assert.deepEqual(wrong, []);
  });

  test('an unknown keyword is seen on the line that keepalived names', () => {
    const blamed = cases.filter(
      (each) => /Line \d+\) Unknown keyword/.test(each.messages[0] ?? '') && !/^o[35]-|longline/.test(each.id),
    );
    assert.ok(blamed.length > 5);
    const missed = blamed.filter(({ config = '', messages }) => {
      const line = Number(/Line (\d+)/.exec(messages[0] ?? '')?.[1]) - 1;
      const lines = new LineIndex(config);
      return !findingsOf(config).some((each) => lines.positionAt(each.span.start).line === line);
    });
    assert.deepEqual(
      missed.map((each) => each.id),
      [],
    );
  });
});

const corpus = sharedFolder('corpus', 'manifest.json');

test('real files that keepalived reads without a word have no error', {
  skip: corpus === undefined ? 'no corpus' : false,
}, () => {
  const manifest = JSON.parse(readFileSync(corpus ?? '', 'utf8')) as {
    file: string;
    oracle: { messages: { class: string }[] };
  }[];
  const accepted = manifest.filter(
    ({ file, oracle }) =>
      file.startsWith('keepalived/') &&
      oracle.messages.every((each) => each.class === 'environment' || each.class === 'summary'),
  );
  const wrong = accepted.flatMap(({ file }) => {
    const text = readFileSync(join(corpus ?? '', '..', file), 'utf8');
    return findingsOf(text).flatMap((each) => (each.severity === 'error' ? [`${file}: ${render(each.message)}`] : []));
  });
  assert.deepEqual(wrong, []);
});

test('any text is read, and every finding lies in it', () => {
  const piece = fc.constantFrom(
    ...[
      'vrrp_instance',
      'VI_1',
      '{',
      '}',
      '\n',
      ' ',
      '"',
      '#',
      '!',
      'priority',
      '100',
      'track_script',
      '$X=1',
      '${X}',
      '@a',
      '~SEQ(i,1,2)',
      '\\',
      'include x',
    ],
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 40 }).map((parts) => parts.join('')),
      (text) => {
        for (const { span } of findingsOf(text))
          assert.ok(0 <= span.start && span.start <= span.end && span.end <= text.length + 1);
      },
    ),
    { numRuns: 500 },
  );
});
