import type { Effects } from '@steersman/machinery';
import type { EmbeddedStorage } from '../embedded.ts';
import type { FaceTls } from './adapters/listener.ts';
import { type AutoCompaction, startAutoCompaction } from './auto-compaction.ts';
import { createKv } from './kv.ts';
import { openLeases } from './leases.ts';
import { createMaintenance } from './maintenance.ts';
import { headerOf, memberOf } from './member.ts';
import { createQuota } from './quota.ts';

/** etcd's own bounds of a request, and of what surrounds it. */
export const REQUEST_BYTES_MAX = 1.5 * 1024 * 1024;
const REQUEST_OVERHEAD_BYTES = 512 * 1024;
/** etcd's interval of progress notifications, in milliseconds. */
export const PROGRESS_INTERVAL_MS = 600_000;

export interface FaceAddress {
  readonly host: string;
  readonly port: number;
  readonly tls?: FaceTls | undefined;
}

export interface EtcdFaceOptions {
  readonly storage: EmbeddedStorage;
  readonly effects: Effects;
  readonly name?: string;
  /** Where gRPC and plain HTTP are served, and where plain HTTP only. */
  readonly listen: readonly FaceAddress[];
  readonly listenMetrics?: readonly FaceAddress[];
  /** Told to whoever asks for the members; what is listened on when absent. */
  readonly advertise?: readonly string[];
  /** Bytes the store may have; 0 or absent: as large as the disk. */
  readonly quotaBytes?: number;
  readonly requestBytesMax?: number;
  readonly progressIntervalMs?: number;
  readonly autoCompaction?: AutoCompaction;
  /** A folder for copies that are sent as snapshots. */
  readonly scratch?: string;
}

export interface EtcdFace {
  /** Where clients connect, in the order of `listen`. */
  readonly endpoints: readonly string[];
  /** Ends all connections; the storage stays open. */
  close(): Promise<void>;
}

/** Serves etcd's v3 API on an embedded store. Rejects with StorageError 'unavailable' when it cannot listen. */
export async function startEtcdFace(options: EtcdFaceOptions): Promise<EtcdFace> {
  const { storage, effects, name = 'default', listen, requestBytesMax = REQUEST_BYTES_MAX } = options;
  const { clock, random, log, metrics } = effects;
  const endpoints: string[] = [];
  const member = memberOf({ name, clientUrls: options.advertise ?? endpoints });
  const header = (revision: number) => headerOf(member, revision);
  const leases = await openLeases({ storage, clock, random, log });
  const quota = createQuota(storage, clock, options.quotaBytes ?? 0);
  // Loaded here because most processes serve no etcd.
  const { createFaceServer } = await import('./adapters/server.ts');
  const stopCompaction = startAutoCompaction({
    ...(options.autoCompaction ?? { mode: 'periodic', retention: 0 }),
    storage,
    clock,
    log,
  });
  const handled = metrics.counter('grpc_server_handled_total', 'Answered calls.', [
    'grpc_service',
    'grpc_method',
    'grpc_code',
  ]);
  const server = createFaceServer({
    face: {
      storage,
      kv: createKv({ storage, leases, quota, clock, requestBytesMax, header }),
      leases,
      maintenance: createMaintenance({ storage, member, quota, header }),
      header,
      clock,
      fragmentBytesMax: requestBytesMax + REQUEST_OVERHEAD_BYTES,
      progressIntervalMs: options.progressIntervalMs ?? PROGRESS_INTERVAL_MS,
      answered: (service, method, code) =>
        handled.add(1, { grpc_service: `etcdserverpb.${service}`, grpc_method: method, grpc_code: String(code) }),
    },
    scratch: options.scratch,
    http: { storage, quota, metrics },
    log,
  });
  const close = async () => {
    stopCompaction();
    leases.close();
    await server.close();
  };
  try {
    for (const address of listen) endpoints.push(urlOf({ ...address, port: await server.listen(address) }));
    for (const address of options.listenMetrics ?? []) await server.listenHttp(address);
    return { endpoints, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function urlOf({ host, port, tls }: FaceAddress): string {
  return `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
