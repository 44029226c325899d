import type { ConformanceTest } from '../framework/contract.ts';
import { apiOperationTests } from './api-operations.ts';
import { applyTests } from './apply.ts';
import { appsApiTests } from './apps-api.ts';
import { appsWorkloadTests } from './apps-workloads.ts';
import { authTests } from './auth.ts';
import { chunkingTests } from './chunking.ts';
import { configurationTests } from './configuration.ts';
import { cronJobTests } from './cronjobs.ts';
import { discoveryTests } from './discovery.ts';
import { disruptionTests } from './disruption.ts';
import { endpointTests } from './endpoints.ts';
import { environmentVariableTests } from './environment-variables.ts';
import { eventTests } from './events.ts';
import { fieldValidationTests } from './field-validation.ts';
import { garbageCollectorTests } from './garbage-collector.ts';
import { jobTests } from './jobs.ts';
import { kubectlTests } from './kubectl.ts';
import { kubectlCommandTests } from './kubectl-commands.ts';
import { kubectlContainerTests } from './kubectl-containers.ts';
import { limitRangeTests } from './limit-range.ts';
import { listTests } from './lists.ts';
import { namespaceTests } from './namespaces.ts';
import { networkServiceTests } from './network-services.ts';
import { nodeAccessTests } from './node-access.ts';
import { nodeContainerTests } from './node-containers.ts';
import { nodePodTests } from './node-pods.ts';
import { nodeVolumeTests } from './node-volumes.ts';
import { podApiTests } from './pod-api.ts';
import { podResizeTests } from './pod-resize.ts';
import { proxyTests } from './proxies.ts';
import { raceTests } from './races.ts';
import { resourceQuotaTests } from './resource-quota.ts';
import { schedulingTests } from './scheduling.ts';
import { statefulSetTests } from './stateful-sets.ts';
import { subPathTests } from './sub-paths.ts';
import { taintTests } from './taints.ts';
import { volumeTests } from './volumes.ts';
import { watchTests } from './watch.ts';

/** Every test, in the order in which they are started. */
export const conformanceTests: readonly ConformanceTest[] = [
  ...discoveryTests,
  ...watchTests,
  ...chunkingTests,
  ...listTests,
  ...fieldValidationTests,
  ...applyTests,
  ...apiOperationTests,
  ...appsApiTests,
  ...authTests,
  ...configurationTests,
  ...eventTests,
  ...limitRangeTests,
  ...namespaceTests,
  ...garbageCollectorTests,
  ...resourceQuotaTests,
  ...raceTests,
  ...kubectlTests,
  ...kubectlCommandTests,
  ...kubectlContainerTests,
  ...environmentVariableTests,
  ...volumeTests,
  ...nodeContainerTests,
  ...nodeVolumeTests,
  ...nodePodTests,
  ...podApiTests,
  ...podResizeTests,
  ...subPathTests,
  ...proxyTests,
  ...nodeAccessTests,
  ...endpointTests,
  ...networkServiceTests,
  ...appsWorkloadTests,
  ...statefulSetTests,
  ...jobTests,
  ...disruptionTests,
  ...cronJobTests,
  ...schedulingTests,
  ...taintTests,
];
