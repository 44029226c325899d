import type { Plugin } from '../contract.ts';
import { PLUGIN_NAMES } from './names.ts';
import { unresolvable } from './rejection.ts';

/** Pods with scheduling gates wait until the last is removed (KEP-3521). */
export function schedulingGates(): Plugin {
  return {
    name: PLUGIN_NAMES.schedulingGates,
    events: { 'UnscheduledPod/Update': (pod, { other }) => other?.uid === pod.uid },
    preEnqueue(pod) {
      const gates = (pod.spec.schedulingGates ?? []).map((gate) => gate.name);
      return gates.length === 0 ? undefined : unresolvable(`waiting for scheduling gates: [${gates.join(' ')}]`);
    },
  };
}
