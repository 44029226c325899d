/** An online backup of a large store while another process writes to it: how long it takes, and how long writers stand still. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { lmdbSnapshotStatus, type SnapshotStatus, saveLmdbSnapshot } from '@steersman/storage';
import { fillStore } from '../../../../bench/big-objects.ts';
import { whenEnded } from '../when-ended.ts';
import { workFolder } from '../work-folder.ts';

const NODES = 1000;
const CALM_MS = 2000;

/** What the writer says when asked: of the time since it was asked before. */
export interface WriterReport {
  readonly writes: number;
  /** The newest revision it was told. */
  readonly revision: number;
  /** The longest time without an acknowledged write. */
  readonly stallMs: number;
}

export interface BackupResult {
  readonly seconds: number;
  /** What it cost this process, which a busy machine does not change much. */
  readonly cpuSeconds: number;
  readonly status: SnapshotStatus;
  readonly calm: WriterReport;
  readonly during: WriterReport;
  readonly violations: readonly string[];
}

export async function performBackup(objects: number): Promise<BackupResult> {
  const folder = workFolder('backup');
  const { path: work } = folder;
  const store = join(work, 'store');
  let writer: ChildProcess | undefined;
  try {
    mkdirSync(store);
    await fillStore(store, { pods: objects, nodes: NODES });
    writer = fork(fileURLToPath(new URL('./steady-writer.ts', import.meta.url)), [store]);
    whenEnded(() => writer?.kill('SIGKILL'));
    await once(writer, 'message');
    await asked(writer);
    await sleep(CALM_MS);
    const calm = await asked(writer);
    const startedAt = performance.now();
    const before = process.cpuUsage();
    const status = await saveLmdbSnapshot(store, join(work, 'backup'));
    const seconds = (performance.now() - startedAt) / 1000;
    const { user, system } = process.cpuUsage(before);
    const during = await asked(writer);
    const read = await lmdbSnapshotStatus(join(work, 'backup'));
    const violations = [
      ...(status.revision < calm.revision ? [`it ends at ${status.revision}; ${calm.revision} was acknowledged`] : []),
      ...(read.keys < objects ? [`it holds ${read.keys} keys of ${objects} and more`] : []),
      ...(during.writes === 0 ? ['nothing was written meanwhile, so this proves nothing'] : []),
    ];
    return { seconds, cpuSeconds: (user + system) / 1e6, status, calm, during, violations };
  } finally {
    writer?.kill('SIGKILL');
    folder.remove();
  }
}

async function asked(writer: ChildProcess): Promise<WriterReport> {
  const answer = once(writer, 'message');
  writer.send('how was it?');
  const [report] = (await answer) as [WriterReport];
  return report;
}
