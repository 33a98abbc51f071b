import { analyseK3s, besides, type K3sAnalysis, mainPath } from '../../model/k3s/analysis';
import { readingOrder } from '../../model/k3s/effective';
import { k3sNodeRules, k3sRules } from '../../rules/k3s';
import { runRules } from '../../rules/rule';
import { beforeDamage } from '../../rules/yaml-problem';
import { language } from '../language';
import { formatYaml } from '../yaml/format';
import { nodeFileLinks } from '../yaml/node-files';
import { yamlFolds, yamlSelection, yamlSymbols } from '../yaml/structure';
import { complete } from './complete';
import { hints } from './hints';
import { hover } from './hover';
import { tokens } from './tokens';

/** The configuration files of k3s servers and agents; a main file and its drop-ins are one configuration. */
export const k3s = language<K3sAnalysis>({
  kind: 'k3s',
  instance: (path, files) => files.filter((each) => each.path !== path && mainPath(each.path) === mainPath(path)),
  analyse: ({ path, text, versions, role }) => analyseK3s({ path, text, role, version: versions.k3s }),
  diagnose(analysis, siblings) {
    const others = siblings.map((each) => each.analysis);
    const { text, document } = analysis;
    const whole = { span: { start: 0, end: text.length + 1 }, problems: document.problems };
    const files = readingOrder([analysis, ...others]);
    const counted = besides(analysis, others, files.slice(files.indexOf(analysis) + 1));
    const own = beforeDamage(runRules(k3sRules, counted), text, [whole]);
    return others.length === 0 ? own : [...own, ...runRules(k3sNodeRules, { file: analysis, files })];
  },
  links: ({ path, settings }) =>
    nodeFileLinks(
      path,
      settings.flatMap(({ key, values }) =>
        key.format === 'path' && key.key !== 'data-dir' && !key.key.endsWith('-dir')
          ? values.map(({ span, text }) => ({ span, path: text }))
          : [],
      ),
    ),
  complete,
  hover,
  hints,
  tokens,
  symbols: ({ document, settings }) => {
    const secret = new Set(settings.filter(({ key }) => key.secret === true).map(({ entry }) => entry.keySpan.start));
    return yamlSymbols(document.root, ({ keySpan }) => secret.has(keySpan.start));
  },
  folds: ({ text, document }) => yamlFolds(text, [document.root]),
  format: ({ document, unread, text }, options, range) =>
    formatYaml(
      text,
      [document, ...unread].map((each) => each.root),
      options,
      range,
    ),
  selection: ({ text, document }, offset) => yamlSelection(text, document.root, offset),
});
