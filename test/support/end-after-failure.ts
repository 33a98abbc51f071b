import { afterEach, beforeEach } from 'node:test';

/** Long enough for what stands between two tests. */
const afterLastMs = 30_000;
let hasFailed = false;
let ending: NodeJS.Timeout | undefined;

// A test that fails leaves connections, agents and servers open, which would keep its file waiting for ever.
beforeEach(() => clearTimeout(ending));
afterEach((context) => {
  hasFailed ||= (context as { readonly passed?: boolean }).passed === false;
  if (hasFailed) ending = setTimeout(() => process.exit(1), afterLastMs).unref();
});
