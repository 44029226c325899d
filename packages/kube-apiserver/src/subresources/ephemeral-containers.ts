/** pods/ephemeralcontainers: adds debugging containers to a running pod (KEP-277). */
import {
  type Draft,
  errors,
  type FieldError,
  fieldErrors,
  type Pod,
  path,
  Resources,
  semanticEqual,
} from '@steersman/api';
import type { SubresourceHandler } from '../registry/subresource-contract.ts';
import { validateEphemeralContainers } from '../resources/pod-spec/containers.ts';
import { defaultPodSpec } from '../resources/pod-spec/defaults.ts';

const SPEC = path('spec');

export const ephemeralContainers: SubresourceHandler = {
  group: '',
  resource: 'pods',
  subresource: 'ephemeralcontainers',
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
        draft.spec.ephemeralContainers = structuredClone(body.spec.ephemeralContainers ?? []);
        defaultPodSpec(draft.spec);
        const problems = [
          ...validateEphemeralContainers(draft.spec as Pod['spec'], SPEC),
          ...onlyAdded(draft as Pod, old),
        ];
        if (problems.length > 0) throw errors.invalid({ group: '', kind: 'Pod' }, name, problems);
      },
      { context: request, view: 'none', ...(resourceVersion ? { resourceVersion } : {}) },
    );
    return { object };
  },
};

/** What runs already neither changes nor goes. */
function onlyAdded(pod: Pod, old: Pod): FieldError[] {
  const at = SPEC.child('ephemeralContainers');
  const now = new Map((pod.spec.ephemeralContainers ?? []).map((container) => [container.name, container]));
  return (old.spec.ephemeralContainers ?? []).flatMap((before) => {
    const found = now.get(before.name);
    if (found === undefined)
      return [
        fieldErrors.forbidden(at, `existing ephemeral containers ${JSON.stringify(before.name)} may not be removed\n`),
      ];
    return semanticEqual(found, before)
      ? []
      : [
          fieldErrors.forbidden(
            at,
            `existing ephemeral containers ${JSON.stringify(before.name)} may not be changed\n`,
          ),
        ];
  });
}
