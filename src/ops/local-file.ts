/** A file of this machine as it was when the plan was made; another content is refused when the plan runs. */
export interface LocalFile {
  /** Absolute. */
  readonly localPath: string;
  /** Hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
}
