import { touches } from '../../base/span';
import { analyseKubeadm, type KubeadmAnalysis } from '../../model/kubeadm/analysis';
import { kubeadmRules } from '../../rules/kubeadm';
import { runRules } from '../../rules/rule';
import { beforeDamage } from '../../rules/yaml-problem';
import { type DocumentSymbol, language } from '../language';
import { formatYaml } from '../yaml/format';
import { nodeFileLinks } from '../yaml/node-files';
import { yamlFolds, yamlSelection, yamlSymbols } from '../yaml/structure';
import { complete } from './complete';
import { hover } from './hover';
import { tokens } from './tokens';

/** The files that kubeadm commands are given with `--config`. */
export const kubeadm = language<KubeadmAnalysis>({
  kind: 'kubeadm',
  analyse: ({ path, text, versions }) => analyseKubeadm({ path, text, version: versions.kubernetes }),
  diagnose: (analysis) => beforeDamage(runRules(kubeadmRules, analysis), analysis.text, analysis.documents),
  links: ({ path, documents }) =>
    nodeFileLinks(
      path,
      documents.flatMap(({ content }) =>
        content.scalars.flatMap(({ field, scalar, read }) =>
          /^(?:caFile|certFile|keyFile|caCertPath|kubeConfigPath)$/.test(field.field)
            ? [{ span: scalar.span, path: read.text }]
            : [],
        ),
      ),
    ),
  complete,
  hover,
  symbols,
  tokens,
  folds: ({ text, documents }) =>
    yamlFolds(
      text,
      documents.map((each) => each.root),
    ),
  format: ({ documents, text }, options, range) =>
    formatYaml(
      text,
      documents.map((each) => each.root),
      options,
      range,
    ),
  selection: ({ text, documents }, offset) =>
    yamlSelection(text, documents.find((each) => touches(each.span, offset))?.root, offset),
});

/** Every document by its kind, with its fields below. Tokens and keys are left out. */
function symbols({ documents }: KubeadmAnalysis): readonly DocumentSymbol[] {
  return documents.flatMap(({ root, kind, apiVersion }): DocumentSymbol[] => {
    if (root?.kind !== 'map') return [];
    const isSecret = ({ key }: { readonly key: string }) => /token$|^certificateKey$/i.test(key);
    const children = yamlSymbols(root, isSecret).filter((each) => !/^(?:apiVersion|kind)$/.test(each.name));
    return [
      {
        name: kind?.text ?? '?',
        ...(apiVersion === undefined ? {} : { detail: apiVersion.text }),
        kind: 'section',
        span: root.span,
        nameSpan: kind?.span ?? root.entries[0]?.keySpan ?? root.span,
        children,
      },
    ];
  });
}
