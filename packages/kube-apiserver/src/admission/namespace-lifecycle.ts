import { ApiError, errors, type Namespace, Resources } from '@steersman/api';
import type { AdmissionPlugin, AdmissionRequest } from './contract.ts';
import { find, forbidden, nameOf } from './request.ts';

/** Namespaces that the system lives in. */
const KEPT = new Set(['default', 'kube-system', 'kube-public']);

/** Nothing is created in a namespace that does not exist or is being emptied; the system's namespaces stay. */
export const namespaceLifecycle: AdmissionPlugin = {
  name: 'NamespaceLifecycle',
  handles: ({ resource, operation }) => {
    if (resource.plural === 'namespaces' && resource.group === '') return operation === 'delete';
    return resource.namespaced && operation !== 'delete' && resource.plural !== 'localsubjectaccessreviews';
  },
  async mutate(request) {
    await check(request);
  },
  async validate(request) {
    if (request.operation === 'delete' && KEPT.has(nameOf(request)))
      throw forbidden(request, 'this namespace may not be deleted');
  },
};

async function check(request: AdmissionRequest): Promise<void> {
  const { namespace, operation } = request;
  if (operation === 'delete') return;
  const found: Namespace | undefined = await find(request, Resources.namespaces, { name: namespace });
  if (found === undefined) throw errors.notFound({ group: '', resource: 'namespaces' }, namespace);
  const terminating = found.status?.phase === 'Terminating' || found.metadata.deletionTimestamp !== undefined;
  if (operation !== 'create' || !terminating) return;
  const { status } = forbidden(
    request,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
  );
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  };
  throw new ApiError({ ...status, details: { ...status.details, causes: [...(status.details?.causes ?? []), cause] } });
}
