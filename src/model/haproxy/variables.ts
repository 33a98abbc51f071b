import { type Message, say } from '../../base/message';

const scopes: ReadonlySet<string> = new Set(['proc', 'sess', 'txn', 'req', 'res', 'check']);

/** Why a variable name is refused: it wants a scope and plain characters. */
export function variableFault(name: string): Message | undefined {
  const dot = name.indexOf('.');
  const scope = dot < 0 ? name : name.slice(0, dot);
  if (dot < 0 || !scopes.has(scope))
    return say('variable "{0}" needs a scope in front: proc, sess, txn, req, res or check, then a dot', name);
  return dot === name.length - 1 || /[^\w.]/.test(name)
    ? say('variable "{0}" may hold only letters, digits, "." and "_"', name)
    : undefined;
}
