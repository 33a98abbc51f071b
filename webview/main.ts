import type { PanelModel, PanelRequest } from '../src/vscode/panel/panel-model';
import { scrollStart } from './scroll';
import { button } from './toolkit';
import { drawTopology } from './topology';
import './style.css';

declare function acquireVsCodeApi(): { postMessage(request: PanelRequest): void };

const vscode = acquireVsCodeApi();
const root = document.getElementById('cluster');
const shown = element('div', 'shown');
/** Stays while the rest is drawn anew: what is new in a list is read aloud, a new list is not. */
const story = element('ol', 'story');
story.setAttribute('aria-live', 'polite');
root?.append(shown, story);

function element(name: string, className: string, text = ''): HTMLElement {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

function show(model: PanelModel): void {
  const head = element('header', 'head');
  const words = element('div', 'words');
  words.append(element('h1', 'title', model.title));
  words.append(element('p', model.quorumLost ? 'summary lost' : 'summary', model.summary));
  if (model.seen !== '') words.append(element('p', 'seen', model.seen));
  const { trial } = model;
  if (trial.hint !== '') words.append(element('p', 'hint', trial.hint));
  const buttons = element('div', 'buttons');
  buttons.append(
    button(trial.label, {
      key: ' trial',
      disabled: false,
      onClick: () => vscode.postMessage({ kind: 'trial', active: !trial.active }),
    }),
    button(model.refreshLabel, {
      key: ' refresh',
      disabled: !model.canRefresh,
      onClick: () => vscode.postMessage({ kind: 'refresh' }),
    }),
  );
  head.append(words, buttons);
  for (const [i, told] of trial.story.entries()) {
    const item = story.children[i] ?? story.appendChild(element('li', ''));
    if (item.textContent !== told) item.textContent = told;
  }
  while (story.children.length > trial.story.length) story.lastElementChild?.remove();
  const focused = document.activeElement?.getAttribute('data-key');
  const picture = element('div', 'picture');
  picture.append(drawTopology(model, press));
  const before = shown.querySelector('.picture');
  const was = before && {
    scrollLeft: before.scrollLeft,
    scrollWidth: before.scrollWidth,
    clientWidth: before.clientWidth,
  };
  shown.replaceChildren(head, picture);
  picture.scrollLeft = scrollStart(was, picture);
  // All is drawn anew after every press and whenever a node answers: whoever uses the keyboard stays where they were.
  if (typeof focused === 'string')
    shown.querySelector<HTMLElement | SVGElement>(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

function press(node: string, check: string | undefined): void {
  vscode.postMessage({ kind: 'press', node, ...(check !== undefined && { check }) });
}

window.addEventListener('message', (event: MessageEvent<PanelModel>) => show(event.data));
vscode.postMessage({ kind: 'ready' });
