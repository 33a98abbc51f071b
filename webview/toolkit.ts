// All contact with @vscode/webview-ui-toolkit: its upstream is archived, so replacing it must mean replacing this file.
import { provideVSCodeDesignSystem, vsCodeButton } from '@vscode/webview-ui-toolkit';

provideVSCodeDesignSystem().register(vsCodeButton());

/** A button in VS Code's look. */
export function button(
  label: string,
  options: { readonly key: string; readonly disabled: boolean; readonly onClick: () => void },
): HTMLElement {
  const element = document.createElement('vscode-button');
  element.setAttribute('appearance', 'secondary');
  element.textContent = label;
  element.setAttribute('data-key', options.key);
  if (options.disabled) element.setAttribute('disabled', '');
  element.addEventListener('click', options.onClick);
  return element;
}
