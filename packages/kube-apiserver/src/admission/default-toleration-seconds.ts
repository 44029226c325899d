import type { Draft, Pod } from '@steersman/api';
import type { AdmissionPlugin } from './contract.ts';
import { isWriteOf } from './request.ts';

const TOLERATION_SECONDS = 300;
const TAINTS = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

/** Pods stay five minutes on a node that has gone quiet, unless they say how long. */
export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  handles: (request) => isWriteOf(request, '/pods', 'create', 'update'),
  async mutate({ object }) {
    const { spec } = object as Draft<Pod>;
    const own = spec.tolerations ?? [];
    const tolerated = (taint: string) =>
      own.some(({ key, effect }) => (!key || key === taint) && (!effect || effect === 'NoExecute'));
    const added = TAINTS.filter((taint) => !tolerated(taint)).map((key) => ({
      key,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: TOLERATION_SECONDS,
    }));
    if (added.length > 0) spec.tolerations = [...own, ...added];
  },
};
