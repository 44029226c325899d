/** The part that needs no real containers, against a control plane with simulated nodes started as a user starts it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { awaited } from './awaited.ts';
import type { ConformanceTest } from './framework/contract.ts';
import { connect, type Environment } from './framework/environment.ts';
import { ConformanceError } from './framework/expect.ts';
import { runProgram } from './framework/kubectl.ts';
import { runTrial, skipReason } from './framework/trial.ts';
import { conformanceTests } from './tests/index.ts';

const PROGRAM = fileURLToPath(new URL('../../../steersman', import.meta.url));
const PARALLEL = 8;

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/** A cluster of its own, in a folder of its own. */
async function startCluster(): Promise<{ readonly kubeconfig: string; stop(): Promise<void> }> {
  const base = mkdtempSync(join(tmpdir(), 'steersman-conformance-'));
  const kubeconfig = join(base, 'kubeconfig');
  const place = ['--name', `conformance${process.pid}`, '--data-dir', join(base, 'data'), '--kubeconfig', kubeconfig];
  const must = async (command: string, ...args: readonly string[]) => {
    const { code, stdout, stderr } = await runProgram(PROGRAM, [command, ...place, ...args]);
    if (code !== 0)
      throw new ConformanceError(`steersman ${command}: expected exit 0, got ${code}: ${stderr}${stdout}`);
  };
  await must('up', '--runtime', 'simulated', '--nodes', '3', '--api-port', String(await freePort()));
  return {
    kubeconfig,
    async stop() {
      await must('down', '--purge');
      rmSync(base, { recursive: true, force: true });
    },
  };
}

suite('conformance on simulated nodes', async () => {
  const cluster = await startCluster();
  const environment: Environment = await connect({ kubeconfig: cluster.kubeconfig, containers: false });
  after(async () => {
    await environment[Symbol.asyncDispose]();
    await cluster.stop();
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
