/**
 * Three API servers on one store, each request to the next of them: the part of the tests that a server with an idea of its own of what
 * is stored would fail. All tests on such clusters: `npm run conformance -- --cluster=etcd`.
 */
import { after, before, suite, test } from 'node:test';
import { CLUSTERS, startCluster } from './cluster.ts';
import { connect, type Environment, findOnPath } from './framework/environment.ts';
import { runTrial } from './framework/trial.ts';
import { conformanceTests } from './tests/index.ts';

const PARALLEL = 8;
/** Quick ones: a machine that is busy with other tests runs this, too. */
const CHOSEN: readonly RegExp[] = [
  /^(Races|Writes|Watches|Lists), /,
  /^watch-(configmaps|consistency)/,
  /^Server Side Apply, /,
  /^API Chunking, server should return/,
  /^Namespace( patching|, apply)/,
  /^ResourceQuota, (manage|object count quota, (configmap|pod)$)/,
  /^ServiceAccount/,
  /^lease API/,
  /^ConfigMap lifecycle/,
  /^CRUD operations for resourceclaims/,
];

for (const kind of ['embedded', 'etcd']) {
  const needed = CLUSTERS[kind]?.includes('--store=etcd') === true ? ['etcd'] : [];
  const missing = [...(process.platform === 'linux' ? [] : ['Linux']), ...needed.filter((name) => !findOnPath(name))];
  const skip = missing.length > 0 && `needs ${missing.join(', ')}`;
  suite(`conformance on three API servers, ${kind}`, { concurrency: PARALLEL, skip }, () => {
    const running = new AsyncDisposableStack();
    let environment: Environment | undefined;
    // Here and not outside, so that there is one cluster at a time.
    before(async () => {
      const { kubeconfig, servers } = running.use(await startCluster({ kind, runtime: 'simulated', nodes: 1 }));
      environment = running.use(await connect({ kubeconfig, servers, containers: false }));
    });
    after(() => running.disposeAsync());
    for (const one of conformanceTests) {
      const chosen = CHOSEN.some((names) => names.test(one.name)) && one.serial !== true && one.needs === undefined;
      if (chosen) test(one.name, (t) => runTrial(one, environment!, (problem) => t.diagnostic(problem)));
    }
  });
}
