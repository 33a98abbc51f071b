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
