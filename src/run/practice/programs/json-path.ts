/**
 * The output of a kubectl template like `{range .items[*]}{.metadata.name}{"\t"}{end}` for a value: fields, indices, `[*]`,
 * and filters of the form `[?(@.key=="text")]`.
 */
export function jsonPath(template: string, value: unknown): string {
  const pieces = template.match(/\{(?:[^{}"']|"(?:\\.|[^"])*"|'[^']*')*\}|[^{}]+/g) ?? [];
  let at = 0;
  const run = (current: unknown): string => {
    let text = '';
    while (at < pieces.length) {
      const piece = pieces[at++] ?? '';
      if (!piece.startsWith('{')) text += piece;
      else {
        const body = piece.slice(1, -1).trim();
        if (body === 'end') return text;
        if (/^["']/.test(body))
          text += body.slice(1, -1).replace(/\\([nt"\\])/g, (_, c: string) => ({ n: '\n', t: '\t' })[c] ?? c);
        else if (body.startsWith('range ')) {
          const start = at;
          const items = select(body.slice(6).trim(), current);
          if (items.length === 0) run({});
          for (const item of items) {
            at = start;
            const part = run(item);
            text += part;
          }
          if (items.length === 0) text += '';
        } else text += select(body, current).map(shown).join(' ');
      }
    }
    return text;
  };
  return run(value);
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function select(path: string, from: unknown): unknown[] {
  let found: unknown[] = [from];
  const steps = path.match(/\.(?:\\.|[^.[\]\\])+|\[\?\(@\.[^)]*\)\]|\[\*\]|\[-?\d+\]/g) ?? [];
  for (const step of steps) {
    const filter = /^\[\?\(@\.([^=]+)==["'](.*)["']\)\]$/.exec(step);
    found = found.flatMap((each) => {
      if (filter !== null) return listOf(each).filter((item) => fieldOf(item, filter[1] ?? '') === filter[2]);
      if (step === '[*]') return listOf(each);
      if (step.startsWith('['))
        return listOf(each)
          .slice(...[Number(step.slice(1, -1))])
          .slice(0, 1);
      const field = fieldOf(each, step.slice(1).replace(/\\(.)/g, '$1'));
      // Wrapped: a list is one value until `[*]` takes it apart.
      return field === undefined ? [] : [field];
    });
  }
  return found;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : typeof value === 'object' && value !== null ? Object.values(value) : [];
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
