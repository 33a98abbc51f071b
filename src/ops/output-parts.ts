/**
 * The parts of what a script printed behind lines `=== NAME`, trimmed, by name. Accepts any text; what stands before the
 * first such line belongs to no part.
 */
export function outputParts(output: string): ReadonlyMap<string, string> {
  const parts = new Map<string, string>();
  for (const part of output.split(/^=== /m).slice(1)) {
    const end = part.indexOf('\n');
    parts.set(part.slice(0, end), part.slice(end + 1).trim());
  }
  return parts;
}
