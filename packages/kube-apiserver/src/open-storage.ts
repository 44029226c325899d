import type { Effects } from '@steersman/machinery';
import { type FlagValues, flagFile } from '@steersman/server';
import {
  createMemoryStorage,
  type EtcdStorageOptions,
  openEtcdStorage,
  openLmdbStorage,
  type Storage,
} from '@steersman/storage';
import { ConfigurationError } from './configuration-error.ts';
import { REGISTRY_PREFIX } from './storage-keys.ts';

const DEFAULT_DATA_FOLDER = '/var/lib/steersman/apiserver';

export interface OpenedStorage {
  readonly storage: Storage;
  /** False when others may write to it too. */
  readonly storageIsEmbedded: boolean;
}

/** The store that the flags name: etcd when there are servers of it, else one of our own. Throws ConfigurationError or ServerError. */
export async function openStorage(values: FlagValues, effects: Effects): Promise<OpenedStorage> {
  const { clock, log } = effects;
  const backend = values.string('storage-backend');
  if (values.strings('etcd-servers').length > 0)
    return { storage: await openEtcd(values, effects), storageIsEmbedded: false };
  if (backend === 'memory') return { storage: createMemoryStorage({ clock }), storageIsEmbedded: true };
  if (backend === 'etcd3')
    throw new ConfigurationError('bad-flag', '--storage-backend=etcd3 needs --etcd-servers=https://host:2379');
  if (backend !== 'lmdb')
    throw new ConfigurationError('bad-flag', `--storage-backend=${backend} is not known; use lmdb, memory or etcd3`);
  const folder = values.string('data-dir') === '' ? DEFAULT_DATA_FOLDER : values.string('data-dir');
  return { storage: await openLmdbStorage({ folder, clock, log }), storageIsEmbedded: true };
}

function openEtcd(values: FlagValues, { clock, log }: Effects): Promise<Storage> {
  const backend = values.string('storage-backend');
  if (values.given('storage-backend') && backend !== 'etcd3')
    throw new ConfigurationError(
      'bad-flag',
      `--etcd-servers and --storage-backend=${backend} exclude each other; leave one out`,
    );
  const file = (flag: string) => flagFile(values, flag);
  const [cert, key] = [file('etcd-certfile'), file('etcd-keyfile')];
  if ((cert === undefined) !== (key === undefined))
    throw new ConfigurationError('bad-flag', '--etcd-certfile and --etcd-keyfile belong together; give both or none');
  return openSharedStorage({
    endpoints: values.strings('etcd-servers'),
    tls: { ca: file('etcd-cafile'), cert, key },
    prefix: `/${values.string('etcd-prefix').replace(/^\/+|\/+$/g, '')}`,
    clock,
    log,
  });
}

/** The objects of a cluster in an etcd that other API servers use too. `prefix` is upstream's when absent. */
export function openSharedStorage(options: Omit<EtcdStorageOptions, 'replacedPrefix'>): Promise<Storage> {
  const own = REGISTRY_PREFIX.slice(0, -1);
  return openEtcdStorage({
    prefix: own,
    ...options,
    replacedPrefix: own,
    log: options.log.child({ part: 'etcd' }),
  });
}
