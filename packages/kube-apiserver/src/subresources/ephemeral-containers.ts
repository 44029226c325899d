/** pods/ephemeralcontainers: adds debugging containers to a running pod (KEP-277). */
import type { Pod } from '@steersman/api';
import { defaultPodSpec } from '../resources/pod-spec/defaults.ts';
import { validateEphemeralContainersUpdate } from '../resources/pod-spec/ephemeral.ts';
import { podPart } from './pod-part.ts';

export const ephemeralContainers = podPart('ephemeralcontainers', (draft, body, old) => {
  draft.spec.ephemeralContainers = structuredClone(body.spec.ephemeralContainers ?? []);
  defaultPodSpec(draft.spec);
  return validateEphemeralContainersUpdate(draft as Pod, old);
});
