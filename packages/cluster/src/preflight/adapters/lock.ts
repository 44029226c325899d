/**
 * One `up` or `down` at a time per cluster. The lock is a listening socket: the kernel releases it when its process ends,
 * however it ends, so there are no stale locks.
 */
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { ClusterError } from '../../errors.ts';

/** Takes the lock of a cluster's folder until disposed. Throws ClusterError 'locked', naming the holder's pid. */
export async function lockCluster(folder: string): Promise<Disposable> {
  const address = lockAddress(folder);
  for (const attempt of [1, 2]) {
    const server = await listen(address);
    if (server !== undefined) return { [Symbol.dispose]: () => server.close() };
    const holder = await askHolder(address);
    if (holder !== undefined || attempt === 2) {
      const who = holder === undefined ? '' : ` (pid ${holder})`;
      throw new ClusterError(
        'locked',
        `another steersman${who} is working on this cluster; wait until it has finished`,
      );
    }
    if (!address.startsWith('\0')) rmSync(address, { force: true }); // Left by a process that was killed.
  }
  throw new ClusterError('locked', 'another steersman is working on this cluster; wait until it has finished');
}

/** On Linux an abstract socket, which leaves no file behind. */
function lockAddress(folder: string): string {
  const name = `steersman-${createHash('sha256').update(folder).digest('hex').slice(0, 32)}`;
  return process.platform === 'linux' ? `\0${name}` : join(folder, 'lock.sock');
}

function listen(address: string): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.end(String(process.pid)));
    server.once('error', () => resolve(undefined));
    server.listen(address, () => resolve(server.unref()));
  });
}

function askHolder(address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(address);
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.on('error', () => resolve(undefined));
    socket.on('end', () => resolve(answer));
  });
}
