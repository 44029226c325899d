/** Who listens on a port, read from the kernel's tables (/proc/net/tcp and tcp6). */

export interface Listener {
  readonly port: number;
  /** As the kernel writes it: hexadecimal, in network words. */
  readonly addressHex: string;
  readonly inode: string;
}

const LISTENING = '0A';

/** The listening sockets of one /proc/net/tcp text. */
export function parseListeners(text: string): readonly Listener[] {
  return text
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === LISTENING)
    .map((fields) => {
      const [addressHex = '', portHex = ''] = (fields[1] ?? '').split(':');
      return { addressHex, port: Number.parseInt(portHex, 16), inode: fields[9] ?? '' };
    });
}
