import { readFileSync } from 'node:fs';
import { appendFile, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { say } from '../base/message';
import { ownKnownHosts } from './own-folders';
import type { UnknownKey } from './ssh/host-key-policy';
import { type KnownHost, parseKnownHosts } from './ssh/known-hosts';
import { HereError } from './transport';

/**
 * The host keys that the user accepted in Haven, read anew each time: the command line and other windows accept keys too.
 *
 * @param made lines in the form of known_hosts that count beside those of the file
 * @throws HereError where the file is there and cannot be read: a changed key would pass for one that nobody has seen
 */
export function acceptedKeys(made = ''): readonly KnownHost[] {
  const path = ownKnownHosts();
  return parseKnownHosts(`${textOf(path)}${made}`, path);
}

/**
 * Keeps a key that the user has just accepted.
 * @throws HereError where the home of the user is not there, full or read-only
 */
export async function keepKey({ pattern, keyType, key }: UnknownKey): Promise<void> {
  const path = ownKnownHosts();
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await appendFile(path, `${pattern} ${keyType} ${key.toString('base64')}\n`, { mode: 0o600 });
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const words = say(
      'the key that you accepted cannot be kept in {0}: {1}; mend that on this machine first',
      path,
      message,
    );
    throw new HereError(words, { cause });
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    // No key was accepted yet.
    if (code === 'ENOENT') return '';
    throw new HereError(say('the host keys that you accepted ({0}) cannot be read: {1}', path, message), { cause });
  }
}
