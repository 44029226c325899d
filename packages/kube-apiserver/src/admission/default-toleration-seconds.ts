import type { Draft, Pod } from '@steersman/api';
import type { AdmissionPlugin } from './contract.ts';
import { isWriteOf } from './request.ts';

const TAINTS = [
  ['node.kubernetes.io/not-ready', 'notReady'],
  ['node.kubernetes.io/unreachable', 'unreachable'],
] as const;

/** Pods stay five minutes, or as long as the flags say, on a node that has gone quiet, unless they say how long. */
export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  handles: (request) => isWriteOf(request, '/pods', 'create', 'update'),
  async mutate({ object, config }) {
    const { spec } = object as Draft<Pod>;
    const own = spec.tolerations ?? [];
    const tolerated = (taint: string) =>
      own.some(({ key, effect }) => (!key || key === taint) && (!effect || effect === 'NoExecute'));
    const added = TAINTS.filter(([taint]) => !tolerated(taint)).map(([key, setting]) => ({
      key,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: config.tolerationSeconds[setting],
    }));
    if (added.length > 0) spec.tolerations = [...own, ...added];
  },
};
