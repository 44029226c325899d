import { tolerates } from '@steersman/api';
import type { Plugin } from '../contract.ts';
import { PLUGIN_NAMES } from './names.ts';
import { unresolvable } from './rejection.ts';

const TAINT = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' } as const;

/** Cordoned nodes take only pods that tolerate being unschedulable. */
export function nodeUnschedulable(): Plugin {
  return {
    name: PLUGIN_NAMES.nodeUnschedulable,
    events: {
      'Node/Add': (_pod, { node }) => node?.unschedulable === false,
      'Node/UpdateTaint': (_pod, { node }) => node?.unschedulable === false,
    },
    filter(pod, node) {
      if (!node.unschedulable) return undefined;
      if ((pod.pod.spec.tolerations ?? []).some((toleration) => tolerates(toleration, TAINT))) return undefined;
      return unresolvable('node(s) were unschedulable');
    },
  };
}
