/**
 * FlowSchemas and PriorityLevelConfigurations as the server works by them.
 */
import type { FlowSchema, PriorityLevelConfiguration } from '@steersman/api';
import { flowSchemas, priorityLevels } from '../bootstrap/flow-control.ts';
import { compileRules, type FlowClass, type FlowCounts } from './flow-class.ts';
import { type LevelConfiguration, PriorityLevel } from './priority-level.ts';
import { type SeatLimits, type Share, seatLimits } from './seats.ts';

/** Objects that count even when nobody has stored them. */
const MANDATORY = ['exempt', 'catch-all'];
const SHARES_DEFAULT = 30;

export interface Level {
  readonly level: PriorityLevel;
  readonly limits: SeatLimits;
  readonly uid: string;
}
export interface FlowConfiguration {
  readonly levels: ReadonlyMap<string, Level>;
  /** By precedence. */
  readonly classes: readonly FlowClass[];
  readonly fallback: FlowClass;
}

/** Puts stored objects into force. Levels that existed before keep who is under way and who waits. */
export function configure(
  schemas: readonly FlowSchema[],
  stored: readonly PriorityLevelConfiguration[],
  totalSeats: number,
  before: ReadonlyMap<string, Level>,
  countsOf: (schema: string, level: string) => FlowCounts,
): FlowConfiguration {
  const objects = withMandatory(stored, priorityLevels);
  const limits = seatLimits(totalSeats, objects.map(shareOf));
  const levels = new Map<string, Level>();
  for (const [index, object] of objects.entries()) {
    const name = object.metadata.name ?? '';
    const configuration = levelConfiguration(object);
    const known = before.get(name);
    const level = known?.level ?? new PriorityLevel(name, configuration);
    const own = limits[index]!;
    const unmoved = known !== undefined && known.limits.nominal === own.nominal && known.limits.upper === own.upper;
    level.configure(configuration, unmoved ? level.limit : Math.max(1, own.nominal));
    levels.set(name, { level, limits: own, uid: object.metadata.uid ?? '' });
  }
  const classes = withMandatory(schemas, flowSchemas)
    .toSorted(byPrecedence)
    .flatMap((schema) => flowClass(schema, levels, countsOf) ?? []);
  return { levels, classes, fallback: classes.find(({ name }) => name === 'catch-all') ?? classes.at(-1)! };
}

function withMandatory<T extends { readonly metadata: { readonly name?: string | undefined } }>(
  stored: readonly T[],
  builtIn: readonly T[],
): readonly T[] {
  const isStored = (name: string | undefined) => stored.some(({ metadata }) => metadata.name === name);
  const missing = builtIn.filter(({ metadata }) => MANDATORY.includes(metadata.name ?? '') && !isStored(metadata.name));
  return [...stored, ...missing];
}

function byPrecedence(a: FlowSchema, b: FlowSchema): number {
  const difference = (a.spec?.matchingPrecedence ?? 0) - (b.spec?.matchingPrecedence ?? 0);
  return difference !== 0 ? difference : (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1;
}

/** Undefined while its priority level does not exist: such a schema takes nothing. */
function flowClass(
  { metadata, spec }: FlowSchema,
  levels: ReadonlyMap<string, Level>,
  countsOf: (schema: string, level: string) => FlowCounts,
): FlowClass | undefined {
  const found = levels.get(spec?.priorityLevelConfiguration.name ?? '');
  if (spec === undefined || found === undefined) return undefined;
  const method = spec.distinguisherMethod?.type;
  return {
    name: metadata.name ?? '',
    level: found.level,
    schemaUid: metadata.uid ?? '',
    levelUid: found.uid,
    distinguisher: method === 'ByUser' ? 'user' : method === 'ByNamespace' ? 'namespace' : 'none',
    rules: compileRules(spec.rules),
    counts: countsOf(metadata.name ?? '', found.level.name),
  };
}

function levelConfiguration({ spec }: PriorityLevelConfiguration): LevelConfiguration {
  const { limited } = spec ?? {};
  const queuing = limited?.limitResponse?.type === 'Queue' ? limited.limitResponse.queuing : undefined;
  return {
    exempt: spec?.type === 'Exempt',
    queuing:
      queuing === undefined
        ? undefined
        : {
            queues: queuing.queues ?? 64,
            handSize: queuing.handSize ?? 8,
            queueLengthMax: queuing.queueLengthLimit ?? 50,
          },
  };
}

function shareOf({ spec }: PriorityLevelConfiguration): Share {
  const { limited, exempt } = spec ?? {};
  if (limited === undefined)
    return {
      shares: exempt?.nominalConcurrencyShares ?? 0,
      lendablePercent: exempt?.lendablePercent ?? 0,
      borrowingLimitPercent: undefined,
    };
  return {
    shares: limited.nominalConcurrencyShares ?? SHARES_DEFAULT,
    lendablePercent: limited.lendablePercent ?? 0,
    borrowingLimitPercent: limited.borrowingLimitPercent,
  };
}
