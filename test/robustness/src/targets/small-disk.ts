/** A disk of a few hundred megabytes, to be filled and slowed down: an image file, mounted through a loop device. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { whenEnded } from '../when-ended.ts';

const SIZE_MB = 512;

export interface SmallDisk {
  readonly folder: string;
  /** Leaves no free block until `free` is called. */
  fill(): { readonly isFull: boolean; free(): void };
  unmount(): void;
}

function mustRun(program: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args);
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${stderr}`);
}

/** Only in a mount namespace of our own: what remains mounted goes with it. */
export function smallDisk(folder: string): SmallDisk {
  const image = join(folder, 'disk.img');
  const mounted = join(folder, 'disk');
  mkdirSync(mounted);
  mustRun('truncate', '-s', `${SIZE_MB}M`, image);
  mustRun('mkfs.ext4', '-q', '-m', '0', image);
  mustRun('mount', '-o', 'loop', image, mounted);
  // Lazily: who writes there may not have gone yet.
  const forget = whenEnded(() => spawnSync('umount', ['-l', mounted]));
  const ballast = join(mounted, 'ballast');
  return {
    folder: mounted,
    fill() {
      const { bavail, bsize } = statfsSync(mounted);
      spawnSync('fallocate', ['-l', String(bavail * bsize), ballast]);
      let isFull = false;
      try {
        writeFileSync(join(mounted, 'last-blocks'), Buffer.alloc(1 << 20)); // What fallocate left to metadata.
      } catch {
        isFull = true; // As wanted.
      }
      const free = () => {
        rmSync(ballast, { force: true });
        rmSync(join(mounted, 'last-blocks'), { force: true });
      };
      return { isFull, free };
    },
    unmount() {
      forget();
      spawnSync('umount', [mounted]);
    },
  };
}

export const canSlow = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;

/** Makes every flush of a process take that much longer, for a while; resolves with how many there were. */
export async function slowFlushes(pid: number, delayMs: number, forMs: number): Promise<number> {
  const inject = `inject=fdatasync,fsync,msync:delay_enter=${delayMs * 1000}`;
  const tracer = spawn(
    'strace',
    ['-f', '-qq', '-e', 'trace=fdatasync,fsync,msync', '-e', 'signal=none', '-e', inject, '-p', String(pid)],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let flushes = 0;
  tracer.stderr.setEncoding('latin1').on('data', (text: string) => (flushes += text.split('(DELAYED)').length - 1));
  const ended = new Promise((resolve) => tracer.once('close', resolve));
  await sleep(forMs);
  tracer.kill('SIGINT'); // Detaches; the traced process goes on.
  await ended;
  return flushes;
}
