import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { analyseK3s, besides } from '../../../src/model/k3s/analysis';
import { k3sRules } from '../../../src/rules/k3s';
import { runRules } from '../../../src/rules/rule';
import { beyondParsers, type K3sForm, k3sForms } from '../../support/k3s-forms';

/** For each key and role: which forms the parsers of k3s take (0) and which they refuse (1). */
const verdicts = JSON.parse(readFileSync('test/rules/k3s/value-verdicts.json', 'utf8')) as Readonly<
  Record<string, string>
>;

function severities({ files, role }: K3sForm): readonly string[] {
  const read = files.map((text, index) =>
    analyseK3s({
      path: index === 0 ? 'config.yaml' : `config.yaml.d/${index}.yaml`,
      text,
      role: role === 'agent' ? role : undefined,
    }),
  );
  return read.flatMap((file, index) => {
    const others = read.filter((each) => each !== file);
    return runRules(k3sRules, besides(file, others, read.slice(index + 1))).flatMap(({ rule, severity }) =>
      beyondParsers.test(rule) && severity === 'error' ? [] : [severity ?? ''],
    );
  });
}

test('every key in every form: an error where k3s refuses it, none where it takes it', () => {
  const at = new Map<string, number>();
  const wrong: string[] = [];
  for (const form of k3sForms()) {
    const name = `${form.key} ${form.role}`;
    const index = at.get(name) ?? 0;
    at.set(name, index + 1);
    const isRefused = verdicts[name]?.[index] === '1';
    // Without a token k3s does not look at the server; one without a host ends it later.
    if (!isRefused && form.key === 'server') continue;
    // All of them take seconds; the rest is asked by hand (npm run accuracy k3s-values).
    if (index % 3 !== 0 && verdicts[name]?.includes('1') !== true) continue;
    const found = severities(form);
    const isTold = found.includes('error') || (isRefused && found.includes('warning'));
    if (isTold !== isRefused) wrong.push(`${isRefused ? 'refused' : 'taken'}: ${JSON.stringify(form.files)}`);
  }
  assert.deepEqual(wrong, []);
  for (const [name, all] of Object.entries(verdicts)) assert.equal(at.get(name), all.length, name);
});
