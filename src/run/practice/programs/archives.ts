import { constants, inflateRawSync } from 'node:zlib';
import { FileError } from '../file-tree';
import { unzip as contentOf } from '../k3s/zip';
import { complain } from '../program';
import type { Program } from '../world';
import { readOptions } from './options';

/** `unzip -p FILE` and `unzip -t FILE`, for zips of one entry. */
const unzip: Program = (call) => {
  const { has, rest } = readOptions(call.args);
  const [path = ''] = rest;
  try {
    const content = contentOf(call.machine.files.read(call.path(path)));
    if (content === undefined) return complain(call, `cannot find zipfile directory in ${path}`, 9);
    if (has('p')) call.out(content);
    return 0;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return complain(call, `cannot find or open ${path}`, 9);
  }
};

/** `gzip -dc`: writes what it can unpack, and complains when the end does not fit. */
const gzip: Program = (call) => {
  const bytes = call.stdin.all();
  if (bytes.readUInt16BE(0) !== 0x1f8b) return complain(call, 'stdin: not in gzip format');
  try {
    call.out(inflateRawSync(bytes.subarray(10), { finishFlush: constants.Z_SYNC_FLUSH }));
  } catch (error) {
    if (error instanceof FileError) throw error;
    return complain(call, 'stdin: invalid compressed data--format violated');
  }
  return complain(call, 'stdin: invalid compressed data--crc error');
};

/** Programs that unpack. */
export const archivePrograms: Readonly<Record<string, Program>> = { gzip, unzip };
