/** Hand-written REST endpoints: subresources that are no view of their parent, and resources that are never stored. */
import type { ExtensionDependencies, SubresourceHandler } from '../registry/subresource-contract.ts';

export function subresourceHandlers(_dependencies: ExtensionDependencies): readonly SubresourceHandler[] {
  return [];
}
