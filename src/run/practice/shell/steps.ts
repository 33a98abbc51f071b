/**
 * Work of a shell that goes on by itself and gives out only what has to be waited for: programs that take their time. A
 * script of a practice machine has thousands of words and commands, and a promise for each costs more than the work.
 */
export type Steps<T> = Generator<Promise<number>, T, number>;

/** Does the work to its end. */
export async function waitedFor<T>(work: Steps<T>): Promise<T> {
  let step = work.next();
  while (step.done !== true) {
    let code: number;
    try {
      code = await step.value;
    } catch (error) {
      step = work.throw(error);
      continue;
    }
    step = work.next(code);
  }
  return step.value;
}
