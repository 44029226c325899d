/** The mandatory and suggested objects of API priority and fairness, as of v1.36. */
import { type FlowSchema, type PriorityLevelConfiguration, Resources } from '@steersman/api';
import type { Client } from '@steersman/client';
import { ensureAll } from './ensure.ts';

const API_VERSION = 'flowcontrol.apiserver.k8s.io/v1';
const METADATA = { annotations: { 'apf.kubernetes.io/autoupdate-spec': 'true' } };
type Rules = NonNullable<NonNullable<FlowSchema['spec']>['rules']>[number];
type Subjects = Rules['subjects'];
type ResourceRules = NonNullable<Rules['resourceRules']>;

function limited(
  name: string,
  shares: number,
  lendable: number,
  queues: number,
  handSize: number,
): PriorityLevelConfiguration {
  const queuing = { queues, handSize, queueLengthLimit: 50 };
  return {
    apiVersion: API_VERSION,
    kind: 'PriorityLevelConfiguration',
    metadata: { name, ...METADATA },
    spec: {
      type: 'Limited',
      limited: {
        nominalConcurrencyShares: shares,
        lendablePercent: lendable,
        limitResponse: { type: 'Queue', queuing },
      },
    },
  };
}

/** Of these, upstream lets nobody change `exempt` (but its shares) and `catch-all`. */
export const priorityLevels: readonly PriorityLevelConfiguration[] = [
  {
    apiVersion: API_VERSION,
    kind: 'PriorityLevelConfiguration',
    metadata: { name: 'exempt', ...METADATA },
    spec: { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } },
  },
  {
    apiVersion: API_VERSION,
    kind: 'PriorityLevelConfiguration',
    metadata: { name: 'catch-all', ...METADATA },
    spec: {
      type: 'Limited',
      limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: 'Reject' } },
    },
  },
  limited('node-high', 40, 25, 64, 6),
  limited('system', 30, 33, 64, 6),
  limited('leader-election', 10, 0, 16, 4),
  limited('workload-high', 40, 50, 128, 6),
  limited('workload-low', 100, 90, 128, 6),
  limited('global-default', 20, 50, 128, 6),
];

const groups = (...names: readonly string[]): Subjects => names.map((name) => ({ kind: 'Group', group: { name } }));
const users = (...names: readonly string[]): Subjects => names.map((name) => ({ kind: 'User', user: { name } }));
const systemAccounts = (...names: readonly string[]): Subjects =>
  names.map((name) => ({ kind: 'ServiceAccount', serviceAccount: { namespace: 'kube-system', name } }));

const EVERYTHING: Omit<Rules, 'subjects'> = {
  resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] }],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
};
const LEADER_VERBS = ['get', 'create', 'update'];
const leases: ResourceRules = [
  { verbs: LEADER_VERBS, apiGroups: ['coordination.k8s.io'], resources: ['leases'], namespaces: ['*'] },
];
const BOTH = groups('system:unauthenticated', 'system:authenticated');

function schema(
  name: string,
  level: string,
  precedence: number,
  method: string,
  subjects: Subjects,
  rules: Omit<Rules, 'subjects'> = EVERYTHING,
): FlowSchema {
  return {
    apiVersion: API_VERSION,
    kind: 'FlowSchema',
    metadata: { name, ...METADATA },
    spec: {
      priorityLevelConfiguration: { name: level },
      matchingPrecedence: precedence,
      ...(method === '' ? {} : { distinguisherMethod: { type: method } }),
      rules: [{ subjects, ...rules }],
    },
  };
}

/** Of these, upstream lets nobody change `exempt` and `catch-all`. */
export const flowSchemas: readonly FlowSchema[] = [
  schema('exempt', 'exempt', 1, '', groups('system:masters')),
  schema('probes', 'exempt', 2, '', BOTH, {
    nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }],
  }),
  schema(
    'system-leader-election',
    'leader-election',
    100,
    'ByUser',
    users('system:kube-controller-manager', 'system:kube-scheduler'),
    { resourceRules: leases },
  ),
  schema(
    'endpoint-controller',
    'workload-high',
    150,
    'ByUser',
    [
      ...users('system:kube-controller-manager'),
      ...systemAccounts('endpoint-controller', 'endpointslicemirroring-controller'),
    ],
    {
      resourceRules: [{ verbs: LEADER_VERBS, apiGroups: [''], resources: ['endpoints'], namespaces: ['*'] }],
    },
  ),
  schema('workload-leader-election', 'leader-election', 200, 'ByUser', systemAccounts('*'), { resourceRules: leases }),
  schema('system-node-high', 'node-high', 400, 'ByUser', groups('system:nodes'), {
    resourceRules: [
      { verbs: ['*'], apiGroups: [''], resources: ['nodes', 'nodes/status'], clusterScope: true, namespaces: ['*'] },
      { verbs: ['*'], apiGroups: ['coordination.k8s.io'], resources: ['leases'], namespaces: ['*'] },
    ],
  }),
  schema('system-nodes', 'system', 500, 'ByUser', groups('system:nodes')),
  schema('kube-controller-manager', 'workload-high', 800, 'ByNamespace', users('system:kube-controller-manager')),
  schema('kube-scheduler', 'workload-high', 800, 'ByNamespace', users('system:kube-scheduler')),
  schema('kube-system-service-accounts', 'workload-high', 900, 'ByNamespace', systemAccounts('*')),
  schema('service-accounts', 'workload-low', 9000, 'ByUser', groups('system:serviceaccounts')),
  schema('global-default', 'global-default', 9900, 'ByUser', BOTH),
  schema('catch-all', 'catch-all', 10000, 'ByUser', BOTH),
];

/** Writes what is missing of both kinds. */
export async function ensureFlowControl(client: Client): Promise<void> {
  await Promise.all([
    ensureAll(client, Resources.priorityLevelConfigurations, priorityLevels),
    ensureAll(client, Resources.flowSchemas, flowSchemas),
  ]);
}
