/** Whether a text is a token of kubeadm that somebody made; that of the documentation is nobody's. */
export function isJoinToken(text: string): boolean {
  return /^[a-z0-9]{6}\.[a-z0-9]{16}$/.test(text) && !text.includes('0123456789') && new Set(text).size > 8;
}

/** Whether a text is the hash of a certificate, and not signs that stand for one. */
export function isCaHash(text: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(text) && isRandomHex(text.slice(7));
}

/** Whether a text is a key with which kubeadm encrypts those of the cluster. */
export function isCertificateKey(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text) && isRandomHex(text);
}

function isRandomHex(text: string): boolean {
  return new Set(text).size > 8 && !text.includes('0123456789abcdef');
}
