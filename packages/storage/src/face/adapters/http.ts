/** What etcd answers to plain HTTP: whether it is well, what it is, and its metrics. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Metrics } from '@steersman/machinery';
import type { Storage } from '../../contract.ts';
import { CLUSTER_VERSION, ETCD_VERSION } from '../member.ts';
import type { Quota } from '../quota.ts';

export interface HttpOptions {
  readonly storage: Storage;
  readonly quota: Quota;
  readonly metrics: Metrics;
}

type Answer = readonly [status: number, type: string, body: string];
const JSON_TYPE = 'application/json';
const TEXT_TYPE = 'text/plain; charset=utf-8';

export function httpHandler({ storage, quota, metrics }: HttpOptions): RequestListener {
  const hasLeader = metrics.gauge(
    'etcd_server_has_leader',
    'Whether or not a leader exists. 1 is existence, 0 is not.',
  );
  const size = metrics.gauge('etcd_mvcc_db_total_size_in_bytes', 'Bytes of the store on disk.');
  const revision = metrics.gauge('etcd_debugging_mvcc_current_revision', 'The newest revision.');
  const compacted = metrics.gauge('etcd_debugging_mvcc_compact_revision', 'The revision of the last compaction.');

  /** Undefined when all is well. */
  async function trouble(): Promise<string | undefined> {
    if (quota.alarmed) return 'ALARM NOSPACE';
    return storage.currentRevision().then(
      () => undefined,
      (error: unknown) => `RANGE ERROR:${String(error)}`,
    );
  }

  async function probe(verbose: boolean): Promise<Answer> {
    const reason = await trouble();
    if (reason !== undefined) return [503, TEXT_TYPE, `[-]serializable_read failed: ${reason}\n`];
    return [200, TEXT_TYPE, verbose ? '[+]serializable_read ok\nok\n' : 'ok\n'];
  }

  const pages: Readonly<Record<string, (query: URLSearchParams) => Promise<Answer>>> = {
    async '/health'() {
      const reason = await trouble();
      const body = { health: String(reason === undefined), reason: reason ?? '' };
      return [reason === undefined ? 200 : 503, JSON_TYPE, JSON.stringify(body)];
    },
    '/readyz': (query) => probe(query.has('verbose')),
    '/livez': (query) => probe(query.has('verbose')),
    '/version': async () => [
      200,
      JSON_TYPE,
      JSON.stringify({ etcdserver: ETCD_VERSION, etcdcluster: CLUSTER_VERSION }),
    ],
    async '/metrics'() {
      hasLeader.set(1);
      size.set(await storage.size());
      revision.set(await storage.currentRevision());
      compacted.set(await storage.compactedRevision());
      return [200, 'text/plain; version=0.0.4; charset=utf-8', await metrics.expose()];
    },
  };

  return (request, response) => void answer(request, response, pages);
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  pages: Readonly<Record<string, (query: URLSearchParams) => Promise<Answer>>>,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const page = Object.hasOwn(pages, pathname) ? pages[pathname] : undefined;
  const [status, type, body] = await answerOf(request, page && (() => page(searchParams)));
  response.writeHead(status, { 'content-type': type });
  response.end(request.method === 'HEAD' ? undefined : body);
}

async function answerOf({ method }: IncomingMessage, page: (() => Promise<Answer>) | undefined): Promise<Answer> {
  if (page === undefined) return [404, TEXT_TYPE, '404 page not found\n'];
  if (method !== 'GET' && method !== 'HEAD') return [405, TEXT_TYPE, 'Method Not Allowed\n'];
  return page().catch((error: unknown): Answer => [503, TEXT_TYPE, `${String(error)}\n`]);
}
