/** Subresources of pods that write a part of the pod: the rest stays as it is stored, whatever is sent. */
import { type Draft, errors, type FieldError, type Pod, Resources } from '@steersman/api';
import type { SubresourceHandler } from '../registry/subresource-contract.ts';
import { bumpGeneration } from '../resources/preparation.ts';
import { updateOptions } from './update-options.ts';

/** Takes the part from the body into the draft, and says what is wrong with the result. */
export type PodPart = (draft: Draft<Pod>, body: Draft<Pod>, old: Pod) => readonly FieldError[];

export function podPart(subresource: string, take: PodPart): SubresourceHandler {
  return {
    group: '',
    resource: 'pods',
    subresource,
    accepts: { group: '', version: 'v1', kind: 'Pod' },
    verbs: ['get', 'update'],
    async handle(request) {
      const { registry, namespace, name, verb } = request;
      const key = { namespace, name };
      if (verb === 'get') return { object: await registry.get(Resources.pods, key) };
      const body = request.body as Draft<Pod>;
      const edit = (draft: Draft<Pod>, old: Pod) => {
        const problems = take(draft, body, old);
        if (problems.length > 0) throw errors.invalid({ group: '', kind: 'Pod' }, name, problems);
        bumpGeneration(draft, old);
      };
      const object = await registry.update(Resources.pods, key, edit, updateOptions(request, body.metadata));
      return { object };
    },
  };
}
