/** Simulated nodes, as many as the cluster's configuration says. */
import { type Layout, readClusterConfig } from '@steersman/cluster';
import type { Effects } from '@steersman/machinery';

/** Adds nodes up to the configured number; SIGHUP, sent by an `up` that adds some, makes it look again. */
export async function followSimulatedNodes(
  layout: Layout,
  add: (count: number, firstIndex: number) => Promise<unknown>,
  effects: Effects,
): Promise<void> {
  let count = 0;
  const follow = async () => {
    const wanted = readClusterConfig(layout)?.nodes.length ?? count;
    const first = count + 1;
    const more = wanted - count;
    count = Math.max(count, wanted);
    if (more > 0) await add(more, first);
  };
  process.on('SIGHUP', () => {
    follow().catch((error: unknown) => effects.log.error('Nodes could not be added', { error: String(error) }));
  });
  await follow();
}
