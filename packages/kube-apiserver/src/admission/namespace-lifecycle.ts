import { ApiError, errors, type Namespace, Resources } from '@steersman/api';
import type { ExtensionDependencies } from '../registry/subresource-contract.ts';
import type { AdmissionPlugin, AdmissionRequest } from './contract.ts';
import { find, forbidden, nameOf } from './request.ts';

/** Namespaces that the system lives in. */
const KEPT = new Set(['default', 'kube-system', 'kube-public']);

/** Nothing is created in a namespace that does not exist or is being emptied; the system's namespaces stay. */
export function namespaceLifecycle({ shown }: Pick<ExtensionDependencies, 'shown'>): AdmissionPlugin {
  return {
    name: 'NamespaceLifecycle',
    handles: ({ resource, operation }) => {
      if (resource.plural === 'namespaces' && resource.group === '') return operation === 'delete';
      return resource.namespaced && operation !== 'delete' && resource.plural !== 'localsubjectaccessreviews';
    },
    mutate(request) {
      if (request.operation === 'delete') return undefined;
      // As upstream: what the cache shows lets pass; only to refuse, the store is asked.
      const known = shown(Resources.namespaces, { name: request.namespace });
      return known !== undefined && isOpen(known, request) ? undefined : check(request);
    },
    validate(request) {
      if (request.operation === 'delete' && KEPT.has(nameOf(request)))
        throw forbidden(request, 'this namespace may not be deleted');
      return undefined;
    },
  };
}

function isOpen({ status, metadata }: Namespace, { operation }: AdmissionRequest): boolean {
  return operation !== 'create' || (status?.phase !== 'Terminating' && metadata.deletionTimestamp === undefined);
}

async function check(request: AdmissionRequest): Promise<void> {
  const { namespace } = request;
  const found: Namespace | undefined = await find(request, Resources.namespaces, { name: namespace });
  if (found === undefined) throw errors.notFound({ group: '', resource: 'namespaces' }, namespace);
  if (isOpen(found, request)) return;
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
