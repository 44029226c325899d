import type { Plugin } from '../contract.ts';
import { portsConflict } from '../state/pod-info.ts';
import { PLUGIN_NAMES } from './names.ts';
import { unschedulable } from './rejection.ts';

const taken = unschedulable("node(s) didn't have free ports for the requested pod ports");

/** Host ports are there once per node, protocol and address. */
export function nodePorts(): Plugin {
  return {
    name: PLUGIN_NAMES.nodePorts,
    events: {
      'Node/Add': () => true,
      'AssignedPod/Delete': (pod, { other }) =>
        pod.hostPorts.some((wanted) => other?.hostPorts.some((freed) => portsConflict(wanted, freed)) ?? false),
    },
    preFilter: (pod) => (pod.hostPorts.length === 0 ? { kind: 'skip' } : { kind: 'state', state: undefined }),
    filter(pod, node) {
      for (const other of node.podsWithPorts) {
        if (pod.hostPorts.some((wanted) => other.hostPorts.some((held) => portsConflict(wanted, held)))) return taken;
      }
      return undefined;
    },
  };
}
