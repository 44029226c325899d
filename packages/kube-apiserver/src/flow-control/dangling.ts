/** Says on each FlowSchema whether its priority level exists. */
import { type FlowSchema, formatTime, isConflict, isNotFound, Resources } from '@steersman/api';
import type { Client } from '@steersman/client';
import type { Clock } from '@steersman/machinery';
import type { PostStartHook } from '../post-start-hook.ts';
import type { ObjectSource } from './flow-controller.ts';

const DANGLING = 'Dangling';
/** Changes are looked at together: a change of a level concerns many schemas. */
const SETTLE_MS = 200;

/** The hook that brings the conditions up to date at the start and whenever schemas or levels change. */
export function danglingHook(sources: readonly (ObjectSource | undefined)[]): PostStartHook {
  return {
    name: 'priority-and-fairness-config-consumer',
    async run({ client, effects, signal }) {
      const { clock, log } = effects;
      let scheduled = false;
      const report = () =>
        reportDangling(client, clock).catch((error: unknown) => {
          if (!signal.aborted) log.warn('Conditions of FlowSchemas could not be written', { error: String(error) });
        });
      for (const source of sources) {
        source?.listeners.add(() => {
          if (scheduled || signal.aborted) return;
          scheduled = true;
          clock.schedule(SETTLE_MS, () => {
            scheduled = false;
            if (!signal.aborted) void report();
          });
        });
      }
      await report();
    },
  };
}

/** Brings the conditions up to date once. */
export async function reportDangling(client: Client, clock: Clock): Promise<void> {
  const schemas = await client.resource(Resources.flowSchemas).list();
  const levels = await client.resource(Resources.priorityLevelConfigurations).list();
  const names = new Set(levels.items.map(({ metadata }) => metadata.name));
  await Promise.all(schemas.items.map((schema) => report(client, schema, names, formatTime(clock.now()))));
}

async function report(
  client: Client,
  schema: FlowSchema,
  levels: ReadonlySet<string | undefined>,
  now: string,
): Promise<void> {
  const level = schema.spec?.priorityLevelConfiguration.name ?? '';
  const found = levels.has(level);
  const others = schema.status?.conditions?.filter(({ type }) => type !== DANGLING) ?? [];
  const before = schema.status?.conditions?.find(({ type }) => type === DANGLING);
  const message = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)} ${found ? 'and it exists' : 'but there is no such object'}`;
  const status = found ? 'False' : 'True';
  if (before?.status === status && before.message === message) return;
  const condition = {
    type: DANGLING,
    status,
    reason: found ? 'Found' : 'NotFound',
    message,
    lastTransitionTime: before?.status === status ? before.lastTransitionTime : now,
  };
  try {
    await client
      .resource(Resources.flowSchemas)
      .updateStatus({ ...schema, status: { conditions: [...others, condition] } });
  } catch (error) {
    // Somebody changed or deleted it meanwhile: that change brings us back.
    if (!isConflict(error) && !isNotFound(error)) throw error;
  }
}
