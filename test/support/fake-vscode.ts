import Module from 'node:module';

/**
 * Lets `require('vscode')` answer with an object on which every name is there and every call does nothing: enough to see
 * what `activate` loads and how long it takes, with no editor.
 */
export function withFakeVscode<Result>(work: () => Result): Result {
  const loader = Module as unknown as { _load(request: string, ...rest: unknown[]): unknown };
  const original = loader._load;
  loader._load = (request, ...rest) => (request === 'vscode' ? anything : original.call(loader, request, ...rest));
  try {
    return work();
  } finally {
    loader._load = original;
  }
}

const anything: object = new Proxy(function nothing() {}, {
  get: (_target, name) => {
    if (name === Symbol.toPrimitive) return () => '';
    if (name === Symbol.iterator) return [][Symbol.iterator].bind([]);
    if (name === 'then') return undefined;
    if (name === 'prototype') return Object.prototype;
    return anything;
  },
  // A bundle copies a module by its prototype.
  getPrototypeOf: () => anything,
  set: () => true,
  apply: () => anything,
  construct: () => anything,
});
