import { resourceTable } from '@steersman/api';
import { type Clock, DURATION_BUCKETS, type Metrics } from '@steersman/machinery';
import type { Exchange, RequestWork, Stage } from './exchange.ts';
import { isLongRunning } from './max-in-flight.ts';
import type { RequestInfo } from './request-info.ts';

const VERB_NAMES: Readonly<Record<string, string>> = {
  get: 'GET',
  list: 'LIST',
  watch: 'WATCH',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETECOLLECTION',
};
const LABELS = ['verb', 'group', 'version', 'resource', 'subresource', 'scope', 'component', 'dry_run'];

/** Counts requests and their time, under upstream's metric names. First in the list, so that refused requests count too. */
export function measureStage(metrics: Metrics, clock: Clock): Stage {
  const total = metrics.counter('apiserver_request_total', 'Requests by verb, resource and HTTP code.', [
    ...LABELS,
    'code',
  ]);
  const seconds = metrics.histogram(
    'apiserver_request_duration_seconds',
    'Time to answer, in seconds.',
    DURATION_BUCKETS,
    LABELS,
  );
  const inFlight = metrics.gauge('apiserver_current_inflight_requests', 'Requests under way, by kind.', [
    'request_kind',
  ]);
  const countWork = workCounter(metrics);
  const underWay = { mutating: 0, readOnly: 0 };
  return (exchange) => {
    const kind = exchange.request.method === 'GET' || exchange.request.method === 'HEAD' ? 'readOnly' : 'mutating';
    underWay[kind] += 1;
    inFlight.set(underWay[kind], { request_kind: kind });
    exchange.finished.push(() => {
      underWay[kind] -= 1;
      inFlight.set(underWay[kind], { request_kind: kind });
      const labels = labelsOf(exchange);
      total.add(1, labels);
      countWork(exchange.work, labels['verb'] ?? '');
      if (!isLongRunning(exchange)) seconds.observe((clock.monotonic() - exchange.startedAt) / 1000, labels);
    });
    return 'next';
  };
}

/** Counts the work of requests by verb: time depends on the machine, this does not. */
function workCounter(metrics: Metrics): (work: RequestWork, verb: string) => void {
  const counter = (what: string, help: string) =>
    metrics.counter(`steersman_apiserver_request_${what}_total`, `${help}, by verb.`, ['verb']);
  const decodes = counter('decodes', 'Request bodies decoded');
  const encodes = counter('encodes', 'Objects encoded for responses, because their stored bytes would not do');
  const copied = counter('copied_bytes', 'Bytes of stored objects copied into responses');
  return (work, verb) => {
    if (work.decodes > 0) decodes.add(work.decodes, { verb });
    if (work.encodes > 0) encodes.add(work.encodes, { verb });
    if (work.copiedBytes > 0) copied.add(work.copiedBytes, { verb });
  };
}

/** The resources that there are, each with its subresources. */
const RESOURCES = new Map(
  resourceTable.map(({ group, version, plural, subresources }) => [
    `${group}/${version}/${plural}`,
    new Set(['', ...subresources.map(({ name }) => name)]),
  ]),
);
const NONE = { group: '', version: '', resource: '', subresource: '' };

/** Empty for what is none: whoever asks for ever other paths must not make ever more series (CVE-2020-8552). */
function resourceLabels({ group, version, resource, subresource }: RequestInfo): typeof NONE {
  const subresources = RESOURCES.get(`${group}/${version}/${resource}`);
  if (subresources === undefined) return NONE;
  return { group, version, resource, subresource: subresources.has(subresource) ? subresource : '' };
}

function labelsOf({ info, request, response }: Exchange): Record<string, string> {
  const { verb, name, namespace } = info;
  return {
    verb: VERB_NAMES[verb] ?? 'other',
    ...resourceLabels(info),
    scope: name !== '' || verb === 'create' ? 'resource' : namespace === '' ? 'cluster' : 'namespace',
    component: 'apiserver',
    dry_run: request.query.includes('dryRun') ? 'All' : '',
    code: String(response.status),
  };
}
