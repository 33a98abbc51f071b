/** Lets so many work at once; the others wait in the order in which they came. */
export class Turns {
  private busy = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private limit: number) {}

  get atWork(): number {
    return this.busy;
  }

  /** Fewer from now on, because the other side bears no more; never fewer than one. */
  lower(limit: number): void {
    this.limit = Math.max(1, Math.min(this.limit, limit));
  }

  /**
   * Waits for a place; the result gives it back, once.
   * @throws the signal's reason when it is called off before
   */
  async take(signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    if (this.busy >= this.limit || this.waiting.length > 0) await this.wait(signal);
    this.busy++;
    let given = false;
    return () => {
      if (given) return;
      given = true;
      this.busy--;
      if (this.busy < this.limit) this.waiting.shift()?.();
    };
  }

  private wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const come = () => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        const place = this.waiting.indexOf(come);
        if (place >= 0) this.waiting.splice(place, 1);
        reject(signal?.reason);
      };
      this.waiting.push(come);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }
}
