/** Reads a truth value as Go's `strconv.ParseBool` does; undefined for what it refuses (`yes`, `tRUE`, ``). */
export function parseGoBool(text: string): boolean | undefined {
  if (/^(?:1|t|T|true|TRUE|True)$/.test(text)) return true;
  return /^(?:0|f|F|false|FALSE|False)$/.test(text) ? false : undefined;
}
