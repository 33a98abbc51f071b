import type * as vscode from 'vscode';

/** Builds the parts and passes them on; everything heavy is loaded when first used. */
export function activate(_context: vscode.ExtensionContext): void {}
