import { parseLocatedYaml, scalarAt, scalarsOf, valueAt } from '../../../syntax/located-yaml';
import type { Located } from '../located';
import type { AddressPoolFacts } from './file-facts';

/** The addresses that MetalLB gives to services (`IPAddressPool`, metallb.io/v1beta1); undefined for other manifests. */
export function addressPoolFacts(path: string, text: string): AddressPoolFacts | undefined {
  const ranges: Located<string>[] = [];
  let name: string | undefined;
  for (const { root } of parseLocatedYaml(text)) {
    if (scalarAt(root, 'kind')?.text !== 'IPAddressPool') continue;
    name ??= scalarAt(root, 'metadata', 'name')?.text ?? '';
    for (const each of scalarsOf(valueAt(root, 'spec', 'addresses')))
      ranges.push({ value: each.text, path, span: each.span });
  }
  return name === undefined ? undefined : { kind: 'address-pool', path, name, ranges };
}
