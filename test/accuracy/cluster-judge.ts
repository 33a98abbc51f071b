import type { Diagnostic } from '../../src/base/finding';
import { LineIndex } from '../../src/base/line-index';
import { Workspace } from '../../src/service';

/** A value in a file and what stands there instead. */
export interface Change {
  readonly path: string;
  readonly offset: number;
  readonly from: string;
  readonly to: string;
}

/** What is newly said after a change: nothing, something, or the changed place together with another one. */
type Verdict = 'silent' | 'said' | 'both';

/** Changes one value at a time in the files of a cluster and tells what is newly said of them. */
export class ClusterJudge {
  private readonly workspace = new Workspace();
  private readonly before: ReadonlySet<string>;

  constructor(private readonly files: ReadonlyMap<string, string>) {
    for (const [path, text] of files) this.workspace.open(path, text);
    this.before = new Set(
      [...files.keys()].flatMap((path) => this.workspace.diagnose(path).map((each) => fingerprint(path, each))),
    );
  }

  /** The verdict on a change, its line, and the rules that newly say something; the files are as before afterwards. */
  change({ path, offset, from, to }: Change): {
    readonly verdict: Verdict;
    readonly line: number;
    readonly rules: readonly string[];
  } {
    const text = this.files.get(path) ?? '';
    const changed = text.slice(0, offset) + to + text.slice(offset + from.length);
    const { line } = new LineIndex(changed).positionAt(offset);
    this.workspace.open(path, changed);
    const found = [...this.files.keys()].flatMap((each) =>
      this.workspace
        .diagnose(each)
        .filter((diagnostic) => !this.before.has(fingerprint(each, diagnostic)))
        .map((diagnostic) => ({ diagnostic, places: this.placesOf(each, diagnostic) })),
    );
    // A line that is gone can be told at its file alone.
    const isGone = to === '' && from.endsWith('\n');
    const isBoth = found.some(
      ({ places }) =>
        places.some(
          (place) => place.path === path && (isGone || place.line === line || isListAround(changed, place.line, line)),
        ) && places.some((place) => place.path !== path || place.line !== line),
    );
    this.workspace.open(path, text);
    return {
      verdict: isBoth ? 'both' : found.length > 0 ? 'said' : 'silent',
      line,
      rules: [...new Set(found.map(({ diagnostic }) => `${diagnostic.severity} ${diagnostic.rule}`))],
    };
  }

  /** Whether Haven knows what a file is. */
  reads(path: string): boolean {
    return this.workspace.file(path) !== undefined;
  }

  private placesOf(path: string, { span, related }: Diagnostic) {
    return [{ path, span }, ...(related ?? []).map((one) => ({ path: one.path ?? path, span: one.span }))].map(
      (place) => ({
        path: place.path,
        line: this.workspace.file(place.path)?.lines.positionAt(place.span.start).line ?? -1,
      }),
    );
  }
}

/** A finding about what a list lacks stands at its key, above the changed item. */
function isListAround(text: string, keyLine: number, line: number): boolean {
  const lines = text.split('\n');
  const between = lines.slice(keyLine + 1, line + 1);
  return keyLine < line && between.length < 12 && between.every((each) => /^\s*(-|server |[\d.]+$)/.test(each));
}

function fingerprint(path: string, { rule, span, message }: Diagnostic): string {
  return `${path} ${rule} ${span.start} ${message.args.join()}`;
}
