import type { Word } from '../../../syntax/haproxy/line';
import { checkBindAddresses, readBindParams } from '../parameters';
import type { Reader } from '../reader';
import { addressFault } from '../values';
import { expected } from '../visit';

export function readBindLine(reader: Reader, args: readonly Word[]): void {
  const [address] = args;
  if (address === undefined) return;
  checkBindAddresses(reader, address);
  readBindParams(reader, args, 1);
}

const socketAddress = { required: true, range: true, offset: false, nonZero: true } as const;

export function readStatsSocket(reader: Reader, args: readonly Word[]): void {
  const [address] = args;
  reader.expect(address, expected.address);
  const fault =
    address === undefined || address.open ? undefined : addressFault(address.text, socketAddress, reader.release);
  if (address !== undefined && fault !== undefined) reader.report('bad-value', address, fault);
  readBindParams(reader, args, 1);
}
