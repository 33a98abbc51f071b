import type { Span } from '../../base/span';
import { goScalar } from '../../syntax/go-scalar';
import type { YamlEntry, YamlScalar, YamlValue } from '../../syntax/located-yaml';
import type { SemanticToken, TokenType } from '../language';

/** What a key or a value is to its program; nothing where the program does not know it. */
interface YamlReading {
  key(entry: YamlEntry, path: readonly string[]): Pick<SemanticToken, 'type' | 'modifiers'> | undefined;
  /** Undefined leaves numbers and truth values to what YAML makes of them, and texts to the theme. */
  value(scalar: YamlScalar, path: readonly string[]): TokenType | undefined;
}

/** The words of a tree in the order of the text. A key is as its program reads it, so an unknown one stays plain. */
export function yamlTokens(roots: readonly (YamlValue | undefined)[], reading: YamlReading): readonly SemanticToken[] {
  const found: SemanticToken[] = [];
  const visit = (value: YamlValue, path: readonly string[]) => {
    if (value.kind === 'scalar') {
      const type = reading.value(value, path) ?? typeOf(value);
      if (type !== undefined && isOneLine(value.span, value)) found.push({ span: value.span, type });
    } else if (value.kind === 'list') for (const item of value.items) visit(item, path);
    else
      for (const entry of value.entries) {
        const own = reading.key(entry, path);
        if (own !== undefined) found.push({ span: entry.keySpan, ...own });
        visit(entry.value, [...path, entry.key]);
      }
  };
  for (const root of roots) if (root !== undefined) visit(root, []);
  // An alias stands where it is used and has the span of its anchor's text only once.
  const seen = new Set<number>();
  return found
    .sort((a, b) => a.span.start - b.span.start)
    .filter(({ span }) => span.end > span.start && !seen.has(span.start) && seen.add(span.start));
}

function typeOf(scalar: YamlScalar): TokenType | undefined {
  const { type } = goScalar(scalar);
  if (type === 'int' || type === 'float') return 'number';
  return type === 'bool' ? 'keyword' : undefined;
}

/** Tokens do not go over line ends; a text of several lines stays as the theme has it. */
function isOneLine({ start, end }: Span, { text }: YamlScalar): boolean {
  return !text.includes('\n') && end - start <= text.length + 2;
}
