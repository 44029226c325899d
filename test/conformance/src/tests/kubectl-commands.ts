/** The commands that people use every day, with old and new versions of kubectl. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Deployment, Resources } from '@steersman/api';
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { ConformanceError, expectEqual, expectMatch, expectTrue } from '../framework/expect.ts';
import { runProgram } from '../framework/kubectl.ts';
import { configMap, deployment } from '../objects.ts';

const needs = ['kubectl'] as const;

const json = (apiVersion: string, kind: string, object: object) => JSON.stringify({ apiVersion, kind, ...object });

function folderFor(trial: Trial): string {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-kubectl-'));
  trial.cleanup(async () => rmSync(folder, { recursive: true }));
  return folder;
}

const web = (trial: Trial, namespace: string, replicas: number): Deployment =>
  deployment({ namespace, name: 'web' }, trial.image, replicas);

async function apply(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const kubectl = trial.kubectl(namespace);
  const manifest = (replicas: number) => json('apps/v1', 'Deployment', web(trial, namespace, replicas));
  expectMatch('the first apply', await kubectl.feed(manifest(1), 'apply', '-f', '-'), /deployment.apps\/web created/);
  expectMatch('the same again', await kubectl.feed(manifest(1), 'apply', '-f', '-'), /deployment.apps\/web unchanged/);
  expectMatch('a change', await kubectl.feed(manifest(2), 'apply', '-f', '-'), /deployment.apps\/web configured/);
  const { spec } = await trial.client.resource(Resources.deployments).get({ namespace, name: 'web' });
  expectEqual('the replicas', spec.replicas, 2);
  expectMatch(
    'rollout status',
    await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s'),
    /successfully rolled out/,
  );
}

async function applyServerSide(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const kubectl = trial.kubectl(namespace);
  const manifest = (value: string) =>
    json('v1', 'ConfigMap', configMap({ namespace, name: 'applied' }, { key: value }));
  expectMatch(
    'apply --server-side',
    await kubectl.feed(manifest('1'), 'apply', '--server-side', '-f', '-'),
    /serverside-applied/,
  );
  const file = join(folderFor(trial), 'manifest.json');
  writeFileSync(file, manifest('2'));
  const other = await kubectl.try('apply', '--server-side', '--field-manager=other', '-f', file);
  expectEqual('the exit code of a conflicting apply', other.code, 1);
  expectMatch('what it says', other.stderr, /conflict with "kubectl".*\.data\.key/s);
  await kubectl('apply', '--server-side', '--field-manager=other', '--force-conflicts', '-f', file);
  expectEqual('the forced value', await kubectl('get', 'cm', 'applied', '-o', 'jsonpath={.data.key}'), '2');
}

/** From client-side to server-side apply: kubectl moves its own fields over. */
async function applyMigration(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const kubectl = trial.kubectl(namespace);
  const manifest = (data: Readonly<Record<string, string>>) =>
    json('v1', 'ConfigMap', configMap({ namespace, name: 'moved' }, data));
  await kubectl.feed(manifest({ kept: '1', dropped: '2' }), 'apply', '-f', '-');
  await kubectl.feed(manifest({ kept: '3', dropped: '2' }), 'apply', '--server-side', '-f', '-');
  expectEqual(
    'the value changed by the server-side apply',
    await kubectl('get', 'cm', 'moved', '-o', 'jsonpath={.data.kept}'),
    '3',
  );
}

async function patches(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const kubectl = trial.kubectl(namespace);
  await kubectl('create', 'configmap', 'patched', '--from-literal=a=1');
  const patch = (type: string, body: unknown) =>
    kubectl('patch', 'cm', 'patched', `--type=${type}`, '-p', JSON.stringify(body));
  await patch('merge', { data: { b: '2' } });
  await patch('strategic', { data: { c: '3' } });
  await patch('json', [
    { op: 'remove', path: '/data/a' },
    { op: 'add', path: '/data/d', value: '4' },
  ]);
  const { data } = await trial.client.resource(Resources.configMaps).get({ namespace, name: 'patched' });
  expectEqual('the data after three patches', data, { b: '2', c: '3', d: '4' });
}

