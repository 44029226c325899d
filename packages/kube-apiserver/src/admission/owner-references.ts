import { type KubeObject, type OwnerReference, parseApiVersion, resourceTable, semanticEqual } from '@steersman/api';
import type { Authorizer } from '../authorization/contract.ts';
import type { AdmissionPlugin, AdmissionRequest } from './contract.ts';
import { forbidden } from './request.ts';

/** Who makes an object go with another must be allowed to delete it, and who holds the other up, to change its finalizers. */
export function ownerReferencesPermissionEnforcement(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'OwnerReferencesPermissionEnforcement',
    handles: ({ operation, subresource }) =>
      (operation === 'create' || operation === 'update') && (subresource === '' || subresource === 'finalizers'),
    async validate(request) {
      const now = ownersOf(request.object);
      const before = ownersOf(request.oldObject);
      if (semanticEqual(now, before)) return;
      const { group, version, plural } = request.resource;
      const own = { group, version, resource: plural, subresource: '', namespace: request.namespace };
      // A new object may be deleted by whoever may delete all of its kind: its name may not be known yet.
      const name = request.oldObject === undefined ? '' : request.name;
      await require(authorizer, request, 'delete', {
        ...own,
        name,
      }, "cannot set an ownerRef on a resource you can't delete");
      for (const reference of newlyBlocking(now, before)) await checkBlocking(authorizer, request, reference);
    },
  };
}

function ownersOf(object: unknown): readonly OwnerReference[] {
  return (object as KubeObject | undefined)?.metadata?.ownerReferences ?? [];
}

function newlyBlocking(now: readonly OwnerReference[], before: readonly OwnerReference[]): readonly OwnerReference[] {
  return now.filter(
    ({ uid, blockOwnerDeletion }) =>
      blockOwnerDeletion === true && !before.some((old) => old.uid === uid && old.blockOwnerDeletion === true),
  );
}

async function checkBlocking(
  authorizer: Authorizer,
  request: AdmissionRequest,
  { apiVersion, kind, name }: OwnerReference,
): Promise<void> {
  const { group, version } = parseApiVersion(apiVersion);
  const rows = resourceTable.filter((row) => row.group === group && row.version === version && row.kind === kind);
  if (rows.length === 0)
    throw forbidden(
      request,
      `cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion ${apiVersion} Kind ${kind}: no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`,
    );
  for (const { plural, namespaced } of rows) {
    const resource = {
      group,
      version,
      resource: plural,
      subresource: 'finalizers',
      namespace: namespaced ? request.namespace : '',
      name,
    };
    const why = "cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on";
    await require(authorizer, request, 'update', resource, why);
  }
}

async function require(
  authorizer: Authorizer,
  request: AdmissionRequest,
  verb: string,
  resource: NonNullable<Parameters<Authorizer['authorize']>[0]['resource']>,
  why: string,
): Promise<void> {
  const decision = await authorizer.authorize({ user: request.user, verb, resource });
  if (decision.kind !== 'allow') throw forbidden(request, `${why}: ${decision.reason}, <nil>`);
}
