/** pods/resize: changes what running containers may use (KEP-1287). */
import { type Draft, errors, type Pod, Resources } from '@steersman/api';
import type { SubresourceHandler } from '../registry/subresource-contract.ts';
import { defaultPod } from '../resources/pod-spec/defaults.ts';
import { applyResize, validatePodResize } from '../resources/pod-spec/resize.ts';

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
        applyResize(draft, body as Pod);
        defaultPod(draft.spec);
        const problems = validatePodResize(draft as Pod, old);
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
