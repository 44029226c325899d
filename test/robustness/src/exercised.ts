/** What a run must have tried: a promise that nothing put to the test was not kept, only not broken. */
import type { Property } from './checkers/contract.ts';
import type { FaultRecord, History, OperationRecord, WatchRecord } from './history.ts';

/** Kinds of traffic that some targets cannot have. */
type Kind = 'fleeting keys' | 'transactions' | 'roaming' | 'the ways of the API';
/** What a target cannot show. */
export type Lack = Property | Kind;

interface Exercise {
  readonly name: string;
  /** Only where the target has this kind of traffic. */
  readonly of?: Kind;
  isShownBy(history: History): boolean;
}

type Written = OperationRecord & { readonly request: { readonly kind: 'write' } };

const write = (name: string, matches: (operation: Written) => boolean, of?: Kind): Exercise => ({
  name,
  ...(of !== undefined && { of }),
  isShownBy: ({ operations }) =>
    operations.some(
      (operation) =>
        operation.request.kind === 'write' && operation.outcome.kind === 'written' && matches(operation as Written),
    ),
});
const operation = (name: string, matches: (operation: OperationRecord) => boolean, of?: Kind): Exercise => ({
  name,
  ...(of !== undefined && { of }),
  isShownBy: ({ operations }) => operations.some(matches),
});
const watch = (name: string, matches: (watch: WatchRecord) => boolean, of?: Kind): Exercise => ({
  name,
  ...(of !== undefined && { of }),
  isShownBy: ({ watches }) => watches.some(matches),
});

const API = 'the ways of the API';
const expects = ({ request: { expect } }: Written) => expect[0]?.revision;
const changes = ({ request }: Written) => request.changes[0]?.kind;
const listedAt = ({ request, outcome }: OperationRecord) =>
  request.kind === 'list' && outcome.kind === 'listed' ? request.at : undefined;
const eventsOf = ({ batches }: WatchRecord) => batches.flatMap(({ events }) => events);

const exercises: readonly Exercise[] = [
  write('create', (one) => changes(one) === 'put' && expects(one) === 0),
  write('update', (one) => changes(one) === 'put' && Number(expects(one)) > 0 && one.request.via === undefined),
  write('update of the status', ({ request }) => request.via === 'status', API),
  write('apply', ({ request }) => request.via === 'apply', API),
  write('patch', (one) => changes(one) === 'put' && expects(one) === 'any', API),
  write('delete', (one) => changes(one) === 'delete'),
  write('delete of one version', (one) => changes(one) === 'delete' && Number(expects(one)) > 0),
  write('transaction of several keys', ({ request }) => request.changes.length > 1, 'transactions'),
  operation('purge', ({ request, outcome }) => request.kind === 'purge' && outcome.kind === 'written', API),
  ...(['conflict', 'expired'] as const).map((reason) =>
    operation(`refusal: ${reason}`, ({ outcome }) => outcome.kind === 'refused' && outcome.reason === reason),
  ),
  ...(['exists', 'absent', 'future'] as const).map((reason) =>
    operation(`refusal: ${reason}`, ({ outcome }) => outcome.kind === 'refused' && outcome.reason === reason, API),
  ),
  operation('write without an answer', ({ outcome }) => outcome.kind === 'unknown'),
  operation('read', ({ outcome }) => outcome.kind === 'found'),
  operation(
    'read of a cache',
    ({ request, outcome }) => outcome.kind === 'found' && request.kind === 'read' && request.atLeast !== undefined,
    API,
  ),
  operation('list of the newest', (one) => listedAt(one) === 'newest'),
  operation('list of a cache', (one) => listedAt(one) === 'cached'),
  operation('list at an old revision', (one) => typeof listedAt(one) === 'number'),
  operation(
    'list in several pages at an old revision',
    ({ request, outcome }) =>
      request.kind === 'list' &&
      typeof request.at === 'number' &&
      outcome.kind === 'listed' &&
      outcome.revisions.length > 1,
  ),
  watch('watch from a revision', (one) => typeof one.after === 'number' && one.batches.length > 0),
  watch('watch from the state', (one) => one.after === 'state' && one.batches.length > 0),
  watch('watch with a selector', (one) => one.color !== undefined && one.batches.length > 0),
  watch('watch refused as expired', ({ end }) => end === 'expired'),
  watch('bookmark', (one) => eventsOf(one).some((event) => event.kind === 'progress' && event.initial !== true), API),
  {
    name: 'end of a time to live',
    of: 'fleeting keys',
    isShownBy: ({ watches }) =>
      watches.some((one) =>
        eventsOf(one).some((event) => event.kind === 'deleted' && event.item.key.startsWith('fleeting')),
      ),
  },
  {
    name: 'client that moves between servers',
    of: 'roaming',
    isShownBy: ({ operations }) => {
      const servers = new Map<string | undefined, string>();
      return operations.some(({ client, server }) => {
        const before = servers.get(client);
        servers.set(client, server);
        return client !== undefined && before !== undefined && before !== server;
      });
    },
  },
  { name: 'checkpoint', isShownBy: ({ checkpoints }) => checkpoints.length > 0 },
  {
    name: 'watch from before a fault until after it',
    isShownBy: ({ watches, faults }) =>
      faults.some(({ from, to }) => watches.some(({ openedAt, closedAt }) => openedAt < from && closedAt > to)),
  },
];

/** A run with fewer operations, being short or on a slow machine, may lack something by chance. */
export const OPERATIONS_ENOUGH = 10_000;

/** What a run has not tried, and which faults did nothing at all though they were inflicted again and again. */
export function unexercised(history: History, lacks: readonly Lack[]): readonly string[] {
  const missing = exercises
    .filter((exercise) => exercise.of === undefined || !lacks.includes(exercise.of))
    .filter((exercise) => !exercise.isShownBy(history))
    .map(({ name }) => name);
  return [...missing, ...unfelt(history.faults)];
}

/** Fewer may by chance have met a server that was idle. */
const TRIES = 3;

function unfelt(faults: readonly FaultRecord[]): readonly string[] {
  return [...Map.groupBy(faults, ({ name }) => name)]
    .filter(([, ofName]) => ofName.length >= TRIES && ofName.every(({ felt }) => felt === 0))
    .map(([name, ofName]) => `${name} (${ofName.length} times without any effect)`);
}
