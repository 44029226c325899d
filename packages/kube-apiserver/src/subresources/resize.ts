/** pods/resize: changes what running containers may use (KEP-1287). */
import type { Pod } from '@steersman/api';
import { defaultPod } from '../resources/pod-spec/defaults.ts';
import { applyResize, validatePodResize } from '../resources/pod-spec/resize.ts';
import { podPart } from './pod-part.ts';

export const podResize = podPart('resize', (draft, body, old) => {
  applyResize(draft, body as Pod);
  defaultPod(draft.spec);
  return validatePodResize(draft as Pod, old);
});
