/** Leaves the shell, a function or a loop. */
export class Leave extends Error {
  constructor(
    readonly what: 'exit' | 'return' | 'break' | 'continue',
    readonly value: number,
  ) {
    super(what);
  }
}

/** The machine lost its power or was started anew while a script ran on it: nobody hears how that would have ended. */
export class MachineGone extends Error {}
