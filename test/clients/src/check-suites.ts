/** Programs in other languages that list their checks with `--list` and perform one when told KUBECONFIG IMAGE NAME. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, suite, test } from 'node:test';
import { runProgram, type TestCluster, withoutContainers } from '@steersman/e2e';
import { clusterOf, IMAGE } from './cluster-of.ts';
import { isMissing, type Missing } from './found.ts';

export interface CheckProgram {
  readonly program: string;
  /** Variables that it needs. */
  readonly environment: Readonly<Record<string, string>>;
  /** What comes before the listed arguments. */
  readonly list: readonly string[];
  readonly perform: readonly string[];
}

/** One suite on simulated nodes, and one for the checks whose name begins with `containers:`. */
export function checkSuites(title: string, found: CheckProgram | Missing): void {
  if (isMissing(found)) return void suite(title, { skip: found.reason });
  const { program, environment, list, perform } = found;
  const env = { ...process.env, ...environment };
  const names = execFileSync(program, [...list, '--list'], { env })
    .toString()
    .trim()
    .split('\n');
  const settings = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  for (const kind of ['simulated', 'containers'] as const) {
    const skip = kind === 'containers' && withoutContainers();
    suite(`${title}, nodes: ${kind}`, { skip, concurrency: false }, () => {
      let cluster: TestCluster;
      before(async () => {
        cluster = await clusterOf(kind, 'client');
      });
      after(() => cluster.remove());
      for (const name of names.filter((one) => one.startsWith('containers:') === (kind === 'containers'))) {
        test(name, async () => {
          const args = [...settings, program, ...perform, cluster.kubeconfig, IMAGE, name];
          const { code, stderr } = await runProgram('env', args);
          assert.equal(code, 0, stderr);
        });
      }
    });
  }
}
