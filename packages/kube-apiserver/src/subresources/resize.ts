/** pods/resize: changes what running containers may use (KEP-1287). */
import {
  type Container,
  type Draft,
  errors,
  type FieldError,
  fieldErrors,
  type Pod,
  path,
  Resources,
} from '@steersman/api';
import type { SubresourceHandler } from '../registry/subresource-contract.ts';
import { qosClassOf } from '../resources/pod-spec/qos.ts';
import { validateResourceRequirements } from '../resources/pod-spec/quantities.ts';

const SPEC = path('spec');
const RESIZABLE = new Set(['cpu', 'memory']);
type Amounts = Readonly<Record<string, string>> | undefined;

export const podResize: SubresourceHandler = {
  group: '',
  resource: 'pods',
  subresource: 'resize',
  accepts: { group: '', version: 'v1', kind: 'Pod' },
  verbs: ['get', 'update'],
  async handle(request) {
    const { registry, namespace, name, verb } = request;
    if (verb === 'get') return { object: await registry.get(Resources.pods, { namespace, name }) };
    const body = request.body as Draft<Pod>;
    const { resourceVersion } = body.metadata;
    const object = await registry.update(
      Resources.pods,
      { namespace, name },
      (draft, old) => {
        const problems = applyResources(draft, body);
        if (qosClassOf(draft.spec as Pod['spec']) !== qosClassOf(old.spec)) {
          problems.push(
            fieldErrors.invalid(
              SPEC,
              qosClassOf(draft.spec as Pod['spec']),
              'Pod QOS Class may not change as a result of resizing',
            ),
          );
        }
        if (problems.length > 0) throw errors.invalid({ group: '', kind: 'Pod' }, name, problems);
      },
      { context: request, view: 'none', ...(resourceVersion ? { resourceVersion } : {}) },
    );
    return { object };
  },
};

/** Copies requests and limits container by container; only cpu and memory can change while a container runs. */
function applyResources(draft: Draft<Pod>, body: Draft<Pod>): FieldError[] {
  return (['containers', 'initContainers'] as const).flatMap((list) => {
    const wanted = new Map((body.spec[list] ?? []).map((container) => [container.name, container]));
    return (draft.spec[list] ?? []).flatMap((container, index) => {
      const at = SPEC.child(list).index(index).child('resources');
      const resources = wanted.get(container.name)?.resources;
      if (resources === undefined) return [];
      const fixed = fixedChanges(container, resources);
      container.resources = structuredClone(resources);
      return [
        ...fixed.map((name) => fieldErrors.forbidden(at, `only cpu and memory resources are mutable, ${name} is not`)),
        ...validateResourceRequirements(container.resources, at),
      ];
    });
  });
}

function fixedChanges(container: Draft<Container>, resources: NonNullable<Draft<Container>['resources']>): string[] {
  const changed = (now: Amounts, before: Amounts) =>
    [...new Set([...Object.keys(now ?? {}), ...Object.keys(before ?? {})])].filter(
      (name) => !RESIZABLE.has(name) && now?.[name] !== before?.[name],
    );
  return [
    ...new Set([
      ...changed(resources.limits, container.resources?.limits),
      ...changed(resources.requests, container.resources?.requests),
    ]),
  ];
}
