import { serverParams } from '../../../catalog/haproxy/catalog';
import { lastParameter } from '../server-words';
import type { Statement } from '../statement';

/** Lines of which the latest of a section counts, and of which the program looks only at that one once all are read. */
const latestCounts: ReadonlySet<string> = new Set([
  ...['balance', 'default_backend', 'email-alert mailers', 'error-log-format', 'log-format', 'log-format-sd'],
  'unique-id-format',
]);

/** Options that bring a format of their own for the log. */
const bringsFormat: ReadonlySet<string> = new Set(['option httplog', 'option httpslog', 'option tcplog']);

/** Whether a line further down in the section takes the place of the one at `line`, which is never looked at then. */
export function isReplaced(statements: readonly Statement[], line: number): boolean {
  const name = statements[line]?.directive?.name ?? '';
  if (!latestCounts.has(name)) return false;
  for (let at = line + 1; at < statements.length; at++) {
    const { header, directive } = statements[at] ?? {};
    if (header !== undefined) return false;
    if (directive === undefined) continue;
    if (directive.name === name || (name === 'log-format' && bringsFormat.has(directive.name))) return true;
  }
  return false;
}

/** Where the parameters begin among the arguments of lines that describe servers. */
const firstParameter: ReadonlyMap<string, number> = new Map([
  ...(['server', 'peer'] as const).map((each) => [each, 2] as const),
  ['server-template', 3],
  ['default-server', 0],
]);

/**
 * Whether the program does without what stands at `start` on a line of a server: the parameter is given again behind it,
 * or, in a `default-server` line, no server of the section is left without one of its own.
 */
export function isParameterReplaced(statements: readonly Statement[], line: number, start: number): boolean {
  const { directive, args = [] } = statements[line] ?? {};
  const name = directive?.name ?? '';
  const first = firstParameter.get(name);
  if (first === undefined) return false;
  const parameter = parameterAround(args, first, start);
  if (parameter !== undefined && lastParameter(args, parameter.name, first) > parameter.at) return true;
  return name === 'default-server' && !isTakenOver(statements, line, parameter?.name);
}

function parameterAround(
  args: Statement['args'],
  from: number,
  start: number,
): { readonly name: string; readonly at: number } | undefined {
  for (let at = from; at < args.length; ) {
    const name = args[at]?.text ?? '';
    const next = at + 1 + Math.max(0, serverParams.get(name)?.arity ?? 0);
    if (((args[next - 1] ?? args.at(-1))?.end ?? 0) >= start) return { name, at };
    at = next;
  }
  return undefined;
}

/** Whether a server of the section takes over what the `default-server` line at `line` sets; only then the program reads it. */
function isTakenOver(statements: readonly Statement[], line: number, parameter: string | undefined): boolean {
  for (let at = line + 1; at < statements.length; at++) {
    const { header, directive, args = [] } = statements[at] ?? {};
    if (header !== undefined) return false;
    const name = directive?.name ?? '';
    const first = firstParameter.get(name);
    if (first === undefined) continue;
    const own = parameter !== undefined && lastParameter(args, parameter, first) >= 0;
    if (name === 'default-server' ? own : !own) return name !== 'default-server';
  }
  return false;
}
