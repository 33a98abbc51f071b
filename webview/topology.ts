import type { PanelAddress, PanelCard, PanelCheck, PanelModel } from '../src/vscode/panel/panel-model';
import { linesOf } from './lines';

const svgNamespace = 'http://www.w3.org/2000/svg';
const card = { width: 220, height: 110, gapX: 26, gapY: 64, gapInRow: 18, left: 20 };
const addressHeight = 58;
const checkHeight = 28;
const noteHeight = 20;
/** The smallest text is 12 pixels high, and ten can still be read. */
const leastScale = 0.85;

/** Called when a node, or a check of it, is pressed. */
type Press = (node: string, check: string | undefined) => void;

interface Point {
  readonly x: number;
  readonly y: number;
}

/**
 * The cluster from the outside in: each virtual address on top, then a row for each role. A solid line leads from an
 * address to the node that carries it; thin ones show which row sends to which, from its last line to the first of the next.
 */
export function drawTopology(model: PanelModel, press: Press): SVGElement {
  const rows = linesOf(model.rows);
  const widest = Math.max(model.addresses.length, ...rows.map((row) => row.cards.length), 1);
  const width = widest * (card.width + card.gapX) - card.gapX + 2 * card.left;
  /** Without the checks below: a card has room for one note, and each more is a line of its own. */
  const wordsHeight = (index: number) =>
    card.height + noteHeight * Math.max(0, ...(rows[index]?.cards ?? []).map((each) => each.notes.length - 1));
  const rowHeight = (index: number) =>
    wordsHeight(index) +
    checkHeight * Math.max(0, ...(rows[index]?.cards ?? []).map((each) => each.tried?.checks.length ?? 0));
  const rowTop = (index: number): number =>
    index === 0
      ? (model.addresses.length > 0 ? addressHeight + card.gapY : 0) + 34
      : rowTop(index - 1) + rowHeight(index - 1) + (rows[index - 1]?.goesOn === true ? card.gapInRow : card.gapY);
  const height = rowTop(rows.length) - card.gapY + 20;
  const svg = make('svg', {
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: 'list',
    'aria-label': model.title,
  });
  // The policy of the page takes no style that is written as text.
  svg.style.minWidth = `${width * leastScale}px`;

  const place = (index: number, count: number, y: number): Point => {
    const used = count * (card.width + card.gapX) - card.gapX;
    return { x: (width - used) / 2 + index * (card.width + card.gapX), y };
  };
  const places = new Map<string, Point>();
  for (const [r, row] of rows.entries()) {
    for (const [i, each] of row.cards.entries()) {
      if (!places.has(each.name)) places.set(each.name, place(i, row.cards.length, rowTop(r)));
    }
  }
  const lines = make('g', { 'aria-hidden': 'true' });
  svg.append(lines);

  // In the order in which it is read and the Tab key goes through it: from above, each row behind its title.
  for (const [i, address] of model.addresses.entries()) {
    const at = place(i, model.addresses.length, 10);
    for (const name of address.holders) {
      const holder = places.get(name);
      if (holder !== undefined)
        lines.append(line({ x: at.x + card.width / 2, y: at.y + addressHeight }, top(holder), 'holds'));
    }
    svg.append(drawAddress(address, at));
  }
  for (const [r, row] of rows.entries()) {
    const below = row.goesOn ? undefined : rows[r + 1];
    const first = place(0, row.cards.length, rowTop(r));
    if (row.title !== '') svg.append(text(row.title, first.x, first.y - 10, 'row-title'));
    for (const [i, each] of row.cards.entries()) {
      const at = place(i, row.cards.length, rowTop(r));
      for (const [k, next] of (below?.cards ?? []).entries()) {
        const to = place(k, below?.cards.length ?? 1, rowTop(r + 1));
        const broken = each.health === 'down' || next.health === 'down';
        lines.append(line(bottom(at, rowHeight(r)), top(to), broken ? 'link broken' : 'link'));
      }
      svg.append(drawCard(each, at, { words: wordsHeight(r), whole: rowHeight(r) }, press));
    }
  }
  return svg;
}

function drawAddress(address: PanelAddress, at: Point): SVGElement {
  const held = address.holders.length === 1;
  const group = make('g', {
    role: 'listitem',
    tabindex: 0,
    'aria-label': `${address.address}, ${address.text}`,
    'data-key': address.address,
  });
  group.append(
    make('rect', {
      ...at,
      width: card.width,
      height: addressHeight,
      rx: addressHeight / 2,
      class: held ? 'vip' : 'vip lost',
    }),
    words(address.address, { x: at.x + 16, y: at.y + 25 }, card.width - 32, 'name middle'),
    words(address.text, { x: at.x + 16, y: at.y + 44 }, card.width - 32, 'note middle'),
    hint(`${address.address}, ${address.text}`),
  );
  return group;
}

