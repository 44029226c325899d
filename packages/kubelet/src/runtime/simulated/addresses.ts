/** Addresses of simulated pods: the node's pod range, handed out in order and reused last. */
export interface AddressPool {
  /** Undefined: the range is used up. */
  take(): string | undefined;
  give(address: string): void;
}

/** IPv4 ranges only; the network, gateway and broadcast addresses are left out. */
export function createAddressPool(cidr: string): AddressPool {
  const [base = '0.0.0.0', bits = '32'] = cidr.split('/');
  const start = base.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const end = start + 2 ** (32 - Number(bits)) - 2;
  let next = start + 2;
  const returned: string[] = [];
  return {
    take: () => (next <= end ? format(next++) : returned.shift()),
    give: (address) => void returned.push(address),
  };
}

const format = (address: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
