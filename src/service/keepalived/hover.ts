import { type ArgumentSpec, blockIn, keywordIn } from '../../catalog/keepalived/catalog';
import type { KeepalivedAnalysis } from '../../model/keepalived/analysis';
import type { Hover } from '../language';
import { placeAt } from './place';

const manual = 'https://www.keepalived.org/manpage.html';

/** What the keyword under the cursor does, takes and defaults to, and since when it is there. */
export function hoverKeepalived(analysis: KeepalivedAnalysis, offset: number): Hover | undefined {
  const { block, word, index } = placeAt(analysis, offset);
  if (word === undefined || index !== 0) return undefined;
  const keyword = keywordIn(block, word.text);
  const inner = blockIn(block, word.text);
  const text = keyword?.text ?? inner?.text;
  if (text === undefined) return undefined;
  const lines = [`**${word.text}**${keyword === undefined ? '' : ` ${keyword.args.map(shape).join(' ')}`}`, '', text];
  if (keyword?.default !== undefined)
    lines.push('', `Default: \`${keyword.default}\`${keyword.unit === undefined ? '' : ` ${keyword.unit}`}`);
  const since = keyword?.sinceIn?.[block] ?? keyword?.since ?? inner?.since;
  if (since !== undefined && since !== '1.1.0') lines.push('', `Since keepalived ${since}`);
  if (keyword?.deprecated !== undefined) {
    lines.push(
      '',
      `Deprecated since ${keyword.deprecated}${keyword.replacement === undefined ? '' : `: use \`${keyword.replacement}\``}`,
    );
  }
  lines.push('', `[keepalived.conf manual](${manual})`);
  return { span: word.span, markdown: lines.join('\n') };
}

function shape(spec: ArgumentSpec): string {
  const range = spec.min !== undefined && spec.max !== undefined ? `${spec.min}…${spec.max}` : undefined;
  const words = spec.values === undefined || spec.values.length > 8 ? undefined : spec.values.join(' | ');
  const text = words ?? range ?? spec.type;
  return spec.optional === true ? `[${text}]` : `<${text}>`;
}
