import { type Message, say } from '../../base/message';

type Step = 'connect' | 'send' | 'expect';

/**
 * The steps of a health check in the order of their lines (tcpcheck_add_http_rule in the program's tcpcheck.c).
 * Comments and variables between them do not count.
 */
export class CheckSteps {
  private first: Step | undefined;
  private last: Step | undefined;
  private isLost = false;

  constructor(private readonly kind: 'http-check' | 'tcp-check') {}

  /** A step that may be there or not: what comes after it may follow on anything. */
  lose(): void {
    this.isLost = true;
  }

  /** Adds a step and answers why it cannot stand here. `ordered` says that `option httpchk` is in force above it. */
  add(step: Step, ordered: boolean): Message | undefined {
    const { first, last } = this;
    if (this.isLost) return undefined;
    if (step === 'connect' && first !== undefined && first !== 'connect')
      return say('the first step has to be "{0} connect" where one is used', this.kind);
    if (ordered && last !== undefined) {
      if (step === 'send' && last !== 'connect')
        return say('each request needs its own connection: add "{0} connect" above', this.kind);
      if (step === 'expect' && last === 'connect')
        return say('nothing was sent since "{0} connect": add "{0} send"', this.kind);
      if (step === 'connect' && last !== 'expect')
        return say('the step above expects nothing: add "{0} expect"', this.kind);
    }
    this.first ??= step;
    this.last = step;
    return undefined;
  }
}

/** The step that a directive such as `http-check send` adds. */
export function stepOf(directive: string): Step | undefined {
  const step = /^(?:http|tcp)-check (connect|send|expect)(?:-binary)?(?:-lf)?(?![\w-])/.exec(directive)?.[1];
  return step === 'connect' || step === 'send' || step === 'expect' ? step : undefined;
}
