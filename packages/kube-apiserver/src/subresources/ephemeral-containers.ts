/** pods/ephemeralcontainers: adds debugging containers to a running pod (KEP-277). */
import { type Draft, errors, type Pod, Resources } from '@steersman/api';
import type { SubresourceHandler } from '../registry/subresource-contract.ts';
import { defaultPodSpec } from '../resources/pod-spec/defaults.ts';
import { validateEphemeralContainersUpdate } from '../resources/pod-spec/ephemeral.ts';

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
        const problems = validateEphemeralContainersUpdate(draft as Pod, old);
        if (problems.length > 0) throw errors.invalid({ group: '', kind: 'Pod' }, name, problems);
      },
      {
        context: request,
        view: 'none',
        tracking: request.tracking,
        owners: request.owners,
        ...(resourceVersion ? { resourceVersion } : {}),
      },
    );
    return { object };
  },
};
