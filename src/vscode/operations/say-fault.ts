import * as vscode from 'vscode';
import { concernText } from '../../ops/render-plan';
import { toText } from '../convert';

/**
 * Says in its own words what a host refuses or this machine cannot do; what the user called off is no fault.
 * @throws what is a bug of ours, for whoever logs it
 */
export async function sayFault(error: unknown): Promise<void> {
  const { concernOf, HereError, HostError, TransportError } = await import('../../run');
  if (error instanceof Error && error.name === 'AbortError') return;
  const isSpoken = [TransportError, HostError, HereError].some((each) => error instanceof each);
  if (!isSpoken) throw error;
  if (error instanceof TransportError && error.failure === 'cancelled') return;
  await vscode.window.showErrorMessage(concernText(concernOf(error), toText).replaceAll('**', ''));
}
