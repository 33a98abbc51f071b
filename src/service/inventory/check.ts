import { parseIp } from '../../base/address';
import type { Diagnostic, Finding } from '../../base/finding';
import { say } from '../../base/message';
import { nearest } from '../../base/nearest';
import { programKeys } from '../../catalog/inventory/keys';
import { parseHostPort } from '../../model/cluster/located';
import type { InventoryAnalysis } from '../../model/inventory/parse-inventory';
import { inventoryLanguage as language } from '../../rules/inventory/language';
import { diagnosticOf, type RuleInfo } from '../../rules/rule';
import { yamlProblemMessage } from '../../rules/yaml-problem';
import { itemsOf, type YamlEntry, type YamlScalar } from '../../syntax/located-yaml';
import { keyOf, keysOf, type Place, placesOf } from './keys-at';

/** What the text itself gets wrong: YAML, keys and values. */
export function checkInventory({ document, text }: InventoryAnalysis): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const tell = (info: RuleInfo, finding: Finding) => found.push(diagnosticOf(info, finding));
  const [problem] = document.problems;
  if (problem !== undefined) tell(language.syntax, { span: problem.span, message: yamlProblemMessage(problem) });

  for (const { place, map } of placesOf(document.root)) {
    if (map.kind !== 'map') continue;
    for (const entry of map.entries) checkEntry(place, entry, tell);
    for (const key of keysOf(place)) {
      if (key.required !== true) continue;
      const entry = map.entries.find((each) => each.key === key.key);
      if (entry !== undefined) {
        if (key.example !== '' && itemsOf(entry.value).length === 0)
          tell(language.missingKey, {
            span: entry.keySpan,
            message: say('"{0}" is empty; for example: {0}: {1}', key.key, key.example),
          });
        continue;
      }
      // While somebody types, the first key of a mapping is as good a place as any: the mapping may span many lines.
      const span = map.entries[0]?.keySpan ?? map.span;
      if (place === 'root' && text.trim() === '') continue;
      tell(language.missingKey, {
        span,
        message: say('"{0}" is missing here; for example: {0}: {1}', key.key, key.example),
      });
    }
  }
  return found;
}

function checkEntry(place: Place, entry: YamlEntry, tell: (info: RuleInfo, finding: Finding) => void): void {
  const known = keyOf(place, entry.key);
  if (known === undefined) {
    if (programKeys.test(entry.key)) {
      tell(language.forbiddenKey, {
        span: entry.keySpan,
        message: say(
          '"{0}" is refused: an inventory never names a program to run; put it into ~/.ssh/config',
          entry.key,
        ),
      });
      return;
    }
    const meant = nearest(
      entry.key,
      keysOf(place).map((each) => each.key),
    );
    tell(language.unknownKey, {
      span: entry.keySpan,
      message:
        meant === undefined
          ? say(
              'unknown key "{0}"; known here are: {1}',
              entry.key,
              keysOf(place)
                .map((each) => each.key)
                .join(', '),
            )
          : say('unknown key "{0}"; did you mean "{1}"?', entry.key, meant),
      ...(meant === undefined
        ? {}
        : {
            fixes: [
              {
                title: say('Change to "{0}"', meant),
                edits: [{ span: entry.keySpan, newText: meant }],
                confidence: 'review' as const,
              },
            ],
          }),
    });
    return;
  }
  for (const item of itemsOf(entry.value)) if (item.kind === 'scalar') checkValue(place, entry.key, item, tell);
}

function checkValue(
  place: Place,
  key: string,
  item: YamlScalar,
  tell: (info: RuleInfo, finding: Finding) => void,
): void {
  const { values } = keyOf(place, key) ?? {};
  if (values !== undefined && !values.includes(item.text)) {
    const meant = nearest(item.text, values);
    tell(language.badValue, {
      span: item.span,
      message: say('"{0}" is not known as {1}; expected one of: {2}', item.text, key, values.join(', ')),
      ...(meant === undefined
        ? {}
        : {
            fixes: [
              {
                title: say('Change to "{0}"', meant),
                edits: [{ span: item.span, newText: meant }],
                confidence: 'review' as const,
              },
            ],
          }),
    });
  } else if (key === 'endpoint') {
    const endpoint = parseHostPort(item.text);
    if (endpoint === undefined || item.text.includes('/') || (endpoint.port ?? 1) > 65535 || endpoint.port === 0)
      tell(language.badValue, {
        span: item.span,
        message: say('"{0}" is not an endpoint; expected host:port, as in lb.example.com:6443', item.text),
      });
  } else if (key === 'address' && isNoAddress(item.text)) {
    tell(language.badValue, {
      span: item.span,
      message: say(
        '"{0}" is neither an address nor a host name; expected one like 192.168.1.10, without a port',
        item.text,
      ),
    });
  } else if (key === 'port' && !(Number(item.text) >= 1 && Number(item.text) <= 65535))
    tell(language.badValue, { span: item.span, message: say('"{0}" is not a port from 1 to 65535', item.text) });
}

/** Numbers that are no address, or something around one: a port, a prefix, a user. */
function isNoAddress(text: string): boolean {
  if (parseIp(text) !== undefined) return false;
  return /^\d+(?:\.\d+)+$/.test(text) || /[\s/@,]/.test(text) || /^[^:]+:\d+$/.test(text);
}
