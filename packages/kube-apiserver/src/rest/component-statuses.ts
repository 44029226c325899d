/**
 * ComponentStatuses: never stored, made when asked for. Deprecated since v1.19, but `kubectl get cs` is still typed.
 */
import { type ComponentStatus, type KubeObject, parseTime, Resources } from '@steersman/api';
import { type Outcome, sendJsonValue } from '../pipeline/exchange.ts';
import type { Column } from '../registry/contract.ts';
import { notFound } from '../registry/engine.ts';
import { tableOf } from '../tables/table.ts';
import { wantedBy } from './negotiate.ts';
import { sendValue, tableOptions } from './render.ts';
import type { ResourceRequest, RestContext } from './rest-context.ts';

/** Components that hold a lease while they work, by upstream's names for their status. */
const LEASES: readonly (readonly [name: string, lease: string])[] = [
  ['controller-manager', 'kube-controller-manager'],
  ['scheduler', 'kube-scheduler'],
];

const healthy = (object: KubeObject) => (object as ComponentStatus).conditions?.find(({ type }) => type === 'Healthy');
const COLUMNS: readonly Column<KubeObject>[] = [
  {
    name: 'Name',
    type: 'string',
    format: 'name',
    description: 'Name of the component.',
    value: ({ metadata }) => metadata.name ?? '',
  },
  {
    name: 'Status',
    type: 'string',
    description: 'Healthy or Unhealthy.',
    value: (object) => (healthy(object)?.status === 'True' ? 'Healthy' : 'Unhealthy'),
  },
  {
    name: 'Message',
    type: 'string',
    description: 'What the check said.',
    value: (object) => healthy(object)?.message ?? '',
  },
  { name: 'Error', type: 'string', description: 'What is wrong.', value: (object) => healthy(object)?.error ?? '' },
];

/** Answers get and list. */
export async function answerComponentStatuses(rest: RestContext, request: ResourceRequest): Promise<Outcome> {
  const { exchange, resource, name } = request;
  const all = await componentStatuses(rest);
  const wanted = wantedBy(exchange.request);
  const chosen = name === '' ? all : all.filter(({ metadata }) => metadata.name === name);
  if (name !== '' && chosen[0] === undefined) throw notFound(resource, name);
  if (wanted.view === 'Table') {
    const shown = { ...resource, main: { ...resource.main, strategy: { ...resource.strategy, columns: COLUMNS } } };
    const options = tableOptions(exchange, new URLSearchParams(exchange.request.query), wanted);
    sendJsonValue(exchange, 200, tableOf(shown, chosen, options));
  } else if (name === '') {
    const items = chosen.map(({ kind: _kind, apiVersion: _apiVersion, ...rest }) => rest);
    const list = { kind: 'ComponentStatusList', apiVersion: 'v1', metadata: {}, items };
    sendValue(exchange, 200, list, wanted);
  } else sendValue(exchange, 200, chosen[0]!, wanted);
  return 'answered';
}

/** The store is asked; the others are judged by their leases, and left out where they hold none. */
async function componentStatuses({ client, storage, effects }: RestContext): Promise<readonly ComponentStatus[]> {
  const now = effects.clock.now();
  const found: ComponentStatus[] = [];
  for (const [name, leaseName] of LEASES) {
    const lease = await client.resource(Resources.leases).find({ namespace: 'kube-system', name: leaseName });
    if (lease?.spec?.renewTime === undefined) continue;
    const late = now - parseTime(lease.spec.renewTime) > (lease.spec.leaseDurationSeconds ?? 15) * 1000;
    found.push(statusOf(name, late ? `the lease kube-system/${leaseName} has run out` : undefined));
  }
  const problem = await storage.currentRevision().then(
    () => undefined,
    (error: unknown) => String(error),
  );
  return [...found, statusOf('etcd-0', problem)];
}

function statusOf(name: string, error: string | undefined): ComponentStatus {
  const condition = error === undefined ? { status: 'True', message: 'ok' } : { status: 'False', error };
  return {
    kind: 'ComponentStatus',
    apiVersion: 'v1',
    metadata: { name },
    conditions: [{ type: 'Healthy', ...condition }],
  };
}
