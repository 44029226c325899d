import { createWriteStream } from 'node:fs';
import type { HistoryRecord, Instant } from './history.ts';

export interface Recorder {
  /** The one clock of a run: all instants in its history are comparable. */
  now(): Instant;
  write(record: HistoryRecord): void;
  /** How many records of each kind were written. */
  readonly counts: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

/** Records into a file, one JSON document a line. */
export function fileRecorder(file: string): Recorder {
  const stream = createWriteStream(file);
  const start = process.hrtime.bigint();
  const counts = new Map<string, number>();
  return {
    counts,
    now: () => Number((process.hrtime.bigint() - start) / 1000n),
    write(record) {
      counts.set(record.record, (counts.get(record.record) ?? 0) + 1);
      stream.write(`${JSON.stringify(record)}\n`);
    },
    close: () =>
      new Promise((resolve, reject) => stream.end((error?: Error | null) => (error ? reject(error) : resolve()))),
  };
}
