/**
 * The value of an arithmetic expression, with the operators of POSIX.1-2017 that scripts use: `||` to `%`, comparison,
 * `!`, signs and parentheses over whole numbers.
 * @throws RangeError when it is none
 */
export function evaluate(text: string, variable: (name: string) => string): number {
  const tokens = text.match(/\d+|[A-Za-z_]\w*|<=|>=|==|!=|&&|\|\||<<|>>|[-+*/%()<>!&|^]/g) ?? [];
  let at = 0;
  const levels: readonly (readonly string[])[] = [
    ['||'],
    ['&&'],
    ['|'],
    ['^'],
    ['&'],
    ['==', '!='],
    ['<', '<=', '>', '>='],
    ['<<', '>>'],
    ['+', '-'],
    ['*', '/', '%'],
  ];
  const binary = (level: number): number => {
    const operators = levels[level];
    if (operators === undefined) return unary();
    let left = binary(level + 1);
    for (;;) {
      const operator = tokens[at];
      if (operator === undefined || !operators.includes(operator)) return left;
      at++;
      left = apply(operator, left, binary(level + 1));
    }
  };
  const unary = (): number => {
    const token = tokens[at++];
    if (token === '-') return -unary();
    if (token === '+') return unary();
    if (token === '!') return unary() === 0 ? 1 : 0;
    if (token === '(') {
      const value = binary(0);
      if (tokens[at++] !== ')') throw new RangeError("expecting `)'");
      return value;
    }
    if (token === undefined) throw new RangeError('expecting primary');
    if (/^0\d/.test(token)) return Number.parseInt(token, 8);
    if (/^\d/.test(token)) return Number(token);
    const value = variable(token).trim();
    if (value !== '' && !/^-?\d+$/.test(value)) throw new RangeError(`Illegal number: ${value}`);
    return Number(value);
  };
  const value = binary(0);
  if (at < tokens.length) throw new RangeError('expecting EOF');
  return value;
}

function apply(operator: string, left: number, right: number): number {
  switch (operator) {
    case '||':
      return left !== 0 || right !== 0 ? 1 : 0;
    case '&&':
      return left !== 0 && right !== 0 ? 1 : 0;
    case '|':
      return left | right;
    case '^':
      return left ^ right;
    case '&':
      return left & right;
    case '==':
      return left === right ? 1 : 0;
    case '!=':
      return left !== right ? 1 : 0;
    case '<':
      return left < right ? 1 : 0;
    case '<=':
      return left <= right ? 1 : 0;
    case '>':
      return left > right ? 1 : 0;
    case '>=':
      return left >= right ? 1 : 0;
    case '<<':
      return left << right;
    case '>>':
      return left >> right;
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    default:
      if (right === 0) throw new RangeError('division by zero');
      return operator === '/' ? Math.trunc(left / right) : left % right;
  }
}
