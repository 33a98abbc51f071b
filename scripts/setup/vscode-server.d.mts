export function ensureVscodeServer(): string;
