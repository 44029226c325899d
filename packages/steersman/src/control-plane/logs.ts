/** Keeps the logs of a cluster's processes small. */
import { type ClusterConfig, type Layout, partsOf, rotateBySize } from '@steersman/cluster';
import type { Clock } from '@steersman/machinery';

const LOG_BYTES_MAX = 20 << 20; // With its predecessor at most 40 MB per process on small disks.
const LOG_CHECK_MS = 60_000;

/** From now on until the answer is called. One process of a cluster does it for all. */
export function watchLogs(config: ClusterConfig, layout: Layout, clock: Clock): () => void {
  const nodes = config.nodes.map(({ name }) => layout.node(name));
  const files = [
    ...partsOf(config, layout).map(({ log }) => log),
    ...nodes.flatMap((node) => [node.log, node.containerdLog]),
  ];
  let cancel = () => {};
  const check = () => {
    for (const file of files) rotateBySize(file, LOG_BYTES_MAX);
    cancel = clock.schedule(LOG_CHECK_MS, check);
  };
  check();
  return () => cancel();
}
