import type { Node, Pod } from '@steersman/api';
import { createClient } from '@steersman/client';
import { realRandom } from '@steersman/machinery';
import { ConfigError } from './config/contract.ts';
import { DEFAULT_CONFIG } from './config/defaults.ts';
import { buildProfile } from './config/profile.ts';
import { createDecider } from './cycle/schedule-one.ts';
import { NOTHING_AROUND } from './fake/nothing-around.ts';
import { createClusterState } from './state/cluster-state.ts';
import { podInfoOf } from './state/pod-info.ts';

/** The algorithm without a cluster around it. */
export interface SchedulingBench {
  addNode(node: Node): void;
  /** Places the pod and returns its node; undefined when it fits nowhere. */
  schedule(pod: Pod): string | undefined;
}

/** The default profile on an empty state, for measuring and for asking "where would it go". */
export function createSchedulingBench(): SchedulingBench {
  const cluster = createClusterState();
  const client = createClient({
    request: () => Promise.reject(new ConfigError('the bench has no API server')),
    close: async () => {},
  });
  const profile = buildProfile(DEFAULT_CONFIG.profiles[0]!, 0, {
    client,
    cluster,
    defaultSelector: () => undefined,
    ...NOTHING_AROUND,
  });
  const decider = createDecider(cluster, realRandom());
  return {
    addNode: (node) => cluster.setNode(node),
    schedule(pod) {
      const info = podInfoOf(pod);
      const decision = decider.decide(profile, info);
      if (decision.kind === 'none') return undefined;
      cluster.setPod(info, decision.node.name);
      return decision.node.name;
    },
  };
}
