export function ensurePackages(options?: { readonly lab?: boolean }): string[];
