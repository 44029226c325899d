/** namespaces/finalize: takes finalizers off a namespace; without any left, it goes. */
import { type Draft, errors, type Namespace, Resources } from '@steersman/api';
import type { SubresourceHandler } from '../registry/subresource-contract.ts';
import { validateFinalizers } from '../resources/core/namespace.ts';
import { adoptMetadata } from './adopt-metadata.ts';
import { updateOptions } from './update-options.ts';

export const namespaceFinalize: SubresourceHandler = {
  group: '',
  resource: 'namespaces',
  subresource: 'finalize',
  accepts: { group: '', version: 'v1', kind: 'Namespace' },
  verbs: ['update'],
  async handle(request) {
    const body = request.body as Draft<Namespace>;
    const problems = validateFinalizers(body as Namespace);
    if (problems.length > 0) throw errors.invalid({ group: '', kind: 'Namespace' }, request.name, problems);
    const finalizers = body.spec?.finalizers ?? [];
    const object = await request.registry.update(
      Resources.namespaces,
      { name: request.name },
      (draft) => {
        draft.spec = { ...draft.spec, finalizers: [...finalizers] };
        adoptMetadata(draft.metadata, body.metadata);
      },
      updateOptions(request, body.metadata),
    );
    return { object };
  },
};
