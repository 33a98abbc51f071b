/** The most bytes that a packed file is unpacked to. A configuration is smaller; something larger was made to fill the memory. */
export const longestUnpacked = 1 << 20;

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The bytes that base64 stands for; undefined for anything that is not base64. */
export function decodeBase64(text: string): Uint8Array | undefined {
  if (text === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const sign of text.replace(/=+$/, '')) {
    bits = (bits << 6) | alphabet.indexOf(sign);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes.push((bits >> held) & 0xff);
    bits &= (1 << held) - 1;
  }
  return new Uint8Array(bytes);
}

/** The text of bytes in UTF-8; undefined where they are something else, or packed and nobody unpacks them. */
export function textOf(bytes: Uint8Array, unpack: Unpack | undefined, isPacked: boolean): string | undefined {
  if (isPacked && unpack === undefined) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(isPacked ? unpack?.(bytes) : bytes);
  } catch {
    return undefined;
  }
}

/** Makes the bytes of a gzip file those that were packed; may throw for anything else. */
export type Unpack = (packed: Uint8Array) => Uint8Array;
