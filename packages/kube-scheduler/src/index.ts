export { createSchedulingBench, type SchedulingBench } from './bench.ts';
export { command } from './command.ts';
export { ConfigError, type SchedulerConfig } from './config/contract.ts';
export { DEFAULT_CONFIG } from './config/defaults.ts';
export { parseSchedulerConfig } from './config/parse.ts';
export type * from './contract.ts';
export { type SchedulerOptions, startScheduler } from './scheduler.ts';
export type { ClusterState, NodeInfo } from './state/cluster-state.ts';
export type { PodInfo } from './state/pod-info.ts';
