/** All containers of a pod spec with their paths, in upstream's order: init, regular, ephemeral. */
import type { Container, FieldPath, PodSpec } from '@steersman/api';

export type AnyContainer = Omit<Container, 'restartPolicy'>;
const LISTS = ['initContainers', 'containers', 'ephemeralContainers'] as const;

export function containersWithPaths(
  spec: PodSpec,
  at: FieldPath,
): { readonly container: AnyContainer; readonly at: FieldPath }[] {
  return LISTS.flatMap((list) =>
    (spec[list] ?? []).map((container, index) => ({ container, at: at.child(list).index(index) })),
  );
}
