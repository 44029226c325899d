/** Which updates of a pod can change the verdict about it. */
import type { Pod } from '@steersman/api';

const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP_PREFIX = 'container.seccomp.security.alpha.kubernetes.io/';

type Part = Pick<Pod, 'metadata' | 'spec'>;
type Named = { readonly name: string; readonly image?: string | undefined };

export function isSignificantChange(pod: Part, old: Part): boolean {
  const differs = (container: Named, before: Named | undefined) =>
    before === undefined ||
    container.image !== before.image ||
    annotation(pod, SECCOMP_PREFIX + container.name) !== annotation(old, SECCOMP_PREFIX + container.name);
  const listDiffers = (now: readonly Named[] = [], before: readonly Named[] = []) =>
    now.length !== before.length || now.some((container, index) => differs(container, before[index]));
  return (
    annotation(pod, SECCOMP_POD) !== annotation(old, SECCOMP_POD) ||
    listDiffers(pod.spec.containers, old.spec.containers) ||
    listDiffers(pod.spec.initContainers, old.spec.initContainers) ||
    (pod.spec.ephemeralContainers ?? []).some((container) =>
      differs(
        container,
        old.spec.ephemeralContainers?.find(({ name }) => name === container.name),
      ),
    )
  );
}

function annotation({ metadata }: Part, key: string): string {
  return metadata.annotations?.[key] ?? '';
}
