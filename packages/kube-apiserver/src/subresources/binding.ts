/** pods/binding, and the older bindings: puts a pod on a node, once. */
import { type Binding, type Draft, errors, fieldErrors, formatTime, type Pod, path, Resources } from '@steersman/api';
import type { SubresourceAnswer, SubresourceHandler, SubresourceRequest } from '../registry/subresource-contract.ts';
import { success } from './success.ts';
import { preconditionsOf } from './update-options.ts';

const ACCEPTS = { group: '', version: 'v1', kind: 'Binding' };

export const podBinding: SubresourceHandler = {
  group: '',
  resource: 'pods',
  subresource: 'binding',
  accepts: ACCEPTS,
  verbs: ['create'],
  handle: (request) => bind(request, request.name),
};

export const bindings: SubresourceHandler = {
  group: '',
  resource: 'bindings',
  subresource: '',
  accepts: ACCEPTS,
  verbs: ['create'],
  handle: (request) => bind(request, request.body?.metadata.name ?? ''),
};

async function bind(request: SubresourceRequest, name: string): Promise<SubresourceAnswer> {
  const binding = request.body as Draft<Binding>;
  refuseMalformed(binding, name);
  if (request.dryRun) return success();
  const { annotations, labels } = binding.metadata;
  const now = formatTime(request.clock.now());
  await request.registry.update(
    Resources.pods,
    { namespace: request.namespace, name },
    (pod) => {
      refuseUnbindable(pod, name);
      pod.spec.nodeName = binding.target.name ?? '';
      if (annotations !== undefined) pod.metadata.annotations = { ...pod.metadata.annotations, ...annotations };
      if (labels !== undefined) pod.metadata.labels = { ...pod.metadata.labels, ...labels };
      markScheduled(pod, now);
    },
    { context: request, view: 'none', ...preconditionsOf(binding.metadata) },
  );
  return success();
}

function refuseMalformed({ target }: Draft<Binding>, name: string): void {
  const at = path('target');
  const problems = [
    ...(target?.kind && target.kind !== 'Node'
      ? [fieldErrors.notSupported(at.child('kind'), target.kind, ['Node', '<empty>'])]
      : []),
    ...(target?.name ? [] : [fieldErrors.required(at.child('name'), '')]),
  ];
  if (problems.length > 0) throw errors.invalid({ group: '', kind: 'Binding' }, name, problems);
}

function refuseUnbindable(pod: Draft<Pod>, name: string): void {
  const conflict = (why: string) => errors.conflict({ group: '', resource: 'pods/binding' }, name, why);
  if (pod.metadata.deletionTimestamp) throw conflict(`pod ${name} is being deleted, cannot be assigned to a host`);
  if (pod.spec.nodeName) throw conflict(`pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`);
  if ((pod.spec.schedulingGates ?? []).length > 0) throw conflict(`pod ${name} has non-empty .spec.schedulingGates`);
}

function markScheduled(pod: Draft<Pod>, now: string): void {
  const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== 'PodScheduled');
  const observedGeneration = pod.metadata.generation;
  const scheduled = {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null as never,
    lastTransitionTime: now,
    ...(observedGeneration === undefined ? {} : { observedGeneration }),
  };
  pod.status = { ...pod.status, conditions: [...others, scheduled] };
  // The preemptor's claim is settled: the pod has its node.
  delete pod.status.nominatedNodeName;
}
