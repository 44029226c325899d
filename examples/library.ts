/**
 * A cluster in a test: started, used and gone within this file. Run it from the repository's folder:
 *
 *   sh tools/with-node.sh examples/library.ts
 */
import { type Deployment, Resources } from '@steersman/api';
import { Cluster } from 'steersman';

const started = performance.now();
await using cluster = await Cluster.start({ nodes: 3, port: 0 });
console.log(`three nodes Ready after ${Math.round(performance.now() - started)} ms, also at ${cluster.url}`);

const deployment: Deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    replicas: 5,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'any/image' }] } },
  },
};
await cluster.client.resource(Resources.deployments).create(deployment);

// A watch, as every Kubernetes client does it: no polling.
for await (const event of cluster.client.resource(Resources.deployments).watch({ namespace: 'default' })) {
  if (event.type === 'BOOKMARK') continue;
  const ready = event.object.status?.readyReplicas ?? 0;
  console.log(`${event.object.metadata.name}: ${ready} of ${event.object.spec.replicas} ready`);
  if (ready === event.object.spec.replicas) break;
}
console.log(`done after ${Math.round(performance.now() - started)} ms`);
