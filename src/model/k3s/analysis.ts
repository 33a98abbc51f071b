import { parseLocatedYaml, type YamlDocument, type YamlEntry } from '../../syntax/located-yaml';

/** One k3s config file. k3s reads the first document only. */
export interface K3sAnalysis {
  readonly text: string;
  readonly document: YamlDocument;
  readonly entries: readonly YamlEntry[];
}

export function analyseK3s(text: string): K3sAnalysis {
  const document = parseLocatedYaml(text)[0] ?? { root: undefined, problems: [] };
  return { text, document, entries: document.root?.kind === 'map' ? document.root.entries : [] };
}

/** The key without the `+` that adds to the values of earlier files. */
export function plainKey(entry: YamlEntry): string {
  return entry.key.endsWith('+') ? entry.key.slice(0, -1) : entry.key;
}
