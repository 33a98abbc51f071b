import type { Program } from '../world';

/** `ip -o addr show`: the machine's address, and the virtual one where it stands. `ip route show default`: the way out. */
export const ip: Program = (call) => {
  const { machine, args } = call;
  const { cluster } = machine;
  if (args.includes('route')) {
    if (!args.includes('-6')) call.out(`default via ${cluster.network}.1 dev eth0 proto static \n`);
    return 0;
  }
  const lines = [
    '1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever',
    `2: eth0    inet ${machine.address}/24 brd ${cluster.network}.255 scope global eth0\\       valid_lft forever preferred_lft forever`,
  ];
  if (cluster.holder() === machine) {
    lines.push(
      `2: eth0    inet ${cluster.virtualAddress}/24 scope global secondary eth0\\       valid_lft forever preferred_lft forever`,
    );
  }
  for (const line of lines) call.out(`${line}\n`);
  return 0;
};