async function edit(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const kubectl = trial.kubectl(namespace);
  await kubectl('create', 'configmap', 'edited', '--from-literal=key=before');
  const editor = join(folderFor(trial), 'editor');
  writeFileSync(editor, '#!/bin/sh\nsed -i s/before/after/ "$1"\n');
  chmodSync(editor, 0o755);
  // The editor is named by the environment, which the child inherits from `env`.
  const spawned = await runEdit(trial, namespace, editor);
  expectMatch('kubectl edit', spawned, /configmap\/edited edited/);
  expectEqual('the edited value', await kubectl('get', 'cm', 'edited', '-o', 'jsonpath={.data.key}'), 'after');
}

async function runEdit(trial: Trial, namespace: string, editor: string): Promise<string> {
  const child = trial.kubectl(namespace).spawn('edit', 'cm', 'edited');
  child.kill('SIGKILL'); // Only its arguments are wanted: the environment has to be another.
  const { code, stdout, stderr } = await runProgram('env', [`KUBE_EDITOR=${editor}`, ...child.spawnargs]);
  if (code !== 0) throw new ConformanceError(`kubectl edit: expected exit 0, got ${code}: ${stderr}`);
  return stdout;
}

/** How long kubectl may take to show what happened. */
const SHOWN_MS = 60_000;

async function watching(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const kubectl = trial.kubectl(namespace);
  const child = kubectl.spawn('get', 'serviceaccount', '--watch', '--output-watch-events');
  trial.cleanup(async () => child.kill('SIGKILL'));
  let said = '';
  const shows = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => pattern.test(said) && resolve();
      const problem = () =>
        reject(new ConformanceError(`expected kubectl get --watch to show ${pattern}, got ${said}`));
      child.stdout?.on('data', look);
      child.on('exit', problem);
      AbortSignal.timeout(SHOWN_MS).addEventListener('abort', problem);
      look();
    });
  child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  await shows(/ADDED\s+default\s/);
  await kubectl('create', 'serviceaccount', 'watched');
  await shows(/ADDED\s+watched\s/);
  await kubectl('delete', 'serviceaccount', 'watched');
  await shows(/DELETED\s+watched\s/);
}

async function explain(trial: Trial): Promise<void> {
  const kubectl = trial.kubectl();
  expectMatch('explain', await kubectl('explain', 'deployment.spec.replicas'), /integer/);
  const recursive = await kubectl('explain', 'pod', '--recursive');
  for (const field of ['containers', 'livenessProbe', 'topologySpreadConstraints', 'podIPs']) {
    expectTrue(`explain --recursive names ${field}`, recursive.includes(field), recursive.slice(0, 300));
  }
}

async function authorization(trial: Trial): Promise<void> {
  const kubectl = trial.kubectl();
  expectEqual('auth can-i create pods', (await kubectl('auth', 'can-i', 'create', 'pods')).trim(), 'yes');
  const nobody = await kubectl.try('auth', 'can-i', 'create', 'pods', '--as=nobody-at-all');
  expectEqual('auth can-i of nobody', `${nobody.stdout.trim()} ${nobody.code}`, 'no 1');
  expectMatch('auth can-i --list', await kubectl('auth', 'can-i', '--list'), /\*\.\*/);
}

async function apiResources(trial: Trial): Promise<void> {
  const kubectl = trial.kubectl();
  const text = await kubectl('api-resources', '--sort-by=name', '-o', 'wide');
  for (const line of [/^deployments\s+deploy\s+apps\/v1\s+true\s+Deployment/m, /^pods\s+po\s+v1\s+true\s+Pod/m]) {
    expectMatch('api-resources', text, line);
  }
  const listable = await kubectl('api-resources', '--verbs=list', '--namespaced', '-o', 'name');
  expectTrue('listable resources', listable.split('\n').includes('configmaps'), listable);
}

async function waiting(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const kubectl = trial.kubectl(namespace);
  await kubectl('create', 'deployment', 'web', `--image=${trial.image}`);
  await kubectl('wait', '--for=condition=Available', 'deployment/web', '--timeout=60s');
  await kubectl('scale', 'deployment/web', '--replicas=2');
  await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
  await kubectl('set', 'env', 'deployment/web', 'COLOUR=blue');
  await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
  expectMatch('rollout history', await kubectl('rollout', 'history', 'deployment/web'), /^2\s/m);
  await kubectl('rollout', 'undo', 'deployment/web');
  await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
  await kubectl('rollout', 'restart', 'deployment/web');
  await kubectl('delete', 'deployment/web', '--wait=false');
  const gone = await kubectl.try('wait', '--for=delete', 'pod', '-l', 'app=web', '--timeout=60s');
  // When nothing is left to wait for, kubectl says so and fails.
  if (gone.code !== 0) expectMatch('kubectl wait --for=delete', gone.stderr, /no matching resources found/);
}

