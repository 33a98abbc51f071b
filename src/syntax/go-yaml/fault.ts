/** Why a text is not YAML: what Go's reader says, where it gave up, and where the thing begins that it was reading. */
export interface YamlFault {
  readonly message: string;
  readonly at: number;
  readonly from?: number;
}

/** Leaves the reader at its first fault; nothing outside of this folder sees it thrown. */
export class Stop extends Error {
  constructor(readonly fault: YamlFault) {
    super(fault.message);
  }
}

export function stop(message: string, at: number, from?: number): never {
  throw new Stop(from === undefined ? { message, at } : { message, at, from });
}
