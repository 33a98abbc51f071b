import { parseLocatedYaml, scalarAt } from '../../../syntax/located-yaml';
import type { Located } from '../located';
import { located } from './yaml-facts';

/** The `hostname` that a cloud-init file gives its machine (cloud-init, module set_hostname). */
export function hostNameIn(path: string, text: string): Located<string> | undefined {
  if (!/^(?:## template:.*\r?\n)?#cloud-config\b/.test(text)) return undefined;
  return located(path, scalarAt(parseLocatedYaml(text)[0]?.root, 'hostname'));
}
