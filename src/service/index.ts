// The one door to the language side: adapters import this file, and the build makes one lazily loaded bundle of it.

export { kindOf } from './kind';
export type * from './language';
export { Workspace, type WorkspaceFile } from './workspace';
