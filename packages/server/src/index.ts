export { flagFile, readFlagFile } from './adapters/flag-file.ts';
export {
  createListener,
  type Listener,
  type ListenerOptions,
  type TlsOptions,
} from './adapters/listener.ts';
export { clientFlags, kubeconfigFlag, requestLimitsOf } from './client-flags.ts';
export type * from './contract.ts';
export { formatGoDuration, parseGoDuration } from './duration.ts';
export {
  defaultElection,
  type ElectionSettings,
  electionFlags,
  electionSettingsOf,
  type Standing,
  standingOf,
} from './election-flags.ts';
export { FEATURE_GATES, type FeatureGate, type FeatureGates, featureGatesOf, type GateStage } from './feature-gates.ts';
export { FlagError, type FlagErrorCode } from './flag-error.ts';
export { flagUsages } from './flag-help.ts';
export { durationFlag, ignoredFlag, textFlag } from './flag-makers.ts';
export { COMMON_FLAGS, type ParsedFlags, parseComponentFlags, parseFlags } from './flags.ts';
export {
  createHealthEndpoints,
  type HealthCheck,
  type HealthEndpoint,
  type HealthEndpoints,
  type ObserveCheck,
} from './health.ts';
export type * from './http-contract.ts';
export { callInProcess, type InProcessAnswer, type InProcessCall } from './in-process.ts';
export * from './limits.ts';
export { handleMetrics } from './metrics-endpoint.ts';
export { queryFlag } from './query-flag.ts';
export { ServerError, type ServerErrorCode } from './server-error.ts';
export { servingFlags, startServing } from './serving.ts';
export { VERSION } from './version.ts';
