/** The part that needs no real containers, against a control plane with simulated nodes started as a user starts it. */
import { after, suite, test } from 'node:test';
import { awaited } from './awaited.ts';
import { startCluster } from './cluster.ts';
import type { ConformanceTest } from './framework/contract.ts';
import { connect, type Environment } from './framework/environment.ts';
import { runTrial, skipReason } from './framework/trial.ts';
import { conformanceTests } from './tests/index.ts';

const PARALLEL = 8;

suite('conformance on simulated nodes', async () => {
  const cluster = await startCluster({ kind: 'one', runtime: 'simulated', nodes: 3 });
  const environment: Environment = await connect({ kubeconfig: cluster.kubeconfig, containers: false });
  after(async () => {
    await environment[Symbol.asyncDispose]();
    await cluster[Symbol.asyncDispose]();
  });
  const define = (one: ConformanceTest) => {
    const awaits = awaited.get(one.name);
    const skip = skipReason(one, environment) ?? (awaits === undefined ? false : `waits for ${awaits}`);
    test(one.name, { skip }, async (t) => {
      await runTrial(one, environment, (problem) => t.diagnostic(problem));
    });
  };
  suite('side by side', { concurrency: PARALLEL }, () => {
    for (const one of conformanceTests) if (one.serial !== true) define(one);
  });
  suite('one after the other', { concurrency: false }, () => {
    for (const one of conformanceTests) if (one.serial === true) define(one);
  });
});