/** Shapes differ as well as colours: a tick, a triangle, a cross, a ring. */
const marks = { up: '✓', degraded: '▲', down: '✕', unknown: '○' } as const;

function drawCard(
  each: PanelCard,
  at: Point,
  height: { readonly words: number; readonly whole: number },
  press: Press,
): SVGElement {
  const label = [each.name, each.address, each.healthText, ...each.notes].join(', ');
  const { tried } = each;
  const group = make('g', {
    role: 'listitem',
    'aria-label': label,
    ...(tried === undefined && { tabindex: 0, 'data-key': each.name }),
  });
  const body = make('g', {});
  const left = at.x + 14;
  const room = card.width - 28;
  body.append(
    make('rect', { ...at, width: card.width, height: height.whole, rx: 6, class: `card ${each.health}` }),
    text(marks[each.health], left, at.y + 26, `mark ${each.health}`),
    words(each.name, { x: left + 22, y: at.y + 26 }, room - 22, 'name'),
    words(each.address, { x: left, y: at.y + 49 }, room, 'note'),
    words(each.healthText, { x: left, y: at.y + 70 }, room, 'note strong'),
    ...each.notes.map((note, i) => words(note, { x: left, y: at.y + 91 + i * noteHeight }, room, 'note strong')),
    hint(label),
  );
  group.append(body);
  if (tried !== undefined) {
    pressable(body, { label, pressed: tried.off, key: each.name, onPress: () => press(each.name, undefined) });
    for (const [i, check] of tried.checks.entries()) {
      const place = { x: left, y: at.y + height.words - 8 + i * checkHeight };
      const chip = drawCheck(check, place);
      const key = `${each.name} ${check.name}`;
      const ofNode = `${check.name}, ${each.name}`;
      pressable(chip, { label: ofNode, pressed: check.failed, key, onPress: () => press(each.name, check.name) });
      group.append(chip);
    }
  }
  return group;
}

function drawCheck({ name, failed }: PanelCheck, at: Point): SVGElement {
  const group = make('g', {});
  const health = failed ? 'down' : 'up';
  group.append(
    make('rect', { ...at, width: card.width - 28, height: checkHeight - 6, rx: 11, class: `check ${health}` }),
    text(marks[health], at.x + 9, at.y + 15, `mark small ${health}`),
    words(name, { x: at.x + 26, y: at.y + 15 }, card.width - 28 - 36, 'note strong'),
    hint(name),
  );
  return group;
}

/** Makes a button of a shape, for the mouse and for the keyboard. */
function pressable(
  shape: SVGElement,
  options: { readonly label: string; readonly pressed: boolean; readonly key: string; readonly onPress: () => void },
): void {
  const { label, pressed, key, onPress } = options;
  const attributes = {
    role: 'button',
    tabindex: 0,
    'aria-label': label,
    'aria-pressed': String(pressed),
    class: 'press',
  };
  for (const [name, value] of Object.entries(attributes)) shape.setAttribute(name, String(value));
  shape.setAttribute('data-key', key);
  shape.addEventListener('click', onPress);
  shape.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    onPress();
  });
}

const top = (at: Point): Point => ({ x: at.x + card.width / 2, y: at.y });
const bottom = (at: Point, height: number): Point => ({ x: at.x + card.width / 2, y: at.y + height });

function line(from: Point, to: Point, className: string): SVGElement {
  const middle = (from.y + to.y) / 2;
  const d = `M ${from.x} ${from.y} C ${from.x} ${middle}, ${to.x} ${middle}, ${to.x} ${to.y}`;
  return make('path', { d, class: className });
}

function text(content: string, x: number, y: number, className: string): SVGElement {
  const made = make('text', { x, y, class: className });
  made.textContent = content;
  return made;
}

/** One line of text on the baseline `at`; what has no room ends in dots, as SVG's own text would run over its neighbour. */
function words(content: string, at: Point, width: number, className: string): SVGElement {
  const above = 16;
  const made = make('foreignObject', { x: at.x, y: at.y - above, width, height: 22 });
  const line = document.createElement('div');
  line.className = `words-line ${className}`;
  line.textContent = content;
  made.append(line);
  return made;
}

/** What is shown while the pointer rests there. */
function hint(content: string): SVGElement {
  const made = make('title', {});
  made.textContent = content;
  return made;
}

function make(name: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const made = document.createElementNS(svgNamespace, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}
