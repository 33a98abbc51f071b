import assert from 'node:assert/strict';

/** The text without its `<|>` and where that stood. */
export function withCursor(text: string): { readonly text: string; readonly offset: number } {
  const offset = text.indexOf('<|>');
  assert.ok(offset >= 0, 'the text has no <|>');
  return { text: text.slice(0, offset) + text.slice(offset + 3), offset };
}
