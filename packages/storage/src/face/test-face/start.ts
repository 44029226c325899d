/** The face on loopback, for tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realClock, realEffects, silentLogger } from '@steersman/machinery';
import { openLmdbStorage } from '../../lmdb/open.ts';
import { createMemoryStorage } from '../../memory/engine.ts';
import { type EtcdFaceOptions, startEtcdFace } from '../start.ts';

const FIRST_REVISION = 1;

export interface TestFace {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** On a store of its own, in memory or in a folder that is removed afterwards. */
export async function startTestFace(
  kind: 'memory' | 'lmdb',
  options: Partial<EtcdFaceOptions> = {},
): Promise<TestFace> {
  const folder = mkdtempSync(join(tmpdir(), 'steersman-face-'));
  const clock = realClock();
  const log = silentLogger;
  const storage =
    kind === 'memory'
      ? createMemoryStorage({ clock, firstRevision: FIRST_REVISION })
      : await openLmdbStorage({ folder: join(folder, 'store'), clock, log, firstRevision: FIRST_REVISION });
  const effects = { ...realEffects({ component: 'etcd' }), log };
  const face = await startEtcdFace({
    storage,
    effects,
    listen: [{ host: '127.0.0.1', port: 0 }],
    scratch: folder,
    ...options,
  });
  return {
    endpoint: face.endpoints[0]!,
    async stop() {
      await face.close();
      await storage.close();
      rmSync(folder, { recursive: true });
    },
  };
}
