import { resourceTable } from '@steersman/api';
import { type Clock, type Counter, DURATION_BUCKETS, type Histogram, type Metrics } from '@steersman/machinery';
import { deprecatedLifecycle } from '../registry/deprecation.ts';
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
/** Kinds of requests that are remembered; what nobody serves must not fill memory. */
const KNOWN_MAX = 5000;
const TARGET_LABELS = ['verb', 'group', 'version', 'resource', 'subresource', 'scope', 'component'];
const LABELS = [...TARGET_LABELS, 'dry_run'];
/** What connects a client with something else; upstream calls their verb CONNECT. */
const CONNECTIONS = new Set(['log', 'exec', 'portforward', 'attach', 'proxy']);
/** Upstream's buckets of service levels: as those of all durations, beginning later. */
const SERVICE_LEVEL_BUCKETS = DURATION_BUCKETS.filter((bound) => bound >= 0.05);

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
  const serviceLevel = metrics.histogram(
    'apiserver_request_sli_duration_seconds',
    'Time to answer without the time waited in queues, in seconds; of requests that are no dry run.',
    SERVICE_LEVEL_BUCKETS,
    TARGET_LABELS,
  );
  const seriesFor = seriesFinder((labels) => ({
    verb: labels['verb'] ?? '',
    total: total.with(labels),
    seconds: seconds.with(labels),
    ...(labels['dry_run'] === '' ? { serviceLevel: serviceLevel.with(labels) } : {}),
  }));
  const countRefused = refusedCounter(metrics);
  const followLong = longRunningGauge(metrics);
  const noteDeprecated = deprecatedGauge(metrics);
  const inFlight = metrics.gauge('apiserver_current_inflight_requests', 'Requests under way, by kind.', [
    'request_kind',
  ]);
  const countWork = workCounter(metrics);
  const underWay = { mutating: 0, readOnly: 0 };
  return (exchange) => {
    const kind = exchange.request.method === 'GET' || exchange.request.method === 'HEAD' ? 'readOnly' : 'mutating';
    underWay[kind] += 1;
    inFlight.set(underWay[kind], { request_kind: kind });
    if (isLongRunning(exchange)) followLong(exchange);
    exchange.finished.push(() => {
      underWay[kind] -= 1;
      inFlight.set(underWay[kind], { request_kind: kind });
      const series = seriesFor(exchange);
      series.total.add();
      countWork(exchange.work, series.verb);
      if (exchange.work.refused) countRefused(exchange);
      noteDeprecated(exchange);
      if (isLongRunning(exchange)) return;
      const tookMs = clock.monotonic() - exchange.startedAt;
      series.seconds.observe(tookMs / 1000);
      series.serviceLevel?.observe((tookMs - exchange.work.waitedMs) / 1000);
    });
    return 'next';
  };
}

/** The series of requests with the same labels. */
interface RequestSeries {
  readonly verb: string;
  readonly total: Counter;
  readonly seconds: Histogram;
  /** Absent for dry runs. */
  readonly serviceLevel?: Histogram;
}

/** Nearly every request is like one before it: its series are found by what makes its labels, before there are any. */
function seriesFinder(make: (labels: Record<string, string>) => RequestSeries): (exchange: Exchange) => RequestSeries {
  const known = new Map<string, RequestSeries>();
  return (exchange) => {
    const { info, request, response } = exchange;
    const { verb, group, version, resource, subresource, isResource } = info;
    const type = verb === 'patch' ? request.headers['content-type'] : '';
    const dryRun = request.query.includes('dryRun');
    const where = info.name !== '' ? 2 : info.namespace !== '' ? 1 : 0;
    const key = `${verb} ${group} ${version} ${resource} ${subresource} ${where}${isResource}${dryRun} ${type} ${response.status}`;
    let series = known.get(key);
    if (series === undefined) {
      series = make(labelsOf(exchange));
      if (known.size >= KNOWN_MAX) known.clear();
      known.set(key, series);
    }
    return series;
  };
}

/** Requests that were told to come back because there was no room for them. */
function refusedCounter(metrics: Metrics): (exchange: Exchange) => void {
  const refused = metrics.counter(
    'apiserver_request_terminations_total',
    'Requests that were refused in self-defence.',
    [...TARGET_LABELS, 'code'],
  );
  return (exchange) => refused.add(1, labelsOf(exchange));
}

/** Watches, logs and tunnels that are open now. */
function longRunningGauge(metrics: Metrics): (exchange: Exchange) => void {
  const open = metrics.gauge('apiserver_longrunning_requests', 'Requests that are open for long, such as watches.', [
    ...TARGET_LABELS,
  ]);
  const counts = new Map<string, number>();
  return (exchange) => {
    const labels = labelsOf(exchange);
    const key = TARGET_LABELS.map((name) => labels[name]).join(' ');
    const add = (by: number) => {
      const count = (counts.get(key) ?? 0) + by;
      counts.set(key, count);
      open.set(count, labels);
    };
    add(1);
    exchange.request.signal.addEventListener('abort', () => add(-1), { once: true });
  };
}

/** Which deprecated versions somebody has asked for since the start; never goes back, as upstream. */
function deprecatedGauge(metrics: Metrics): (exchange: Exchange) => void {
  const asked = metrics.gauge('apiserver_requested_deprecated_apis', 'Deprecated APIs that have been asked for.', [
    'group',
    'version',
    'resource',
    'subresource',
    'removed_release',
  ]);
  return ({ info }) => {
    const lifecycle = DEPRECATED.get(`${info.group}/${info.version}/${info.resource}`);
    if (lifecycle !== undefined) asked.set(1, { ...resourceLabels(info), removed_release: lifecycle });
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
/** Deprecated resources, each with the release that serves it no more; empty where none is known. */
const DEPRECATED = new Map(
  resourceTable.flatMap((info) => {
    const lifecycle = deprecatedLifecycle(info);
    const key = `${info.group}/${info.version}/${info.plural}`;
    return lifecycle === undefined ? [] : [[key, lifecycle.removed ?? ''] as const];
  }),
);
const NONE = { group: '', version: '', resource: '', subresource: '' };

/** Empty for what is none: whoever asks for ever other paths must not make ever more series (CVE-2020-8552). */
function resourceLabels({ group, version, resource, subresource }: RequestInfo): typeof NONE {
  const subresources = RESOURCES.get(`${group}/${version}/${resource}`);
  if (subresources === undefined) return NONE;
  return { group, version, resource, subresource: subresources.has(subresource) ? subresource : '' };
}

function labelsOf({ info, request, response }: Exchange): Record<string, string> {
  return {
    verb: verbLabel(info, request.headers['content-type']),
    ...resourceLabels(info),
    scope: scopeLabel(info),
    component: 'apiserver',
    dry_run: request.query.includes('dryRun') ? 'All' : '',
    code: String(response.status),
  };
}

function verbLabel({ verb, subresource }: RequestInfo, contentType: string | undefined): string {
  if (CONNECTIONS.has(subresource)) return 'CONNECT';
  if (verb === 'patch' && contentType === 'application/apply-patch+yaml') return 'APPLY';
  return VERB_NAMES[verb] ?? 'other';
}

function scopeLabel({ verb, name, namespace, isResource }: RequestInfo): string {
  if (name !== '' || verb === 'create') return 'resource';
  if (namespace !== '') return 'namespace';
  return isResource ? 'cluster' : '';
}
