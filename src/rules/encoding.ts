import type { Finding } from '../base/finding';
import { say } from '../base/message';

/**
 * The first character that stands for bytes which are no UTF-8: Go's YAML reader refuses such a file as a whole. A
 * warning, because the replacement character may have been meant.
 */
export function* unreadableBytes(text: string): Iterable<Finding> {
  const at = text.indexOf('\ufffd');
  if (at < 0) return;
  yield {
    span: { start: at, end: at + 1 },
    severity: 'warning',
    message: say('the file is not in UTF-8, and no line of it is read; save it again in UTF-8'),
  };
}
