import type { TransportError } from '../transport';

/** What can end a wait besides its answer. */
interface Endings {
  /** Those who are told when the connection fails. */
  readonly told: Set<(error: TransportError) => void>;
  readonly limitSec: number;
  readonly signal: AbortSignal | undefined;
  onFailed(error: TransportError): void;
  onOver(): void;
  onCancelled(): void;
}

/** A wait that ends once, however it ends; after that nothing listens for it and no clock runs for it any more. */
export class OneEnd {
  private hasEnded = false;
  private readonly timer: NodeJS.Timeout;

  constructor(private readonly endings: Endings) {
    this.timer = setTimeout(endings.onOver, endings.limitSec * 1000);
    endings.signal?.addEventListener('abort', endings.onCancelled, { once: true });
    endings.told.add(endings.onFailed);
  }

  get isOver(): boolean {
    return this.hasEnded;
  }

  /** Does `act` if nothing has ended it before. */
  end(act: () => void): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    const { signal, told, onCancelled, onFailed } = this.endings;
    clearTimeout(this.timer);
    signal?.removeEventListener('abort', onCancelled);
    told.delete(onFailed);
    act();
  }
}
