type Ssh2 = typeof import('ssh2');

/** The `ssh2` package, loaded on the first connection: it takes longer than everything else at the start together. */
export async function loadSsh2(): Promise<Ssh2> {
  const loaded: Ssh2 & { readonly default?: Ssh2 } = await import('ssh2');
  // A bundle hands over the module itself, Node's own loader wraps it.
  return loaded.default ?? loaded;
}
