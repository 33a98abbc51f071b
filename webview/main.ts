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
  const onClick = () => vscode.postMessage({ kind: 'refresh' });
  head.append(words, button(model.refreshLabel, { disabled: model.refreshing, onClick }));
  root?.replaceChildren(head, drawTopology(model));
}

window.addEventListener('message', (event: MessageEvent<PanelModel>) => show(event.data));
vscode.postMessage({ kind: 'ready' });
