/** As much of an element as is needed to tell how far its content is scrolled. */
interface Scrolled {
  readonly scrollLeft: number;
  readonly scrollWidth: number;
  readonly clientWidth: number;
}

/**
 * How far a picture that may be wider than the panel is scrolled when it is drawn: to its middle, above which the virtual
 * address stands, until somebody could scroll it themselves.
 *
 * @param before the picture that it replaces; null where none was shown
 */
export function scrollStart(before: Scrolled | null, { scrollWidth, clientWidth }: Scrolled): number {
  const couldScroll = before !== null && before.clientWidth > 0 && before.scrollWidth > before.clientWidth;
  return couldScroll ? before.scrollLeft : Math.max(0, (scrollWidth - clientWidth) / 2);
}
