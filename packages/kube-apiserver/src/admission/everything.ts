/** Plugins about requests as such, whatever their kind. */
import type { Service } from '@steersman/api';
import { errors, isAlreadyExists, Resources } from '@steersman/api';
import type { AdmissionPlugin, AdmissionRequest } from './contract.ts';
import { find, forbidden, isWriteOf } from './request.ts';

/** Nothing is refused; kept for the flags of old clusters. */
export const alwaysAdmit: AdmissionPlugin = { name: 'AlwaysAdmit', handles: () => false };

/** Everything is refused. */
export const alwaysDeny: AdmissionPlugin = {
  name: 'AlwaysDeny',
  handles: () => true,
  async validate(request) {
    throw forbidden(request, 'admission control is denying all modifications');
  },
};

const inNamespace = ({ resource, namespace }: AdmissionRequest) =>
  namespace !== '' && !(resource.plural === 'namespaces' && resource.group === '');

/** Namespaces come into being when something is created in them. */
export const namespaceAutoProvision: AdmissionPlugin = {
  name: 'NamespaceAutoProvision',
  handles: (request) => inNamespace(request) && request.operation === 'create' && !request.dryRun,
  async mutate(request) {
    const { client, namespace } = request;
    if ((await find(request, Resources.namespaces, { name: namespace })) !== undefined) return;
    const made = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace }, spec: {} };
    await client
      .resource(Resources.namespaces)
      .create(made)
      .catch((error: unknown) => {
        if (!isAlreadyExists(error)) throw error;
      });
  },
};

/** Nothing is done in namespaces that do not exist. */
export const namespaceExists: AdmissionPlugin = {
  name: 'NamespaceExists',
  handles: inNamespace,
  async validate(request) {
    const { namespace } = request;
    if ((await find(request, Resources.namespaces, { name: namespace })) === undefined)
      throw errors.notFound({ group: '', resource: 'namespaces' }, namespace);
  },
};

/** Services get no new external addresses. */
export const denyServiceExternalIPs: AdmissionPlugin = {
  name: 'DenyServiceExternalIPs',
  handles: (request) => isWriteOf(request, '/services', 'create', 'update'),
  async validate(request) {
    const now = (request.object as Service).spec.externalIPs ?? [];
    const before = new Set((request.oldObject as Service | undefined)?.spec.externalIPs ?? []);
    if (now.some((address) => !before.has(address)))
      throw forbidden(request, 'Use of external IPs is denied by admission control.');
  },
};
