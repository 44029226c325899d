import type { Plugin } from '../contract.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import { PLUGIN_NAMES } from './names.ts';
import { SCORE_MAX } from './normalize.ts';

const MEBIBYTE = 1024 * 1024;
/** Images below this in sum are pulled too soon to matter; above the other, per container, more makes no difference. */
const SUM_BYTES_MIN = 23 * MEBIBYTE;
const CONTAINER_BYTES_MAX = 1000 * MEBIBYTE;

/** A name as nodes list it: with a tag, `latest` when there is none. */
function withTag(image: string): string {
  return image.lastIndexOf(':') <= image.lastIndexOf('/') ? `${image}:latest` : image;
}

interface Images {
  readonly names: readonly string[];
  readonly cluster: ClusterState;
}

/** Prefers nodes that hold the pod's images, less so for images that few nodes hold, lest all pods crowd there. */
export function imageLocality(): Plugin<unknown, Images> {
  return {
    name: PLUGIN_NAMES.imageLocality,
    preScore({ pod }, _nodes, cluster) {
      const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
      return { kind: 'state', state: { names: containers.map(({ image = '' }) => withTag(image)), cluster } };
    },
    score(_pod, node, { names, cluster }) {
      if (node.images.size === 0) return 0;
      let sum = 0;
      for (const name of names) {
        const bytes = node.images.get(name);
        if (bytes !== undefined) sum += (bytes * cluster.nodesWithImage(name)) / cluster.nodes.length;
      }
      const most = CONTAINER_BYTES_MAX * names.length;
      const bounded = Math.min(most, Math.max(SUM_BYTES_MIN, sum));
      return Math.floor((SCORE_MAX * (bounded - SUM_BYTES_MIN)) / (most - SUM_BYTES_MIN));
    },
  };
}
