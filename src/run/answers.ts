import type { Secret } from '../base/secret';
import type { Asking } from './ssh/target';

/**
 * What was answered once, for all who need it: fifty hosts with one key ask for its passphrase once, also after a wrong one.
 * What a host has refused is not given again, by the next connection either: a host may lock a user out after some tries.
 */
export class Answers {
  private readonly known = new Map<string, Promise<Secret | undefined>>();

  /** `find` asks, or looks it up where it is not asked for `again`. */
  give(
    name: string,
    { again, rejected }: Asking,
    find: () => Promise<Secret | undefined>,
  ): Promise<Secret | undefined> {
    const before = this.known.get(name) ?? Promise.resolve(undefined);
    const next = before
      .catch(() => undefined)
      .then((now) => {
        const isOther = rejected !== undefined && now?.reveal() !== rejected.reveal();
        return now !== undefined && (!again || isOther) ? now : find();
      });
    this.known.set(name, next);
    return next;
  }

  clear(): void {
    this.known.clear();
  }
}
