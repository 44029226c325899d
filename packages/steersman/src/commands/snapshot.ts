import { ClusterError, type Layout, readClusterConfig } from '@steersman/cluster';
import { lmdbSnapshotStatus, restoreLmdbSnapshot, type SnapshotStatus, saveLmdbSnapshot } from '@steersman/storage';
import type { ArgumentCommand } from '../cli/command-line.ts';
import { LOCATION_FLAGS, locationOf } from '../cli/location.ts';

/** `steersman snapshot save FILE`, `steersman snapshot restore FILE` and `steersman snapshot status FILE`. */
export const command: ArgumentCommand = {
  name: 'snapshot',
  summary:
    'snapshot save FILE copies everything the cluster has stored to a new file, while it runs or not; restore FILE makes the store of a cluster that is stopped and has none; status FILE shows what a snapshot holds and checks it.',
  flags: [
    ...LOCATION_FLAGS,
    {
      name: 'store',
      type: 'string',
      default: '',
      help: 'Folder of the store: what kube-apiserver was given as --data-dir. Empty: that of the cluster.',
    },
  ],
  async run(flags, _effects, _signal, [action, file, ...rest]) {
    const store = () => flags.string('store') || storeOf(locationOf(flags).layout);
    const actions: Readonly<Record<string, (file: string) => Promise<SnapshotStatus>>> = {
      save: async (to) => saveLmdbSnapshot(store(), to),
      restore: async (from) => restoreLmdbSnapshot(from, store()),
      status: lmdbSnapshotStatus,
    };
    const act = actions[action ?? ''];
    if (act === undefined || file === undefined || rest.length > 0)
      throw new ClusterError('invalid-option', 'use: steersman snapshot save FILE, restore FILE or status FILE');
    process.stdout.write(shown(await act(file)));
  },
};

/** The folder of the cluster's store. Throws ClusterError for a cluster that keeps its objects in etcd. */
function storeOf(layout: Layout): string {
  if (readClusterConfig(layout)?.store?.kind !== 'etcd') return layout.storage;
  const message = 'this cluster keeps its objects in etcd; save it with: etcdctl snapshot save';
  throw new ClusterError('unsupported', `${message} (docs/storage.md says how to reach it)`);
}

function shown({ revision, compactedRevision, keys, bytes }: SnapshotStatus): string {
  return `revision ${revision}, readable from ${compactedRevision}, ${keys} keys, ${bytes} bytes\n`;
}
