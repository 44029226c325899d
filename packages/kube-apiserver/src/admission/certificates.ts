/** Who may decide, sign and attest for which signer, and what client certificates nobody may ask for. */
import {
  type CertificateSigningRequest,
  errors,
  Resources,
  semanticEqual,
  type V1beta1ClusterTrustBundle,
} from '@steersman/api';
import type { Authorizer } from '../authorization/contract.ts';
import { organizationsOf } from './certificate-request.ts';
import type { AdmissionPlugin, AdmissionRequest } from './contract.ts';
import { find, forbidden, isWriteOf } from './request.ts';

const GROUP = 'certificates.k8s.io';
const REQUESTS = 'certificatesigningrequests';
const CLIENT_SIGNER = 'kubernetes.io/kube-apiserver-client';
const MASTERS = 'system:masters';

/** Approving takes the verb `approve` on the signer. */
export function certificateApproval(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'CertificateApproval',
    handles: (request) => isUpdateOf(request, 'approval'),
    async validate(request) {
      const stored = await find(request, Resources.certificateSigningRequests, { name: request.name });
      if (stored === undefined) throw errors.notFound({ group: GROUP, resource: REQUESTS }, request.name);
      const { signerName } = stored.spec;
      if (await mayUse(authorizer, request, 'approve', signerName)) return;
      throw forbidden(request, `user not permitted to approve requests with signerName ${JSON.stringify(signerName)}`);
    },
  };
}

/** Writing a certificate, or a condition, takes the verb `sign` on the signer. */
export function certificateSigning(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'CertificateSigning',
    handles: (request) => isUpdateOf(request, 'status'),
    async validate(request) {
      const { status: now } = request.object as CertificateSigningRequest;
      const { spec, status: before } = request.oldObject as CertificateSigningRequest;
      const unchanged =
        now?.certificate === before?.certificate && semanticEqual(now?.conditions ?? [], before?.conditions ?? []);
      if (unchanged || (await mayUse(authorizer, request, 'sign', spec.signerName))) return;
      throw forbidden(
        request,
        `user not permitted to sign requests with signerName ${JSON.stringify(spec.signerName)}`,
      );
    },
  };
}

/** Nobody becomes a master by a certificate of the API server's client signer. */
export const certificateSubjectRestriction: AdmissionPlugin = {
  name: 'CertificateSubjectRestriction',
  handles: (request) => isWriteOf(request, `${GROUP}/${REQUESTS}`, 'create'),
  async validate(request) {
    const { spec } = request.object as CertificateSigningRequest;
    if (spec.signerName !== CLIENT_SIGNER) return;
    if (organizationsOf(Buffer.from(spec.request, 'base64').toString()).includes(MASTERS))
      throw forbidden(request, `use of ${CLIENT_SIGNER} signer with ${MASTERS} group is not allowed`);
  },
};

/** Publishing roots in the name of a signer takes the verb `attest` on it. */
export function clusterTrustBundleAttest(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'ClusterTrustBundleAttest',
    handles: (request) => isWriteOf(request, `${GROUP}/clustertrustbundles`, 'create', 'update'),
    async validate(request) {
      type Bundle = Pick<V1beta1ClusterTrustBundle, 'metadata' | 'spec'>;
      const { spec } = request.object as unknown as Bundle;
      const before = (request.oldObject as unknown as Bundle | undefined)?.spec;
      const signer = spec.signerName ?? '';
      if (signer === '' || (before !== undefined && semanticEqual(before, spec))) return;
      if (await mayUse(authorizer, request, 'attest', signer)) return;
      throw forbidden(request, `user not permitted to attest for signerName ${JSON.stringify(signer)}`);
    },
  };
}

function isUpdateOf({ resource, operation, subresource }: AdmissionRequest, wanted: string): boolean {
  return subresource === wanted && operation === 'update' && resource.group === GROUP && resource.plural === REQUESTS;
}

/** The right to one signer, or to all of its domain. */
async function mayUse(
  authorizer: Authorizer,
  { user }: AdmissionRequest,
  verb: string,
  signer: string,
): Promise<boolean> {
  const domain = signer.slice(0, signer.indexOf('/'));
  for (const name of [signer, `${domain}/*`]) {
    const resource = { group: GROUP, version: '*', resource: 'signers', subresource: '', namespace: '', name };
    const decision = await authorizer.authorize({ user, verb, resource });
    if (decision.kind === 'allow') return true;
  }
  return false;
}
