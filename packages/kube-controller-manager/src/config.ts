import { type FeatureGates, featureGatesOf } from '@steersman/server';

/** What the command line decides. Durations are milliseconds. Defaults are upstream's for v1.36. */
export interface ControllerManagerConfig {
  /** `--controllers`: `*`, names, and names after a minus. */
  readonly controllers: readonly string[];
  readonly featureGates: Pick<FeatureGates, 'enabled'>;
  /** PEM of the authority that pods should trust, for `kube-root-ca.crt`; without it the publisher does not run. */
  readonly rootCa: string | undefined;
  readonly allocateNodeCidrs: boolean;
  /** Pod ranges, at most one per IP family. */
  readonly clusterCidrs: readonly string[];
  readonly serviceCidrs: readonly string[];
  /** Prefix lengths of a node's share of the pod range. */
  readonly nodeCidrMaskSizeIpv4: number;
  readonly nodeCidrMaskSizeIpv6: number;
  readonly nodeMonitorPeriodMs: number;
  readonly nodeMonitorGracePeriodMs: number;
  readonly nodeStartupGracePeriodMs: number;
  /** Nodes a second that evictions may begin on, normally and in a zone with many unhealthy nodes. */
  readonly nodeEvictionRate: number;
  readonly secondaryNodeEvictionRate: number;
  readonly unhealthyZoneThreshold: number;
  readonly largeClusterSizeThreshold: number;
  readonly terminatedPodGcThreshold: number;
  readonly maxEndpointsPerSlice: number;
  readonly concurrentDeploymentSyncs: number;
  readonly concurrentReplicaSetSyncs: number;
  readonly concurrentDaemonSetSyncs: number;
  readonly concurrentStatefulSetSyncs: number;
  readonly concurrentJobSyncs: number;
  readonly concurrentCronJobSyncs: number;
  readonly concurrentEndpointSyncs: number;
  readonly concurrentServiceEndpointSyncs: number;
  readonly concurrentNamespaceSyncs: number;
  readonly concurrentServiceAccountSyncs: number;
  readonly concurrentGcSyncs: number;
  readonly concurrentReplicationControllerSyncs: number;
  readonly concurrentTtlAfterFinishedSyncs: number;
}

export const defaultConfig: ControllerManagerConfig = {
  controllers: ['*'],
  featureGates: featureGatesOf(new Map()),
  rootCa: undefined,
  allocateNodeCidrs: false,
  clusterCidrs: [],
  serviceCidrs: [],
  nodeCidrMaskSizeIpv4: 24,
  nodeCidrMaskSizeIpv6: 64,
  nodeMonitorPeriodMs: 5_000,
  nodeMonitorGracePeriodMs: 50_000,
  nodeStartupGracePeriodMs: 60_000,
  nodeEvictionRate: 0.1,
  secondaryNodeEvictionRate: 0.01,
  unhealthyZoneThreshold: 0.55,
  largeClusterSizeThreshold: 50,
  terminatedPodGcThreshold: 12_500,
  maxEndpointsPerSlice: 100,
  concurrentDeploymentSyncs: 5,
  concurrentReplicaSetSyncs: 5,
  concurrentDaemonSetSyncs: 2,
  concurrentStatefulSetSyncs: 5,
  concurrentJobSyncs: 5,
  concurrentCronJobSyncs: 5,
  concurrentEndpointSyncs: 5,
  concurrentServiceEndpointSyncs: 5,
  concurrentNamespaceSyncs: 10,
  concurrentServiceAccountSyncs: 5,
  concurrentGcSyncs: 20,
  concurrentReplicationControllerSyncs: 5,
  concurrentTtlAfterFinishedSyncs: 5,
};
