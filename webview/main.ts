import type { PanelModel, PanelRequest } from '../src/vscode/panel/panel-model';
import { button } from './toolkit';
import { drawTopology } from './topology';
import './style.css';

declare function acquireVsCodeApi(): { postMessage(request: PanelRequest): void };

const vscode = acquireVsCodeApi();
const root = document.getElementById('cluster');

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
      disabled: false,
      onClick: () => vscode.postMessage({ kind: 'trial', active: !trial.active }),
    }),
    button(model.refreshLabel, { disabled: model.refreshing, onClick: () => vscode.postMessage({ kind: 'refresh' }) }),
  );
  head.append(words, buttons);
  const story = element('ol', 'story');
  story.setAttribute('aria-live', 'polite');
  story.append(...trial.story.map((each) => element('li', '', each)));
  const focused = document.activeElement?.getAttribute('data-press');
  root?.replaceChildren(head, drawTopology(model, press), story);
  // The picture is drawn anew after every press: whoever uses the keyboard stays where they were.
  if (typeof focused === 'string') root?.querySelector<SVGElement>(`[data-press="${CSS.escape(focused)}"]`)?.focus();
}

function press(node: string, check: string | undefined): void {
  vscode.postMessage({ kind: 'press', node, ...(check !== undefined && { check }) });
}

window.addEventListener('message', (event: MessageEvent<PanelModel>) => show(event.data));
vscode.postMessage({ kind: 'ready' });
