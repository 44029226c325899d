/**
 * /debug/api_priority_and_fairness/dump_*: the levels, their queues and the requests in them, as text for people.
 */
import { errors, formatTime } from '@steersman/api';
import type { Exchange, Outcome } from '../pipeline/exchange.ts';
import { flowOf } from '../pipeline/flow-control.ts';
import type { FlowClass, FlowCounts } from './flow-class.ts';
import type { FlowController } from './flow-controller.ts';

const FOLDER = '/debug/api_priority_and_fairness/';
/** A column is no narrower than this, upstream's tabwriter; one space parts it from the next. */
const COLUMN_MIN = 8;

const LEVEL_COLUMNS = [
  'PriorityLevelName',
  'ActiveQueues',
  'IsIdle',
  'IsQuiescing',
  'WaitingRequests',
  'ExecutingRequests',
  'DispatchedRequests',
  'RejectedRequests',
  'TimedoutRequests',
  'CancelledRequests',
];
const QUEUE_COLUMNS = [
  'PriorityLevelName',
  'Index',
  'PendingRequests',
  'ExecutingRequests',
  'SeatsInUse',
  'NextDispatchR',
  'InitialSeatsSum',
  'MaxSeatsSum',
  'TotalWorkSum',
];
const REQUEST_COLUMNS = [
  'PriorityLevelName',
  'FlowSchemaName',
  'QueueIndex',
  'RequestIndexInQueue',
  'FlowDistingsher',
  'ArriveTime',
  'InitialSeats',
  'FinalSeats',
  'AdditionalLatency',
  'StartTime',
];
const DETAIL_COLUMNS = ['UserName', 'Verb', 'APIPath', 'Namespace', 'Name', 'APIVersion', 'Resource', 'SubResource'];
/** The zero time of Go: of requests that have not begun. */
const NEVER = '0001-01-01T00:00:00Z';

type Row = readonly string[];

/** Answers the three pages; undefined for other paths. */
export function flowDumpResponder(controller: FlowController): (exchange: Exchange) => Outcome | undefined {
  const pages: Readonly<Record<string, (exchange: Exchange) => readonly Row[]>> = {
    [`${FOLDER}dump_priority_levels`]: () => levelRows(controller),
    [`${FOLDER}dump_queues`]: () => queueRows(controller),
    [`${FOLDER}dump_requests`]: ({ request }) =>
      requestRows(controller, (new URLSearchParams(request.query).get('includeRequestDetails') ?? '') !== ''),
  };
  return (exchange) => {
    const page = pages[exchange.request.path];
    if (page === undefined) return undefined;
    if (exchange.request.method === 'OPTIONS') throw errors.methodNotAllowed();
    const headers = { 'content-type': 'text/plain; charset=utf-8' };
    exchange.response.send(200, headers, Buffer.from(tableText(page(exchange))));
    return 'answered';
  };
}

/** Columns one below the other; a comma stands behind every cell but the last. */
function tableText(rows: readonly Row[]): string {
  const marked = rows.map((row) => row.map((cell, at) => (at < row.length - 1 ? `${cell},` : cell)));
  const widths = (rows[0] ?? []).map((_, at) =>
    Math.max(COLUMN_MIN, ...marked.map((row) => (row[at] ?? '').length + 1)),
  );
  const line = (row: Row) =>
    row.map((cell, at) => (at < row.length - 1 ? cell.padEnd(widths[at] ?? 0) : cell)).join('');
  return marked.map((row) => `${line(row)}\n`).join('');
}

function levelRows(controller: FlowController): readonly Row[] {
  const rows = controller.levels().map(({ level }) => {
    const counts = controller.metrics.countsAt(level.name);
    const sum = (read: (of: FlowCounts) => number) => counts.reduce((total, of) => total + read(of), 0);
    const waiting = sum((of) => of.waiting);
    const executing = sum((of) => of.executing);
    const active = level.queues().filter((queue) => (queue?.waiting.length ?? 0) > 0).length;
    const totals = [
      waiting,
      executing,
      sum((of) => of.dispatched),
      sum((of) => of.rejected),
      sum((of) => of.timedOut),
      sum((of) => of.cancelled),
    ];
    return [level.name, String(active), String(waiting + executing === 0), 'false', ...totals.map(String)];
  });
  return [LEVEL_COLUMNS, ...rows];
}

function queueRows(controller: FlowController): readonly Row[] {
  const rows = controller.levels().flatMap(({ level }) =>
    level.queues().map((queue, index) => {
      const seats = String(queue?.seats ?? 0);
      const waiting = String(queue?.waiting.length ?? 0);
      return [
        level.name,
        String(index),
        waiting,
        '0',
        '0',
        seatSeconds(queue?.next ?? 0),
        seats,
        seats,
        seatSeconds(queue?.seats ?? 0),
      ];
    }),
  );
  return [QUEUE_COLUMNS, ...rows];
}

function seatSeconds(seats: number): string {
  return `${seats.toFixed(8)}ss`;
}

/** Who waits, by queue; then who is under way, which belongs to no queue any more. */
function requestRows(controller: FlowController, withDetails: boolean): readonly Row[] {
  const details = (exchange: Exchange) => (withDetails ? detailsOf(exchange) : []);
  const waiting = controller
    .levels()
    .flatMap(({ level }) =>
      level
        .queues()
        .flatMap((queue, index) =>
          (queue?.waiting ?? []).map(({ of, seats, exchange, arrivedAt }, at) => [
            ...requestRow(of, exchange, seats, [index, at], formatTime(arrivedAt), NEVER),
            ...details(exchange),
          ]),
        ),
    );
  const executing = [...controller.executing].map(({ exchange, of, seats, since }) => [
    ...requestRow(of, exchange, seats, [-1, -1], formatTime(since), formatTime(since)),
    ...details(exchange),
  ]);
  return [[...REQUEST_COLUMNS, ...(withDetails ? DETAIL_COLUMNS : [])], ...waiting, ...executing];
}

function requestRow(
  of: FlowClass,
  exchange: Exchange,
  seats: number,
  place: readonly [queue: number, index: number],
  arrived: string,
  started: string,
): Row {
  const where = place.map(String);
  return [of.level.name, of.name, ...where, flowOf(of, exchange), arrived, String(seats), '0', '0s', started];
}

function detailsOf({ user, info, request }: Exchange): Row {
  const version = info.group === '' ? info.version : `${info.group}/${info.version}`;
  const { verb, namespace, name, resource, subresource } = info;
  return [user.name, verb, request.path, namespace, name, version, resource, subresource];
}
