/** Debian's kubectl 1.20 and 1.32: what each command says, one test for each command. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { runProgram, type TestCluster, withoutContainers } from '@steersman/e2e';
import {
  clusterOf,
  findKubectl,
  IMAGE,
  isMissing,
  type KubectlVersion,
  type Step,
  type Story,
  stories,
} from './src/index.ts';

/** What the names in a step stand for. */
type Names = Readonly<Record<'NS' | 'DIR' | 'NODE' | 'IMAGE', string>>;

const filled = (text: string, names: Names) =>
  text.replace(/%(NS|DIR|NODE|IMAGE)%/g, (_, name) => names[name as keyof Names]);

async function perform(step: Step, program: string, base: readonly string[], names: Names): Promise<void> {
  const args = (typeof step.run === 'string' ? step.run.split(' ') : step.run).map((arg) => filled(arg, names));
  const settings = Object.entries(step.env ?? {}).map(([name, value]) => `${name}=${value}`);
  const { code, stdout, stderr } = await runProgram('env', [...settings, program, ...base, ...args], step.input);
  const said = `${stderr}${stdout}`.trim();
  if (typeof step.says === 'string') assert.equal(said, filled(step.says, names));
  else assert.match(said, new RegExp(filled(step.says.source, names), step.says.flags));
  assert.equal(code, step.code ?? 0, said);
}

const title = ({ run }: Step) => `kubectl ${typeof run === 'string' ? run : run.join(' ')}`;

function tell(story: Story, version: KubectlVersion, program: string, cluster: () => TestCluster): void {
  let folder = '';
  const steps = story.steps.filter(({ only }) => only === undefined || only === version);
  let [base, names]: [readonly string[], Names] = [[], { NS: '', DIR: '', NODE: '', IMAGE }];
  suite(`kubectl ${version}: ${story.name}`, { concurrency: false }, () => {
    before(async () => {
      const { kubectl, kubeconfig } = cluster();
      folder = mkdtempSync(join(tmpdir(), 'kubectl-'));
      names = { ...names, DIR: folder, NS: `k${version.replace('.', '')}-${stories.indexOf(story)}` };
      names = { ...names, NODE: (await kubectl('get', 'nodes', '-o', 'jsonpath={.items[0].metadata.name}')).trim() };
      await kubectl('create', 'namespace', names.NS);
      base = ['--kubeconfig', kubeconfig, '--cache-dir', join(folder, 'cache'), '--namespace', names.NS];
      writeFileSync(join(folder, 'file'), 'content\n');
    });
    after(async () => {
      await cluster().kubectl('delete', 'namespace', names.NS, '--wait=false');
      rmSync(folder, { recursive: true });
    });
    for (const step of steps) test(title(step), () => perform(step, program, base, names));
  });
}

for (const kind of ['simulated', 'containers'] as const) {
  const told = stories.filter(({ containers = false }) => containers === (kind === 'containers'));
  const skip = kind === 'containers' && withoutContainers();
  suite(`kubectl, nodes: ${kind}`, { skip, concurrency: false }, () => {
    let cluster: TestCluster;
    before(async () => {
      cluster = await clusterOf(kind, 'kubectl');
    });
    after(() => cluster.remove());
    for (const version of ['1.20', '1.32'] as const) {
      const found = findKubectl(version);
      if (isMissing(found)) suite(`kubectl ${version}`, { skip: found.reason });
      else for (const story of told) tell(story, version, found.program, () => cluster);
    }
  });
}
