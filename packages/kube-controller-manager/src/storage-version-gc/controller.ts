/** Takes API servers that are gone out of the StorageVersions, so that what they stored does not count any more (KEP-2339). */
import {
  type Lease,
  nameOf,
  Resources,
  storageVersionStatus,
  type V1alpha1ServerStorageVersion,
  type V1alpha1StorageVersion,
} from '@steersman/api';
import type { NextPass } from '@steersman/machinery';
import type { Controller } from '../controller/contract.ts';
import { enqueueOn, objectOf, runLoop } from '../controller/run.ts';

const NAMESPACE = 'kube-system';
const IDENTITY_LABEL = 'apiserver.kubernetes.io/identity';
const COMPONENT = 'kube-apiserver';

type Servers = readonly V1alpha1ServerStorageVersion[];

export const storageVersionCollector: Controller = {
  name: 'storageversion-garbage-collector-controller',
  alias: 'storage-version-gc',
  account: 'storage-version-garbage-collector',
  gates: ['APIServerIdentity', 'StorageVersionAPI'],
  async run(context, signal) {
    const { client, informers, effects } = context;
    const leases = informers.informer(Resources.leases, { namespace: NAMESPACE });
    const versions = informers.informer(Resources.v1alpha1StorageVersions);
    const leaseRequests = client.resource(Resources.leases);
    const requests = client.resource(Resources.v1alpha1StorageVersions);

    /** The informer may be behind a server that has just started. */
    const isAlive = async ({ apiServerID: name }: V1alpha1ServerStorageVersion) =>
      isIdentity(await leaseRequests.find({ namespace: NAMESPACE, name }, { signal }));

    async function collect(name: string): Promise<NextPass> {
      const current = await requests.find({ name }, { signal });
      const servers = current?.status?.storageVersions ?? [];
      const alive = await Promise.all(servers.map(isAlive));
      if (current === undefined || alive.every((one) => one)) return 'on-change';
      await keep(
        current,
        servers.filter((_server, index) => alive[index]),
      );
      return 'on-change';
    }
    async function keep(current: V1alpha1StorageVersion, servers: Servers): Promise<void> {
      const { name = '', uid, resourceVersion } = current.metadata;
      if (servers.length > 0) {
        const status = storageVersionStatus(current, servers, effects.clock.now());
        await requests.updateStatus({ ...current, status }, { signal });
        return;
      }
      // A server that starts now may have just added itself.
      const preconditions = { ...(uid && { uid }), ...(resourceVersion && { resourceVersion }) };
      await requests.delete({ name }, { preconditions, signal });
    }

    const withServer = (server: string) =>
      versions
        .list()
        .filter(({ status }) => status?.storageVersions?.some(({ apiServerID }) => apiServerID === server));
    const isSuspect = ({
      status,
    }: {
      readonly status?: { readonly storageVersions?: Servers | undefined } | undefined;
    }) =>
      (status?.storageVersions ?? []).some(({ apiServerID }) => !isIdentity(leases.get(`${NAMESPACE}/${apiServerID}`)));
    await runLoop(
      context,
      {
        name: 'storage_version_garbage_collector_storageversions',
        reconcile: collect,
        connect(queue) {
          enqueueOn(versions, queue, (change) =>
            change.kind === 'deleted' || !isSuspect(objectOf(change)) ? [] : [nameOf(objectOf(change))],
          );
          enqueueOn(leases, queue, (change) =>
            change.kind === 'deleted' && isIdentity(change.last) ? withServer(nameOf(change.last)).map(nameOf) : [],
          );
        },
      },
      signal,
    );
  },
};

function isIdentity(lease: Pick<Lease, 'metadata'> | undefined): boolean {
  return lease?.metadata.labels?.[IDENTITY_LABEL] === COMPONENT;
}