async function replaceForce(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const kubectl = trial.kubectl(namespace);
  await kubectl('run', 'replaced', `--image=${trial.image}`, '--', 'sleep', '3600');
  const pods = trial.client.resource(Resources.pods);
  const before = (await pods.get({ namespace, name: 'replaced' })).metadata.uid;
  const text = await kubectl('get', 'pod', 'replaced', '-o', 'json');
  await kubectl.feed(text, 'replace', '--force', '--grace-period=1', '-f', '-');
  expectTrue(
    'another pod of the same name',
    (await pods.get({ namespace, name: 'replaced' })).metadata.uid !== before,
    before,
  );
}

/** The minor version of the kubectl under test. */
export async function clientMinor(trial: Trial): Promise<number> {
  const { clientVersion } = JSON.parse(await trial.kubectl()('version', '--client', '-o', 'json')) as {
    readonly clientVersion: { readonly minor: string };
  };
  return Number.parseInt(clientVersion.minor, 10);
}

async function creating(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const kubectl = trial.kubectl(namespace);
  const commands: readonly (readonly string[])[] = [
    ['create', 'secret', 'generic', 'made', '--from-literal=a=b'],
    ['create', 'serviceaccount', 'made'],
    ['create', 'role', 'made', '--verb=get,list', '--resource=pods'],
    ['create', 'rolebinding', 'made', '--role=made', '--serviceaccount=default:made'],
    ['create', 'quota', 'made', '--hard=pods=100'],
    ['create', 'service', 'clusterip', 'made', '--tcp=80:8080'],
    ['create', 'job', 'made', `--image=${trial.image}`, '--', 'true'],
    ['create', 'cronjob', 'made', `--image=${trial.image}`, '--schedule=0 0 1 1 *', '--', 'true'],
    ['create', 'ingress', 'made', '--rule=example.com/*=made:80'],
    ['create', 'poddisruptionbudget', 'made', '--selector=a=b', '--min-available=1'],
    ['label', 'serviceaccount', 'made', 'a=b'],
    ['annotate', 'serviceaccount', 'made', 'a=b'],
  ];
  // Older ones ask for beta versions of these two, which no server since 1.25 has.
  const outdated = (await clientMinor(trial)) < 21 ? ['cronjob', 'poddisruptionbudget'] : [];
  const possible = commands.filter(([, kind = '']) => !outdated.includes(kind));
  for (const command of possible) await kubectl(...command);
  const all = await kubectl('get', 'secret,sa,role,rolebinding,quota,svc,job,cronjob,ing,pdb', '-o', 'name');
  expectEqual(
    'how many are named made',
    all.split('\n').filter((line) => line.endsWith('/made')).length,
    10 - outdated.length,
  );
  const kinds = [
    'secret',
    'sa',
    'role',
    'quota',
    'svc',
    'job',
    'ing',
    ...(outdated.length > 0 ? [] : ['cronjob', 'pdb']),
  ];
  for (const kind of kinds) {
    expectMatch(`describe ${kind}`, await kubectl('describe', kind, 'made'), /^Name:\s+made$/m);
  }
  await kubectl('get', 'all,cm,ing,pdb', '-o', 'wide');
  await kubectl('get', 'events', '--sort-by=.metadata.creationTimestamp');
}

export const kubectlCommandTests: readonly ConformanceTest[] = [
  { name: 'Kubectl commands, apply', needs, run: apply },
  { name: 'Kubectl commands, apply --server-side', needs, run: applyServerSide },
  { name: 'Kubectl commands, apply --server-side after apply', needs, run: applyMigration },
  { name: 'Kubectl commands, patch of three types', needs, run: patches },
  { name: 'Kubectl commands, edit', needs, run: edit },
  { name: 'Kubectl commands, get --watch', needs, run: watching },
  { name: 'Kubectl commands, explain', needs, run: explain },
  { name: 'Kubectl commands, auth can-i', needs, run: authorization },
  { name: 'Kubectl commands, api-resources', needs, run: apiResources },
  { name: 'Kubectl commands, wait and rollout', needs, run: waiting },
  { name: 'Kubectl commands, replace --force', needs, run: replaceForce },
  { name: 'Kubectl commands, create and describe', needs, run: creating },
];
