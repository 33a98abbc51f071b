import { spawnSync } from 'node:child_process';
import { disagreement, type GoYamlVerdict } from '../support/go-yaml';
import { type Part, seeded } from './frame';
import { yamlForm } from './yaml-forms';

const option = (name: string, usual: number) =>
  Number(process.argv.find((each) => each.startsWith(`--${name}=`))?.split('=')[1] ?? usual);

/** Go's YAML reader: the program of test/accuracy/go-yaml, built, named by HAVEN_GO_YAML. */
const program = process.env.HAVEN_GO_YAML;

/** Texts in every form that YAML has, and what our reader makes of them against the one of k3s and kubeadm. */
export const yamlPart: Part = {
  name: 'yaml',
  missing: () => (program === undefined ? 'HAVEN_GO_YAML does not name a program' : undefined),
  run(report) {
    const random = seeded(option('seed', 1));
    const texts = Array.from({ length: option('each', 10) * 1000 }, () => yamlForm(random));
    const input = `${texts.map((text) => Buffer.from(text).toString('base64')).join('\n')}\n`;
    const { stdout } = spawnSync(program ?? '', { input, encoding: 'utf8', maxBuffer: 1 << 29 });
    const verdicts = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as GoYamlVerdict);
    for (const [index, text] of texts.entries()) {
      // What a tag makes of a text is another matter: nobody writes them in these files.
      if (/!!(?:binary|float)/.test(text)) continue;
      const verdict = verdicts[index] ?? {};
      const differs = disagreement(text, verdict);
      const detail = `${differs}: ${JSON.stringify(text)}`;
      if (verdict.fault === undefined) report.accepted('yaml forms', differs === undefined ? [] : [detail]);
      else report.rejected('yaml forms', differs === undefined ? 'on-line' : 'unseen', detail);
    }
  },
};
