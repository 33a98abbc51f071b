/** Time in a practice cluster. It can run faster than ours, so that what is waited for there is over sooner. */
export class PracticeClock {
  private seenMs = Date.now();
  private nowMs = this.seenMs;

  /** `pace`: seconds in practice for each real one, from now on. */
  constructor(public pace = 1) {}

  /** Milliseconds since 1970, ahead of the true time once it ran faster. */
  readonly now = (): number => {
    const real = Date.now();
    this.nowMs += (real - this.seenMs) * this.pace;
    this.seenMs = real;
    return this.nowMs;
  };

  readonly sleep = async (ms: number): Promise<void> => {
    const end = this.now() + ms;
    // In short pieces, so that another pace is felt at once.
    for (let left = ms; left > 0; left = end - this.now())
      await new Promise((resolve) => setTimeout(resolve, Math.min(100, Math.ceil(left / this.pace))));
  };
}
