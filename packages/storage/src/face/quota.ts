import type { Clock } from '@steersman/machinery';
import type { Storage } from '../contract.ts';
import { refusals } from './refusal.ts';

/** A size is good for that long: the disk is not asked at every write. */
const KNOWN_MS = 1000;

/** Refuses what makes the store grow once it is larger than allowed, until the alarm is disarmed and the size below. */
export interface Quota {
  /** Throws a Refusal. */
  check(): Promise<void>;
  readonly alarmed: boolean;
  disarm(): void;
}

/** `bytesMax` 0: as large as the disk. */
export function createQuota(storage: Pick<Storage, 'size'>, clock: Clock, bytesMax: number): Quota {
  let alarmed = false;
  let bytes = 0;
  let askedAtMs = Number.NEGATIVE_INFINITY;
  return {
    async check() {
      if (bytesMax === 0) return;
      const now = clock.monotonic();
      if (now - askedAtMs >= KNOWN_MS) {
        askedAtMs = now;
        bytes = await storage.size();
      }
      if (bytes > bytesMax) alarmed = true;
      if (alarmed) throw refusals.noSpace();
    },
    get alarmed() {
      return alarmed;
    },
    disarm() {
      alarmed = false;
      askedAtMs = Number.NEGATIVE_INFINITY;
    },
  };
}
