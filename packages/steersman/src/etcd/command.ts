import type { ComponentCommand } from '@steersman/server';
import { openLmdbStorage, startEtcdFace } from '@steersman/storage';
import { ETCD_FLAGS, etcdSettings } from './flags.ts';

/** A new etcd stands at revision 1, and upstream's servers take 0 for a mistake. */
const FIRST_REVISION = 1;

/** `steersman etcd`: the embedded store, for several API servers and for etcd's own tools. */
export const command: ComponentCommand = {
  name: 'etcd',
  summary:
    "Serves etcd's v3 API on an embedded store in one folder: upstream's and Steersman's API servers take it for an etcd of one member (--etcd-servers), and so does etcdctl.",
  flags: ETCD_FLAGS,
  async run(flags, effects, signal) {
    const { folder, ...settings } = etcdSettings(flags);
    const { clock, log } = effects;
    const storage = await openLmdbStorage({ folder, clock, log, firstRevision: FIRST_REVISION });
    try {
      const face = await startEtcdFace({ ...settings, storage, effects });
      log.info('Serving etcd clients', { endpoints: face.endpoints.join(','), folder });
      await aborted(signal);
      await face.close();
    } finally {
      await storage.close();
    }
  },
};

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
