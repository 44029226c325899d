import { resourceTable } from '@steersman/api';
import {
  type Clock,
  type Counter,
  DURATION_BUCKETS,
  type Histogram,
  type Labels,
  type Metrics,
} from '@steersman/machinery';
import type { Storage, Transaction } from '@steersman/storage';
import { REGISTRY_PREFIX, storageFolder } from './storage-keys.ts';

interface StoreSeries {
  readonly labels: Labels;
  readonly seconds: Histogram;
  readonly total: Counter;
}

/** The store with upstream's series about its requests, whatever the store is: dashboards ask for those of etcd. */
export function measuredStorage(storage: Storage, metrics: Metrics, clock: Clock): Storage {
  const labels = ['operation', 'group', 'resource'];
  const seconds = metrics.histogram(
    'etcd_request_duration_seconds',
    'Time of a request to the store, in seconds.',
    DURATION_BUCKETS,
    labels,
  );
  const total = metrics.counter('etcd_requests_total', 'Requests to the store.', labels);
  const failed = metrics.counter('etcd_request_errors_total', 'Requests to the store that failed.', labels);
  const known = new Map<string, StoreSeries>();
  const seriesOf = (operation: string, { group, resource }: StoredType): StoreSeries => {
    const name = `${operation} ${group} ${resource}`;
    let series = known.get(name);
    if (series === undefined) {
      const target = { operation, group, resource };
      series = { labels: target, seconds: seconds.with(target), total: total.with(target) };
      known.set(name, series);
    }
    return series;
  };
  const measured = <T>(operation: string, key: string, run: () => Promise<T>): Promise<T> => {
    const since = clock.monotonic();
    const series = seriesOf(operation, typeOf(key));
    const ended = () => series.seconds.observe((clock.monotonic() - since) / 1000);
    series.total.add();
    const running = run();
    running.then(ended, () => {
      ended();
      failed.add(1, series.labels);
    });
    return running;
  };
  const { scan } = storage;
  return {
    currentRevision: () => storage.currentRevision(),
    get: (key, options) => measured('get', key, () => storage.get(key, options)),
    range: (request) => measured('list', request.start, () => storage.range(request)),
    transact: (transaction) => {
      const { operation, key } = kindOf(transaction);
      return measured(operation, key, () => storage.transact(transaction));
    },
    watch: (request, handler) => storage.watch(request, handler),
    compact: (revision) => storage.compact(revision),
    compactedRevision: () => storage.compactedRevision(),
    size: () => storage.size(),
    // What an engine leaves out stays left out: callers do without it.
    ...(scan === undefined
      ? {}
      : { scan: (request, visit) => measured('list', request.start, () => scan.call(storage, request, visit)) }),
    ...(storage.reread === undefined ? {} : { reread: (revision, place) => storage.reread?.(revision, place) }),
    ...(storage.forgetReads === undefined ? {} : { forgetReads: () => storage.forgetReads?.() }),
    close: () => storage.close(),
  };
}

/** A write by what it does to its first key. */
function kindOf({ when, write }: Transaction): { readonly operation: string; readonly key: string } {
  const [first] = write;
  const key = first?.key ?? when[0]?.key ?? '';
  if (first?.kind === 'delete') return { operation: 'delete', key };
  const isNew = when.some(
    ({ target, equals, key: compared }) => target === 'modRevision' && equals === 0 && compared === key,
  );
  return { operation: isNew ? 'create' : 'update', key };
}

interface StoredType {
  readonly group: string;
  readonly resource: string;
}
const UNKNOWN: StoredType = { group: '', resource: '' };
/** By folder; of groups that share one, that which comes first. */
const TYPES = new Map<string, StoredType>();
for (const { group, plural } of resourceTable) {
  const folder = storageFolder({ group, plural });
  if (!TYPES.has(folder)) TYPES.set(folder, { group, resource: plural });
}

/** What a key such as /registry/deployments/... holds; folders may have two parts, as services/specs. */
function typeOf(key: string): StoredType {
  const [first = '', second = ''] = key.slice(REGISTRY_PREFIX.length).split('/', 2);
  return TYPES.get(first) ?? TYPES.get(`${first}/${second}`) ?? UNKNOWN;
}
