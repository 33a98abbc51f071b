import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { render } from '../../../src/base/message';
import { analyseKubeadm } from '../../../src/model/kubeadm/analysis';
import { kubeadmRules } from '../../../src/rules/kubeadm';
import { runRules } from '../../../src/rules/rule';
import { sharedFolder } from '../../support/shared';

const facts = sharedFolder('facts', 'kubeadm', 'recordings', 'config-verdicts.json');
const skip = facts === undefined ? 'no recorded verdicts' : false;

interface Verdict {
  readonly name: string;
  readonly config?: string;
  readonly accepted: boolean;
  readonly messages: readonly { readonly text: string }[];
  readonly use?: { readonly exit: number };
}

const verdicts = (): readonly Verdict[] => JSON.parse(readFileSync(facts ?? '', 'utf8'));
const diagnose = (text: string) => runRules(kubeadmRules, analyseKubeadm({ path: 'kubeadm.yaml', text }));

test('what kubeadm accepts and uses has no error', { skip }, () => {
  const wrong = verdicts().flatMap(({ name, config, accepted, use }) =>
    !accepted || config === undefined || (use !== undefined && use.exit !== 0)
      ? []
      : diagnose(config)
          .filter((each) => each.severity === 'error')
          .map((each) => `${name}: ${render(each.message)}`),
  );
  assert.deepEqual(wrong, []);
});

test('what kubeadm refuses for its text is seen', { skip }, () => {
  const ofTheMachine = /only supports deploying|not a valid HTTPS URL or a file on disk|unable to select an IP/;
  const unseen = verdicts().flatMap(({ name, config, accepted, messages }) =>
    accepted ||
    config === undefined ||
    messages.some((each) => ofTheMachine.test(each.text)) ||
    diagnose(config).length > 0
      ? []
      : [name],
  );
  assert.deepEqual(unseen, []);
});

/** Files made up after the rules were written, and what `kubeadm config validate` v1.34.1 said of them (1: refused). */
const invented = JSON.parse(readFileSync('test/rules/kubeadm/invented-verdicts.json', 'utf8')) as {
  readonly heads: Readonly<Record<string, string>>;
  readonly rows: readonly (readonly [head: string, rest: string, refused: 0 | 1])[];
};

test('made-up files are judged as kubeadm judges them', () => {
  const wrong = invented.rows.flatMap(([head, rest, refused]) => {
    const found = diagnose((invented.heads[head] ?? '') + rest).filter((each) => each.severity !== 'hint');
    const isFound = refused === 1 ? found.length > 0 : found.some((each) => each.severity === 'error');
    return isFound === (refused === 1) ? [] : [`${head}: ${rest} ${found.map((each) => render(each.message)).join()}`];
  });
  assert.deepEqual(wrong, []);
});
