import type { Draft, Node } from '@steersman/api';
import type { AdmissionPlugin } from './contract.ts';
import { isWriteOf } from './request.ts';

const NOT_READY = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' };

/** A new node takes no pods until its conditions have been seen. */
export const taintNodesByCondition: AdmissionPlugin = {
  name: 'TaintNodesByCondition',
  handles: (request) => isWriteOf(request, '/nodes', 'create'),
  async mutate({ object }) {
    const { spec } = object as Draft<Node>;
    const taints = spec.taints ?? [];
    if (!taints.some(({ key, effect }) => key === NOT_READY.key && effect === NOT_READY.effect))
      spec.taints = [...taints, { ...NOT_READY }];
  },
};
