export {
  createListener,
  type Listener,
  type ListenerOptions,
  type TlsOptions,
} from './adapters/listener.ts';
export { type Candidacy, candidacyOf, emulatedVersionFlag } from './candidacy.ts';
export type * from './contract.ts';
export { formatGoDuration, parseGoDuration } from './duration.ts';
export { FEATURE_GATES, type FeatureGate, type FeatureGates, featureGatesOf, type GateStage } from './feature-gates.ts';
export { FlagError, type FlagErrorCode } from './flag-error.ts';
export { flagUsages } from './flag-help.ts';
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
export { VERSION } from './version.ts';
