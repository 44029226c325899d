import { type Draft, type Pod, Resources, type RuntimeClass, semanticEqual } from '@steersman/api';
import type { AdmissionPlugin, AdmissionRequest } from './contract.ts';
import { find, forbidden, isWriteOf } from './request.ts';

/** Pods of a runtime class get its overhead, and run where it runs (KEP-585, KEP-688). */
export const runtimeClass: AdmissionPlugin = {
  name: 'RuntimeClass',
  handles: (request) => isWriteOf(request, '/pods', 'create'),
  async mutate(request) {
    const pod = request.object as Draft<Pod>;
    const name = pod.spec.runtimeClassName;
    if (!name) return;
    const found = await find(request, Resources.runtimeClasses, { name });
    if (found === undefined) throw forbidden(request, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`);
    applyOverhead(request, pod, found);
    applyScheduling(request, pod, found);
  },
};

function applyOverhead(request: AdmissionRequest, pod: Draft<Pod>, { overhead }: RuntimeClass): void {
  if (overhead === undefined) return;
  const fixed = overhead.podFixed ?? {};
  if (pod.spec.overhead !== undefined && !semanticEqual(pod.spec.overhead, fixed)) {
    throw forbidden(request, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
  }
  pod.spec.overhead = { ...fixed };
}

function applyScheduling(request: AdmissionRequest, pod: Draft<Pod>, { scheduling }: RuntimeClass): void {
  for (const [key, value] of Object.entries(scheduling?.nodeSelector ?? {})) {
    const own = pod.spec.nodeSelector?.[key];
    if (own !== undefined && own !== value) {
      throw forbidden(
        request,
        `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`,
      );
    }
    pod.spec.nodeSelector = { ...pod.spec.nodeSelector, [key]: value };
  }
  const added = (scheduling?.tolerations ?? []).filter(
    (toleration) => !(pod.spec.tolerations ?? []).some((own) => semanticEqual(own, toleration)),
  );
  if (added.length > 0)
    pod.spec.tolerations = [...(pod.spec.tolerations ?? []), ...added.map((toleration) => ({ ...toleration }))];
}
