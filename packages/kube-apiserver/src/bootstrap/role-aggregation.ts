/** Fills the rules of aggregated cluster roles from the roles they select ("Aggregated ClusterRoles"). */
import {
  type ClusterRole,
  isConflict,
  isNotFound,
  labelSelectorMatcher,
  type PolicyRule,
  Resources,
  semanticEqual,
} from '@steersman/api';
import type { Client } from '@steersman/client';
import type { Clock, Logger } from '@steersman/machinery';

/** Changes come in bursts (a chart installs several roles): one pass for all of them. */
const SETTLE_MS = 100;
const RETRY_MS = 1000;

/** The rules an aggregated role should have: those of all it selects, in the order of their names, each once. */
export function aggregatedRules(role: ClusterRole, all: readonly ClusterRole[]): readonly PolicyRule[] {
  const matchers = (role.aggregationRule?.clusterRoleSelectors ?? []).map((selector) => labelSelectorMatcher(selector));
  const selected = all
    .filter(
      (other) =>
        other.metadata.name !== role.metadata.name &&
        matchers.some((matcher) => matcher.matches(other.metadata.labels)),
    )
    .toSorted((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1));
  const rules: PolicyRule[] = [];
  for (const rule of selected.flatMap((other) => other.rules ?? []))
    if (!rules.some((known) => semanticEqual(known, rule))) rules.push(rule);
  return rules;
}

/** All roles with their aggregated rules filled in; roles that select aggregated ones settle after as many rounds as they are deep. */
export function withAggregatedRules(roles: readonly ClusterRole[]): readonly ClusterRole[] {
  let current = roles;
  for (let round = 0; round < roles.length; round++) {
    const next = current.map((role) =>
      role.aggregationRule === undefined ? role : { ...role, rules: aggregatedRules(role, current) },
    );
    if (semanticEqual(next, current)) return current;
    current = next;
  }
  return current;
}

/** Keeps aggregated roles filled until the signal aborts. Writes only what differs; upstream's controller computes the same. */
export async function aggregateForEver(
  client: Client,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
  signal: AbortSignal,
): Promise<void> {
  const clusterRoles = client.resource(Resources.clusterRoles);
  while (!signal.aborted) {
    try {
      const { items, resourceVersion } = await clusterRoles.list({ signal });
      await writeDifferences(client, items, withAggregatedRules(items));
      await firstChange(clusterRoles.watch({ resourceVersion, signal }));
      await clock.sleep(SETTLE_MS, signal);
    } catch (error) {
      if (signal.aborted) return;
      log.warn('aggregating cluster roles failed and will be tried again', { error: String(error) });
      await clock.sleep(RETRY_MS, signal).catch(() => undefined);
    }
  }
}

async function firstChange(events: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of events) return;
}

async function writeDifferences(
  client: Client,
  stored: readonly ClusterRole[],
  wanted: readonly ClusterRole[],
): Promise<void> {
  for (const [index, role] of wanted.entries()) {
    if (semanticEqual(role.rules ?? [], stored[index]?.rules ?? [])) continue;
    try {
      await client.resource(Resources.clusterRoles).update(role);
    } catch (error) {
      if (!isConflict(error) && !isNotFound(error)) throw error;
    }
  }
}
