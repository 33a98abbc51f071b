import { type Message, say } from '../base/message';
import type { DrillPrediction } from './failover-drill';

/** What was measured from one place: the longest time without an answer, as the least and the most it can have lasted. */
export interface Measured {
  /** A name in the reader's language. */
  readonly from: string;
  /** Seconds; absent when every question was answered. The most is infinite when the answers never came back. */
  readonly gap: readonly [number, number] | undefined;
}

/** The measured gap beside the predicted one. Programs answer some time after the address has moved, so later is judged mildly. */
export function compareDrill(prediction: DrillPrediction | undefined, measured: readonly Measured[]): Message[] {
  const lines = measured.map(({ from, gap }): Message => {
    if (gap === undefined) return say('{0}: every question was answered', from);
    const [least, most] = gap;
    if (!Number.isFinite(most)) return say('{0}: no answer came any more after {1} s', from, seconds(least));
    return say('{0}: no answer for {1} to {2} s', from, seconds(least), seconds(most));
  });
  if (prediction?.seconds === undefined) return lines;
  const [earliest, latest] = prediction.seconds;
  lines.push(say('the simulator said {0} to {1} s', seconds(earliest), seconds(latest)));
  const gaps = measured.flatMap(({ gap }) => (gap === undefined ? [] : [gap]));
  if (gaps.length === 0) return lines;
  const least = Math.min(...gaps.map((each) => each[0]));
  const most = Math.min(...gaps.map((each) => each[1]));
  if (most < earliest) lines.push(say('it was faster than that'));
  else if (least <= latest + slackSec) lines.push(say('the two agree'));
  else
    lines.push(
      say('it took {0} s longer than that: look at the load balancer and at the network', seconds(least - latest)),
    );
  return lines;
}

/** From the address at its new holder until an answer through it: ARP, the load balancer's checks. */
const slackSec = 2;

const seconds = (value: number): string => value.toFixed(1);
