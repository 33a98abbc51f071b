/**
 * Work that stops now and then, so that who runs it may let others in between: an editor must answer to a key while a
 * long file is read. What it yields says nothing; what it returns is the result.
 */
export type Steps<Result> = Generator<void, Result, void>;

/** Does all of the work in one go. */
export function finish<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}
