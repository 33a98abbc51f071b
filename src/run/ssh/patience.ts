/**
 * A time limit that stands still while a person is asked: nobody compares a fingerprint or finds a password within ten
 * seconds.
 */
export class Patience {
  private timer: NodeJS.Timeout | undefined;
  private leftMs: number;
  private since = 0;
  private asking = 0;
  private ended = false;
  private readonly waiting: (() => void)[] = [];
  /** How long questions have taken so far, in milliseconds. */
  askedMs = 0;

  constructor(
    limitMs: number,
    private readonly onOver: () => void,
  ) {
    this.leftMs = limitMs;
    this.go();
  }

  /** Does not count the time of `question`. */
  async during<Answer>(question: () => Promise<Answer>): Promise<Answer> {
    const start = Date.now();
    if (this.asking++ === 0) this.stop();
    try {
      return await question();
    } finally {
      this.askedMs += Date.now() - start;
      if (--this.asking === 0) {
        this.go();
        for (const resolve of this.waiting.splice(0)) resolve();
      }
    }
  }

  /** Settles when no question is open any more. */
  async answered(): Promise<void> {
    while (this.asking > 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  end(): void {
    this.ended = true;
    clearTimeout(this.timer);
  }

  private stop(): void {
    clearTimeout(this.timer);
    this.leftMs -= Date.now() - this.since;
  }

  private go(): void {
    if (this.ended) return;
    this.since = Date.now();
    this.timer = setTimeout(this.onOver, Math.max(0, this.leftMs));
  }
}
