import { readdirSync, readFileSync } from 'node:fs';
import actions from '../../src/catalog/haproxy/actions.json';
import bindParams from '../../src/catalog/haproxy/bind-params.json';
import { sectionTypes } from '../../src/catalog/haproxy/catalog';
import converters from '../../src/catalog/haproxy/converters.json';
import directives from '../../src/catalog/haproxy/directives.json';
import fetches from '../../src/catalog/haproxy/fetches.json';
import logAliases from '../../src/catalog/haproxy/log-aliases.json';
import serverParams from '../../src/catalog/haproxy/server-params.json';
import values from '../../src/catalog/haproxy/values.json';
import { inventoryKeys } from '../../src/catalog/inventory/keys';
import { k3sKeys } from '../../src/catalog/k3s/catalog';
import { blocks, keywords } from '../../src/catalog/keepalived';
import { kubeVipVariables } from '../../src/catalog/kube-vip/environment';
import fieldRows from '../../src/catalog/kubeadm/fields.json';
import componentTexts from '../../src/catalog/kubernetes/texts.json';
import { flags } from '../../src/service/haproxy/offers';
import { isToldInWords } from '../../src/service/yaml/describe-value';

/**
 * The English texts of the catalogs, as hovers, completion and signatures show them.
 *
 * To show one in the reader's language, write `speak(catalogText(row.text))`, where `speak` is what the adapter hands to
 * `hover` (in its context), `complete` and `signature`; sentences around it are messages as everywhere:
 * `speak(say('Since {0}', release))`. The English text is the key of its Korean one in `l10n/ko/<language>-catalog.json`.
 * Then name the texts here: `test/messages.test.ts` asks for the Korean of all that are `needed`, and takes a Korean text
 * that belongs to none of both sets for a left-over.
 */
interface CatalogTexts {
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
  const rows = fieldRows as readonly { readonly text?: string; readonly default?: string }[];
  const fields = rows.flatMap(({ text }) => text ?? []);
  const defaults = [...rows, ...k3sKeys].flatMap((row) => row.default ?? []).filter(isToldInWords);
  return {
    needed: new Set([
      ...k3sKeys.map(({ text }) => text),
      ...inventoryKeys.map(({ text }) => text),
      ...[...kubeVipVariables.values()].flatMap(({ text }) => text ?? []),
      ...fields,
      ...defaults,
      ...Object.values(componentTexts).flatMap((rows) => Object.values(rows).flatMap(([text]) => text ?? [])),
    ]),
    possible: new Set(),
  };
}

/** The groups of values whose texts are shown. */
const shownGroups: ReadonlySet<unknown> = new Set([
  'balance',
  'cookie.option',
  'log.facility',
  'log.format',
  'log.level',
  'mode',
  'preprocessor.directive',
  'preprocessor.predicate',
  'service',
  'ssl-default-bind-options',
  'variable.scope',
]);

function ofHaproxy(): CatalogTexts {
  type Rows = readonly (readonly unknown[])[];
  const column = (rows: Rows, index: number) => rows.map((row) => String(row[index])).filter((each) => each !== '');
  return {
    needed: new Set([
      ...sectionTypes.map((each) => each.summary),
      ...flags.map(([, text]) => text),
      ...column(directives, 8),
      ...column(actions, 4),
      ...column(serverParams, 6),
      ...column(bindParams, 5),
      ...column(fetches, 7),
      ...column(converters, 7),
      ...column(logAliases, 4),
      ...column(
        (values as Rows).filter((row) => shownGroups.has(row[0])),
        4,
      ),
    ]),
    // Defaults and replacements: most are words of the language.
    possible: new Set([...column(directives, 9), ...column(directives, 10), ...column(fetches, 8)]),
  };
}

function ofSnippets(): CatalogTexts {
  const texts = readdirSync('snippets').flatMap((name) => {
    const snippets = JSON.parse(readFileSync(`snippets/${name}`, 'utf8')) as Record<string, { description: string }>;
    return Object.entries(snippets).flatMap(([title, { description }]) => [title, description]);
  });
  return { needed: new Set(texts), possible: new Set() };
}

export const catalogTexts: readonly CatalogTexts[] = [ofSnippets(), ofKeepalived(), ofYaml(), ofHaproxy()];
