import { crc32, inflateRawSync } from 'node:zlib';

/** A zip with one deflated entry, as k3s writes it (APPNOTE.TXT of PKWARE, 4.3). */
export function zipOf(name: string, content: Buffer, deflated: Buffer): Buffer {
  const label = Buffer.from(name);
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(8, 4);
  common.writeUInt32LE(crc32(content), 10);
  common.writeUInt32LE(deflated.length, 14);
  common.writeUInt32LE(content.length, 18);
  common.writeUInt16LE(label.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, label, deflated]);
  const central = Buffer.concat([Buffer.from('PK\x01\x02\x14\x03'), common, Buffer.alloc(14), label]);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}

/** The content of the only entry; nothing when the zip is damaged. */
export function unzip(bytes: Buffer): Buffer | undefined {
  if (bytes.length < 52 || bytes.readUInt32LE(0) !== 0x04034b50 || bytes.readUInt32LE(bytes.length - 22) !== 0x06054b50)
    return undefined;
  const size = bytes.readUInt32LE(18);
  const start = 30 + bytes.readUInt16LE(26) + bytes.readUInt16LE(28);
  try {
    const content = inflateRawSync(bytes.subarray(start, start + size));
    return crc32(content) === bytes.readUInt32LE(14) ? content : undefined;
  } catch {
    // What does not unpack is damaged, and that is the answer.
    return undefined;
  }
}
