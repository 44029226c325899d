import type { Node } from '@steersman/api';
import type { ControllerManagerConfig } from '../config.ts';
import { readyCondition } from '../nodes/node-view.ts';

const REGION_LABEL = 'topology.kubernetes.io/region';
const ZONE_LABEL = 'topology.kubernetes.io/zone';
/** Fewer unready nodes than this never count as a disruption of a zone. */
const UNREADY_MIN = 3;

export type ZoneState = 'Normal' | 'PartialDisruption' | 'FullDisruption';

export function zoneOf({ metadata }: Node): string {
  return `${metadata.labels?.[REGION_LABEL] ?? ''}/${metadata.labels?.[ZONE_LABEL] ?? ''}`;
}

function stateOf(nodes: readonly Node[], threshold: number): ZoneState {
  const unready = nodes.filter((node) => readyCondition(node)?.status !== 'True').length;
  if (unready === nodes.length) return 'FullDisruption';
  return unready >= UNREADY_MIN && unready / nodes.length >= threshold ? 'PartialDisruption' : 'Normal';
}

/**
 * How many nodes a second may start to lose their pods, by zone. A zone that is largely unhealthy is more likely cut
 * off from us than dead, so it is spared; when every zone is, nothing is evicted at all.
 */
export function evictionRates(nodes: readonly Node[], config: ControllerManagerConfig): ReadonlyMap<string, number> {
  const byZone = Map.groupBy(nodes, zoneOf);
  const states = new Map([...byZone].map(([zone, members]) => [zone, stateOf(members, config.unhealthyZoneThreshold)]));
  const allGone = [...states.values()].every((state) => state === 'FullDisruption');
  return new Map(
    [...states].map(([zone, state]) => {
      if (allGone) return [zone, 0];
      if (state !== 'PartialDisruption') return [zone, config.nodeEvictionRate];
      const large = (byZone.get(zone) ?? []).length > config.largeClusterSizeThreshold;
      return [zone, large ? config.secondaryNodeEvictionRate : 0];
    }),
  );
}
