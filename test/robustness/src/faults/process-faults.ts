import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from '../targets/contract.ts';
import type { ManagedProcess } from '../targets/processes.ts';
import { slowFlushes } from '../targets/small-disk.ts';

const DOWN_MS_MAX = 1500;
const PAUSE_MS_MAX = 4000;
const SLOW_MS_MAX = 4000;
const FLUSH_DELAY_MS_MAX = 200;
const CLOCK_JUMP_MS_MAX = 24 * 3600_000;

/** kill -9, some time of silence, and another incarnation. */
export const killing = (process: ManagedProcess): Fault => ({
  name: `kill ${process.name}`,
  async inflict(random) {
    const ran = process.running;
    await process.kill();
    await sleep(random.integer(DOWN_MS_MAX));
    process.start();
    return Number(ran);
  },
});

/** A process that does not run for a while and does not know it: as in a virtual machine that moves, or under memory pressure. */
export const pausing = (process: ManagedProcess): Fault => ({
  name: `pause ${process.name}`,
  async inflict(random) {
    process.pause();
    await sleep(200 + random.integer(PAUSE_MS_MAX));
    const stood = process.paused;
    process.resume();
    return Number(stood);
  },
});

export const slowing = (process: ManagedProcess): Fault => ({
  name: `slow disk of ${process.name}`,
  inflict: (random) =>
    slowFlushes(process.pid, 20 + random.integer(FLUSH_DELAY_MS_MAX), 500 + random.integer(SLOW_MS_MAX)),
});

/** The time of day jumps, forwards or back, and stays there. Only for processes that take such a message. */
export const clockJump = (process: ManagedProcess): Fault => ({
  name: `clock jump of ${process.name}`,
  async inflict(random) {
    const moved = await process.ask({ jumpMs: random.integer(2 * CLOCK_JUMP_MS_MAX) - CLOCK_JUMP_MS_MAX });
    await sleep(500);
    return Number(moved);
  },
});
