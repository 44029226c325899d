/** Hand-written REST endpoints: subresources that are no view of their parent, and resources that are never stored. */
import type { ExtensionDependencies, SubresourceHandler } from '../registry/subresource-contract.ts';
import { accessReviews } from './access-review.ts';
import { bindings, podBinding } from './binding.ts';
import { certificateApproval } from './certificate-approval.ts';
import { ephemeralContainers } from './ephemeral-containers.ts';
import { podEviction } from './eviction.ts';
import { namespaceFinalize } from './namespace-finalize.ts';
import { podResize } from './resize.ts';
import { scaleHandlers } from './scale.ts';
import { serviceAccountToken } from './service-account-token.ts';
import { selfSubjectReviews, tokenReviews } from './token-review.ts';

export function subresourceHandlers(dependencies: ExtensionDependencies): readonly SubresourceHandler[] {
  return [
    bindings,
    podBinding,
    podEviction,
    ephemeralContainers,
    podResize,
    ...scaleHandlers,
    namespaceFinalize,
    certificateApproval,
    serviceAccountToken(dependencies.tokenIssuer),
    tokenReviews(dependencies.authenticateToken),
    selfSubjectReviews,
    ...accessReviews(dependencies),
  ];
}
