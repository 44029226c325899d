/** The mandatory and suggested objects of API priority and fairness, as of v1.36. */
import {
  type FlowSchema,
  ignoreNotFound,
  type PriorityLevelConfiguration,
  Resources,
  type ResourceType,
  semanticEqual,
} from '@steersman/api';
import type { Client } from '@steersman/client';
import type { Effects } from '@steersman/machinery';
import { ensureAll } from './ensure.ts';

const API_VERSION = 'flowcontrol.apiserver.k8s.io/v1';
/** Whether the spec follows the defaults of the server. */
const AUTO_UPDATE = 'apf.kubernetes.io/autoupdate-spec';
const METADATA = { annotations: { [AUTO_UPDATE]: 'true' } };
type Rules = NonNullable<NonNullable<FlowSchema['spec']>['rules']>[number];
type Subjects = Rules['subjects'];

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
    [...users('system:kube-controller-manager', 'system:kube-scheduler'), ...systemAccounts('*')],
    {
      resourceRules: [
        {
          verbs: ['get', 'create', 'update'],
          apiGroups: ['coordination.k8s.io'],
          resources: ['leases'],
          namespaces: ['*'],
        },
      ],
    },
  ),
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

/** Of each kind, the first and the last are mandatory: whatever people do to them is undone. */
const MANDATORY: ReadonlySet<string | undefined> = new Set(['exempt', 'catch-all']);
/** How often what people changed is looked at again. */
const ENSURE_EVERY_MS = 60_000;

/** Writes what is missing of both kinds, and what has changed of those that follow the defaults. */
export async function ensureFlowControl(client: Client): Promise<void> {
  await Promise.all([
    ensureAll(client, Resources.flowSchemas, flowSchemas, reconciledFlowObject),
    ensureAll(client, Resources.priorityLevelConfigurations, priorityLevels, reconciledFlowObject),
  ]);
  await removeFormer(client, Resources.flowSchemas, flowSchemas);
  await removeFormer(client, Resources.priorityLevelConfigurations, priorityLevels);
}

/** Does the same again every minute until the signal aborts. */
export async function keepFlowControl(
  client: Client,
  { clock, log }: Pick<Effects, 'clock' | 'log'>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await clock.sleep(ENSURE_EVERY_MS, signal);
      await ensureFlowControl(client);
    } catch (error) {
      if (signal.aborted) return;
      log.warn('the defaults of API priority and fairness could not be written and will be again', {
        error: String(error),
      });
    }
  }
}

type FlowObject = FlowSchema | PriorityLevelConfiguration;

/**
 * The existing object as it should be; undefined when it is. The annotation says whether its spec follows the defaults;
 * without one, a spec that nobody has changed does.
 */
export function reconciledFlowObject<T extends FlowObject>(existing: T, wanted: T): T | undefined {
  const { metadata } = existing;
  const said = booleanOf(metadata.annotations?.[AUTO_UPDATE]);
  const follows = MANDATORY.has(metadata.name) || (said ?? metadata.generation === 1);
  const spec = follows ? wanted.spec : existing.spec;
  if (said === follows && semanticEqual(spec, existing.spec)) return undefined;
  const annotations = said === follows ? {} : { [AUTO_UPDATE]: String(follows) };
  return { ...existing, metadata: { ...metadata, annotations: { ...metadata.annotations, ...annotations } }, spec };
}

/** As Go reads it. */
function booleanOf(text: string | undefined): boolean | undefined {
  if (/^(1|t|T|true|TRUE|True)$/.test(text ?? '')) return true;
  return /^(0|f|F|false|FALSE|False)$/.test(text ?? '') ? false : undefined;
}

/** Defaults of an earlier release that nobody has claimed. */
async function removeFormer<T extends FlowObject>(
  client: Client,
  type: ResourceType<T>,
  wanted: readonly T[],
): Promise<void> {
  const names = new Set(wanted.map(({ metadata }) => metadata.name));
  const { items } = await client.resource(type).list();
  for (const { metadata } of items) {
    if (names.has(metadata.name) || booleanOf(metadata.annotations?.[AUTO_UPDATE]) !== true) continue;
    await client
      .resource(type)
      .delete({ name: metadata.name ?? '' })
      .catch(ignoreNotFound);
  }
}
