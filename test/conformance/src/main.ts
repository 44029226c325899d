/** Runs the conformance tests against the cluster of a kubeconfig: `npm run conformance -- --kubeconfig FILE`. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { killServers, type RunningCluster, startCluster } from './cluster.ts';
import { connect } from './framework/environment.ts';
import { type Outcome, runAll } from './framework/run-all.ts';
import { laterEntries } from './later.ts';
import { conformanceTests } from './tests/index.ts';

const PARALLEL_DEFAULT = '8';
const HELP = `Runs upstream's conformance behaviours against any cluster.

  --kubeconfig FILE   the cluster; KUBECONFIG or ~/.kube/config when absent
  --cluster NAME      a cluster of its own, taken away afterwards: one (API server), or three on embedded (the
                      embedded store, served as an etcd), etcd, or etcd-3 (members); requests go to all in turn
  --nodes N           of that cluster (2)
  --runtime NAME      of its nodes: containerd (needs root) or simulated (simulated)
  --kill-every N      kill -9 one API server of it every N seconds and start it again
  --focus REGEX       only tests whose name matches
  --skip REGEX        no tests whose name matches
  --kubectl PROGRAM   the kubectl to test with; the one on PATH when absent
  --containers BOOL   whether nodes run containers; found out when absent
  --image NAME        an image with busybox that the nodes can run
  --slow              also what takes minutes
  --parallel N        tests at a time (${PARALLEL_DEFAULT})
  --list              print the names and end
`;

const { values } = parseArgs({
  options: {
    kubeconfig: { type: 'string' },
    cluster: { type: 'string' },
    nodes: { type: 'string', default: '2' },
    runtime: { type: 'string', default: 'simulated' },
    'kill-every': { type: 'string' },
    focus: { type: 'string' },
    skip: { type: 'string' },
    kubectl: { type: 'string' },
    containers: { type: 'string' },
    image: { type: 'string' },
    slow: { type: 'boolean' },
    parallel: { type: 'string', default: PARALLEL_DEFAULT },
    list: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  },
});

function line(outcome: Outcome): string {
  if (outcome.kind === 'skipped') return `skip  ${outcome.name} (${outcome.reason})`;
  const head = `${outcome.name} (${outcome.seconds.toFixed(1)} s)`;
  if (outcome.kind === 'passed') return `ok    ${head}`;
  const { error } = outcome;
  const text =
    error instanceof Error
      ? error.name === 'Error'
        ? error.message
        : `${error.name}: ${error.message}`
      : String(error);
  return `FAIL  ${head}\n      ${text.replaceAll('\n', '\n      ')}`;
}

async function run(): Promise<number> {
  if (values.cluster === undefined) return runAgainst(undefined);
  const { runtime } = values;
  if (runtime !== 'simulated' && runtime !== 'containerd')
    throw new RangeError(`--runtime ${runtime}: no such runtime`);
  await using cluster = await startCluster({ kind: values.cluster, runtime, nodes: Number(values.nodes) });
  return await runAgainst(cluster);
}

async function runAgainst(cluster: RunningCluster | undefined): Promise<number> {
  const focus = new RegExp(values.focus ?? '');
  const skip = values.skip === undefined ? undefined : new RegExp(values.skip);
  const tests = conformanceTests.filter(({ name }) => focus.test(name) && skip?.test(name) !== true);
  const given =
    cluster?.kubeconfig ?? values.kubeconfig ?? process.env['KUBECONFIG'] ?? join(homedir(), '.kube', 'config');
  await using environment = await connect({
    // npm runs scripts in the repository's folder; names are relative to where the person stands.
    kubeconfig: resolve(process.env['INIT_CWD'] ?? '.', given),
    ...(cluster === undefined ? {} : { servers: cluster.servers }),
    ...(values.kubectl === undefined ? {} : { kubectl: values.kubectl }),
    ...(values.containers === undefined ? {} : { containers: values.containers === 'true' }),
    ...(values.image === undefined ? {} : { image: values.image }),
    ...(values.slow === undefined ? {} : { slow: values.slow }),
  });
  console.log(`${tests.length} tests against ${environment.gitVersion}`);
  const stop = new AbortController();
  const killing = values['kill-every'];
  const kills =
    cluster === undefined || killing === undefined
      ? undefined
      : killServers(cluster, Number(killing) * 1000, stop.signal, (text) => console.log(text));
  kills?.catch((error: unknown) => console.error(`killing: ${String(error)}`));
  const outcomes = await runAll({
    tests,
    environment,
    parallelMax: Number(values.parallel),
    report: (outcome) => console.log(line(outcome)),
    complain: (problem) => console.error(problem),
    serversDie: kills !== undefined,
  });
  stop.abort();
  if (kills !== undefined) console.log(`${await kills} API servers killed`);
  const count = (kind: Outcome['kind']) => outcomes.filter((outcome) => outcome.kind === kind).length;
  console.log(
    `${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped, ${laterEntries.length} of upstream's for later`,
  );
  return count('failed') === 0 ? 0 : 1;
}

if (values.help === true) console.log(HELP);
else if (values.list === true) for (const { name } of conformanceTests) console.log(name);
else {
  process.exitCode = await run().catch((error: unknown) => {
    console.error(`conformance: ${error instanceof Error ? error.message : String(error)}`);
    return 2;
  });
}
