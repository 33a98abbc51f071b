import type { Statement } from '../../model/haproxy/statement';

/** A statement and its line, counted from the header of its section. */
export interface Entry {
  readonly line: number;
  readonly statement: Statement;
}

/** The settings of a section by their names, with those of its `defaults` behind it. */
export interface Settings {
  /** The `defaults` section that this one starts from. */
  readonly defaults: Settings | undefined;
  /** The section's own lines of a setting. */
  own(name: string): readonly Entry[];
  /** Whether the setting is in force, here or from the defaults. */
  has(name: string): boolean;
}
