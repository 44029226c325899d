/**
 * Tests that this repository's own cluster does not pass yet, by name, with what they wait for: `npm test` skips them by name,
 * `npm run conformance` runs them like all others. Take a name out when it passes.
 */
const QUOTA = 'the ResourceQuota controller and admission';

export const awaited: ReadonlyMap<string, string> = new Map(
  [
    'ResourceQuota, object count quota, resourcequotas',
    'ResourceQuota, object count quota, service',
    'ResourceQuota, object count quota, secret',
    'ResourceQuota, object count quota, pod',
    'ResourceQuota, object count quota, configmap',
    'ResourceQuota, object count quota, replicationController',
    'ResourceQuota, object count quota, replicaSet',
    'ResourceQuota, quota scope, Terminating and NotTerminating scope',
    'ResourceQuota, quota scope, BestEffort and NotBestEffort scope',
    'ResourceQuota, apply changes to a ResourceQuota status',
  ].map((name) => [name, QUOTA]),
);
