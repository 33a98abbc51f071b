import { parseLocatedYaml, scalarAt } from '../../../syntax/located-yaml';
import type { Located } from '../located';
import { located } from './yaml-facts';

/** The `hostname` that a cloud-init file gives its machine (cloud-init, module set_hostname). */
export function hostNameIn(path: string, text: string): Located<string> | undefined {
  if (!/^(?:## template:.*\r?\n)?#cloud-config\b/.test(text)) return undefined;
  return located(path, scalarAt(parseLocatedYaml(text)[0]?.root, 'hostname'));
}

/** The release that the first install line of a cloud-init file asks for (k3s, "Environment Variables": INSTALL_K3S_VERSION). */
export function installedIn(path: string, text: string): Located<string> | undefined {
  const found = /\bINSTALL_K3S_VERSION=["']?(v\d+\.\d+\.\d+[\w.+-]*)/.exec(text);
  const value = found?.[1];
  if (found === null || value === undefined) return undefined;
  const end = found.index + found[0].length;
  return { value, path, span: { start: end - value.length, end } };
}
