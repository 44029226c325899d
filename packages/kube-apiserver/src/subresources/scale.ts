/** The scale subresource of every kind that has replicas: one shape for all of them (autoscaling/v1). */
import {
  type Draft,
  errors,
  fieldErrors,
  type KubeObject,
  type LabelSelector,
  labelSelectorMatcher,
  mapSelectorMatcher,
  ownersAfterScale,
  path,
  Resources,
  type ResourceType,
  type Scale,
  scaleOwners,
} from '@steersman/api';
import type { SubresourceHandler } from '../registry/subresource-contract.ts';
import { preconditionsOf } from './update-options.ts';

interface Scalable extends KubeObject {
  readonly spec: { readonly replicas?: number | undefined; readonly selector?: unknown };
  readonly status?: { readonly replicas?: number | undefined } | undefined;
}

export const scaleHandlers: readonly SubresourceHandler[] = [
  scaleHandler(Resources.deployments as ResourceType<Scalable>),
  scaleHandler(Resources.replicaSets as ResourceType<Scalable>),
  scaleHandler(Resources.statefulSets as ResourceType<Scalable>),
  scaleHandler(Resources.replicationControllers as ResourceType<Scalable>),
];

function scaleHandler(type: ResourceType<Scalable>): SubresourceHandler {
  return {
    group: type.group,
    resource: type.plural,
    subresource: 'scale',
    accepts: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
    verbs: ['get', 'update'],
    ownership: 'own',
    async handle(request) {
      const { registry, namespace, name, verb } = request;
      if (verb === 'get') return { object: scaleOf(await registry.get(type, { namespace, name })) };
      const scale = request.body as Draft<Scale>;
      const replicas = scale.spec?.replicas ?? 0;
      refuseNegative(replicas, name);
      const { managedFields } = scale.metadata;
      const apiVersion = type.group === '' ? type.version : `${type.group}/${type.version}`;
      const updated = await registry.update(
        type,
        { namespace, name },
        (draft, old) => {
          draft.spec.replicas = replicas;
          const owners = ownersAfterScale(old.metadata.managedFields, managedFields, apiVersion);
          draft.metadata.managedFields = owners as never;
        },
        { context: request, view: 'main', ...preconditionsOf(scale.metadata) },
      );
      return { object: scaleOf(updated) };
    },
  };
}

function refuseNegative(replicas: number, name: string): void {
  if (replicas >= 0) return;
  const problem = fieldErrors.invalid(path('spec', 'replicas'), replicas, 'must be greater than or equal to 0');
  throw errors.invalid({ group: 'autoscaling', kind: 'Scale' }, name, [problem]);
}

function scaleOf({ metadata, spec, status }: Scalable): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      name,
      namespace,
      uid,
      resourceVersion,
      creationTimestamp,
      managedFields: scaleOwners(metadata.managedFields),
    },
    spec: { replicas: spec.replicas ?? 0 },
    status: { replicas: status?.replicas ?? 0, selector: selectorText(spec.selector) },
  };
}

/** Old kinds have a plain map, newer ones a selector with expressions. */
function selectorText(selector: unknown): string {
  if (selector === undefined || selector === null) return '';
  const isModern = typeof selector === 'object' && ('matchLabels' in selector || 'matchExpressions' in selector);
  return isModern
    ? labelSelectorMatcher(selector as LabelSelector).toString()
    : mapSelectorMatcher(selector as Record<string, string>).toString();
}
