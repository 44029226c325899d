import type { Plugin } from '../contract.ts';
import { PLUGIN_NAMES } from './names.ts';
import { unresolvable } from './rejection.ts';

/** A pod that names its node fits only there. */
export function nodeName(): Plugin {
  return {
    name: PLUGIN_NAMES.nodeName,
    events: { 'Node/Add': (pod, { node }) => node?.name === pod.pod.spec.nodeName },
    filter(pod, node) {
      const wanted = pod.pod.spec.nodeName ?? '';
      if (wanted === '' || wanted === node.name) return undefined;
      return unresolvable("node(s) didn't match the requested node name");
    },
  };
}
