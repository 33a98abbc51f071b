import type { HaproxyAnalysis, Section } from '../../model/haproxy/analysis';
import type { CompletionKind, Sibling } from '../language';

export interface Offer {
  readonly label: string;
  readonly kind: CompletionKind;
  readonly detail?: string;
  readonly documentation?: string;
  readonly newText?: string;
  readonly isSnippet?: boolean;
  readonly deprecated?: boolean;
  readonly order?: number;
}

/** What is asked for names of other sections. */
export interface Question {
  readonly analysis: HaproxyAnalysis;
  readonly siblings: readonly Sibling<HaproxyAnalysis>[];
  readonly section: Section | undefined;
  /** The line of the cursor, and the directive that stands there. */
  readonly line: number;
  readonly directive: string | undefined;
  readonly release: number;
  /** The word of the cursor, up to it. */
  readonly typed: string;
}
