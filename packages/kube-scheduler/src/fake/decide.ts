import type { Node, Pod } from '@steersman/api';
import { createClient } from '@steersman/client';
import { ConfigError, type PluginArgs } from '../config/contract.ts';
import { DEFAULT_ARGS } from '../config/defaults.ts';
import { buildProfile, type PluginDependencies } from '../config/profile.ts';
import { findNodes } from '../cycle/find-nodes.ts';
import { failureMessage } from '../cycle/message.ts';
import { scoreNodes } from '../cycle/score-nodes.ts';
import { createClusterState } from '../state/cluster-state.ts';
import { podInfoOf } from '../state/pod-info.ts';
import { NOTHING_AROUND } from './nothing-around.ts';

export interface Placements {
  /** Names of the nodes the pod fits on, sorted. */
  readonly feasible: readonly string[];
  /** Why it fits nowhere. */
  readonly message: string | undefined;
  /** Weighted scores of one plugin, or of all, by node. */
  scores(plugin?: string): Readonly<Record<string, number>>;
}

export interface DecideOptions {
  readonly args?: Partial<PluginArgs>;
  readonly defaultSelector?: PluginDependencies['defaultSelector'];
}

/** What the default plugins think of a pod, given nodes and pods on them. */
export function placementsOf(
  nodes: readonly Node[],
  existing: readonly Pod[],
  pod: Pod,
  options: DecideOptions = {},
): Placements {
  const cluster = createClusterState();
  for (const node of nodes) cluster.setNode(node);
  for (const each of existing) cluster.setPod(podInfoOf(each), each.spec.nodeName ?? '');
  const client = createClient({
    request: () => Promise.reject(new ConfigError('no API server here')),
    close: async () => {},
  });
  const config = { schedulerName: 'default-scheduler', args: { ...DEFAULT_ARGS, ...options.args } };
  const defaultSelector = options.defaultSelector ?? (() => undefined);
  const profile = buildProfile(config, 0, { client, cluster, defaultSelector, ...NOTHING_AROUND });
  const info = podInfoOf(pod);
  const found = findNodes(profile, info, cluster, 0);
  const feasible = found.kind === 'found' ? found.nodes.toSorted((a, b) => (a.name < b.name ? -1 : 1)) : [];
  return {
    feasible: feasible.map(({ name }) => name),
    message: found.kind === 'none' ? failureMessage(found.attempt) : undefined,
    scores(plugin) {
      let scores: Float64Array | undefined;
      const totals = scoreNodes(profile, info, feasible, cluster, (each) => {
        if (each.plugin === plugin) scores = each.scores;
      });
      const wanted = plugin === undefined ? totals : scores;
      return Object.fromEntries(feasible.map(({ name }, at) => [name, wanted?.[at] ?? Number.NaN]));
    },
  };
}
