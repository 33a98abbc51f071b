import { inventoryKeys } from '../../src/catalog/inventory/keys';
import { k3sKeys } from '../../src/catalog/k3s/catalog';
import { blocks, keywords } from '../../src/catalog/keepalived';
import fieldRows from '../../src/catalog/kubeadm/fields.json';

/**
 * The English texts of the catalogs, as hovers, completion and signatures show them.
 *
 * To show one in the reader's language, write `speak(catalogText(row.text))`, where `speak` is what the adapter hands to
 * `hover` (in its context), `complete` and `signature`; sentences around it are messages as everywhere:
 * `speak(say('Since {0}', release))`. The English text is the key of its Korean one in `l10n/ko/<language>-catalog.json`.
 * Then name the texts here: `test/messages.test.ts` asks for the Korean of all that are `needed`, and takes a Korean text
 * that belongs to none of both sets for a left-over.
 */
export interface CatalogTexts {
  readonly needed: ReadonlySet<string>;
  /** Single words, which may stay as they are. */
  readonly possible: ReadonlySet<string>;
}

function ofKeepalived(): CatalogTexts {
  const words = keywords.flatMap((row) =>
    [row.default, row.unit, row.replacement].filter((each) => each !== undefined),
  );
  return {
    needed: new Set([...[...keywords, ...blocks].map((row) => row.text), ...words.filter((each) => / /.test(each))]),
    possible: new Set(words),
  };
}

function ofYaml(): CatalogTexts {
  const fields = (fieldRows as readonly { readonly text?: string }[]).flatMap(({ text }) => text ?? []);
  return {
    needed: new Set([...k3sKeys.map(({ text }) => text), ...inventoryKeys.map(({ text }) => text), ...fields]),
    possible: new Set(),
  };
}

export const catalogTexts: readonly CatalogTexts[] = [ofKeepalived(), ofYaml()];
