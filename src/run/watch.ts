/** A time in which nothing answered, in milliseconds since 1970. It lay between the answers around it. */
export interface Outage {
  readonly lastAnswerMs: number;
  readonly firstSilenceMs: number;
  readonly lastSilenceMs: number;
  /** Absent when it was not over when the watch ended. */
  readonly nextAnswerMs: number | undefined;
}

interface WatchOptions {
  readonly now: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** From the end of one question to the next. */
  readonly everyMs: number;
}

/** Asks again and again until it is called off, and tells when there was no answer. Nothing counts before the first one. */
export async function watchAnswers(
  ask: (signal: AbortSignal) => Promise<boolean>,
  { now, sleep, everyMs }: WatchOptions,
  signal: AbortSignal,
): Promise<readonly Outage[]> {
  const outages: Outage[] = [];
  let lastAnswerMs: number | undefined;
  let silence: { readonly sinceMs: number; untilMs: number } | undefined;
  const close = (nextAnswerMs: number | undefined) => {
    if (silence !== undefined && lastAnswerMs !== undefined)
      outages.push({ lastAnswerMs, firstSilenceMs: silence.sinceMs, lastSilenceMs: silence.untilMs, nextAnswerMs });
    silence = undefined;
  };
  while (!signal.aborted) {
    const askedMs = now();
    const answered = await ask(signal);
    if (signal.aborted) break;
    if (answered) {
      close(now());
      lastAnswerMs = askedMs;
    } else if (silence === undefined) silence = { sinceMs: askedMs, untilMs: now() };
    else silence.untilMs = now();
    await sleep(everyMs, signal);
  }
  close(undefined);
  return outages;
}

/** The longest outage, as the least and the most it can have lasted, in seconds; undefined where there was none. */
export function longestOutage(outages: readonly Outage[]): readonly [number, number] | undefined {
  const bounds = outages.map(({ lastAnswerMs, firstSilenceMs, lastSilenceMs, nextAnswerMs }): [number, number] => [
    (lastSilenceMs - firstSilenceMs) / 1000,
    ((nextAnswerMs ?? Number.POSITIVE_INFINITY) - lastAnswerMs) / 1000,
  ]);
  return bounds.sort((a, b) => b[1] - a[1])[0];
}
