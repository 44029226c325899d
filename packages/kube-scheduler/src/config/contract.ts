import type { ElectionSettings } from '@steersman/server';
import type { ScoringStrategy, WeightedResource } from '../plugins/scoring-strategy.ts';

export interface EnabledPlugin {
  readonly name: string;
  readonly weight?: number;
}
/** What one extension point enables and disables; `*` disables all. */
export interface PluginSet {
  readonly enabled?: readonly EnabledPlugin[];
  readonly disabled?: readonly { readonly name: string }[];
}

/** Extension points by the names of the configuration file. */
export type ExtensionPoint =
  | 'preEnqueue'
  | 'queueSort'
  | 'preFilter'
  | 'filter'
  | 'postFilter'
  | 'preScore'
  | 'score'
  | 'reserve'
  | 'permit'
  | 'preBind'
  | 'bind'
  | 'postBind';

/** A default constraint of PodTopologySpreadArgs. */
export interface SpreadDefault {
  readonly topologyKey: string;
  readonly maxSkew: number;
  readonly whenUnsatisfiable: string;
}

/** Arguments of the plugins that take some. */
export interface PluginArgs {
  readonly scoringStrategy: ScoringStrategy;
  readonly balancedResources: readonly WeightedResource[];
  readonly hardPodAffinityWeight: number;
  /** Absent: upstream's system defaults. */
  readonly spreadDefaults?: readonly SpreadDefault[];
}

export interface ProfileConfig {
  readonly schedulerName: string;
  readonly percentageOfNodesToScore?: number;
  readonly plugins?: Readonly<Partial<Record<ExtensionPoint | 'multiPoint', PluginSet>>>;
  /** `pluginConfig`, checked. */
  readonly args: PluginArgs;
}

/** kubescheduler.config.k8s.io/v1 KubeSchedulerConfiguration, defaults filled in. Times in milliseconds. */
export interface SchedulerConfig {
  readonly profiles: readonly ProfileConfig[];
  readonly percentageOfNodesToScore: number;
  readonly podInitialBackoffMs: number;
  readonly podMaxBackoffMs: number;
  readonly kubeconfig?: string;
  readonly leaderElection: ElectionSettings;
}

/** The configuration file is wrong; the message names the field. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'bad-config';
}
