import type { PanelAddress, PanelCard, PanelModel } from '../src/vscode/panel/panel-model';

const svgNamespace = 'http://www.w3.org/2000/svg';
const card = { width: 220, height: 110, gapX: 26, gapY: 64, left: 20 };
const addressHeight = 58;

interface Point {
  readonly x: number;
  readonly y: number;
}

/**
 * The cluster from the outside in: each virtual address on top, then a row for each role. A solid line leads from an
 * address to the node that carries it; thin ones show which row sends to which.
 */
export function drawTopology(model: PanelModel): SVGElement {
  const widest = Math.max(model.addresses.length, ...model.rows.map((row) => row.cards.length), 1);
  const width = widest * (card.width + card.gapX) - card.gapX + 2 * card.left;
  const rowTop = (index: number) =>
    (model.addresses.length > 0 ? addressHeight + card.gapY : 0) + index * (card.height + card.gapY) + 34;
  const height = rowTop(model.rows.length) - card.gapY + 20;
  const svg = make('svg', {
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: 'list',
    'aria-label': model.title,
  });

  const place = (index: number, count: number, y: number): Point => {
    const used = count * (card.width + card.gapX) - card.gapX;
    return { x: (width - used) / 2 + index * (card.width + card.gapX), y };
  };
  const places = new Map<string, Point>();
  for (const [r, row] of model.rows.entries()) {
    for (const [i, each] of row.cards.entries()) {
      if (!places.has(each.name)) places.set(each.name, place(i, row.cards.length, rowTop(r)));
    }
  }
  const lines = make('g', { 'aria-hidden': 'true' });
  svg.append(lines);

  for (const [r, row] of model.rows.entries()) {
    const below = model.rows[r + 1];
    for (const [i, each] of row.cards.entries()) {
      const at = place(i, row.cards.length, rowTop(r));
      for (const [k, next] of (below?.cards ?? []).entries()) {
        const to = place(k, below?.cards.length ?? 1, rowTop(r + 1));
        const broken = each.health === 'down' || next.health === 'down';
        lines.append(line(bottom(at), top(to), broken ? 'link broken' : 'link'));
      }
      svg.append(drawCard(each, at));
    }
    const first = place(0, row.cards.length, rowTop(r));
    svg.append(text(row.title, first.x, first.y - 10, 'row-title'));
  }
  for (const [i, address] of model.addresses.entries()) {
    const at = place(i, model.addresses.length, 10);
    for (const name of address.holders) {
      const holder = places.get(name);
      if (holder !== undefined)
        lines.append(line({ x: at.x + card.width / 2, y: at.y + addressHeight }, top(holder), 'holds'));
    }
    svg.append(drawAddress(address, at));
  }
  return svg;
}

function drawAddress(address: PanelAddress, at: Point): SVGElement {
  const held = address.holders.length === 1;
  const group = make('g', { role: 'listitem', tabindex: 0, 'aria-label': `${address.address}, ${address.text}` });
  group.append(
    make('rect', {
      ...at,
      width: card.width,
      height: addressHeight,
      rx: addressHeight / 2,
      class: held ? 'vip' : 'vip lost',
    }),
    text(address.address, at.x + card.width / 2, at.y + 25, 'name middle'),
    text(address.text, at.x + card.width / 2, at.y + 44, 'note middle'),
  );
  return group;
}

/** Shapes differ as well as colours: a tick, a triangle, a cross, a ring. */
const marks = { up: '✓', degraded: '▲', down: '✕', unknown: '○' } as const;

function drawCard(each: PanelCard, at: Point): SVGElement {
  const words = [each.name, each.address, each.healthText, ...each.notes].join(', ');
  const group = make('g', { role: 'listitem', tabindex: 0, 'aria-label': words });
  const left = at.x + 14;
  group.append(
    make('rect', { ...at, width: card.width, height: card.height, rx: 6, class: `card ${each.health}` }),
    text(marks[each.health], left, at.y + 26, `mark ${each.health}`),
    text(each.name, left + 22, at.y + 26, 'name'),
    text(each.address, left, at.y + 49, 'note'),
    text(each.healthText, left, at.y + 70, 'note strong'),
    text(each.notes.join(' · '), left, at.y + 92, 'note strong'),
  );
  const title = make('title', {});
  title.textContent = words;
  group.append(title);
  return group;
}

const top = (at: Point): Point => ({ x: at.x + card.width / 2, y: at.y });
const bottom = (at: Point): Point => ({ x: at.x + card.width / 2, y: at.y + card.height });

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

function make(name: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const made = document.createElementNS(svgNamespace, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}
