/** What pods are given of the cluster: tokens, single files of volumes, and the way to them through the API server. */
import { type Endpoints, Resources } from '@steersman/api';
import { scriptOutput } from '../framework/containers.ts';
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { expectEqual, expectMatch } from '../framework/expect.ts';
import { raw } from '../framework/raw.ts';
import { untilObject } from '../framework/wait.ts';
import { WEB_PORT, webPod } from '../framework/web-pods.ts';
import { configMap, secret, service } from '../objects.ts';

const needs = ['containers'] as const;

/** Pods that are not ready yet are there too, but nobody is led to them. */
const hasAddress = (found: Endpoints | undefined) =>
  found?.subsets?.some(({ addresses = [] }) => addresses.length > 0) === true;

async function proxied(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const labels = { app: 'web' };
  const services = trial.client.resource(Resources.services);
  const made = service({ namespace, name: 'web' }, labels, 80, WEB_PORT);
  const ports = [{ name: 'http', port: 80, targetPort: WEB_PORT }];
  await services.create({ ...made, spec: { ...made.spec, ports } });
  await webPod(trial, namespace, 'web', labels);
  const scope = { namespace, name: 'web' };
  await untilObject(trial, Resources.endpoints, scope, 'endpoints', hasAddress);
  for (const target of [
    `pods/web:${WEB_PORT}`,
    `pods/http:web:${WEB_PORT}`,
    'services/web:http',
    'services/http:web:80',
  ]) {
    const path = `/api/v1/namespaces/${namespace}/${target}/proxy/cgi-bin/who`;
    const { status, text } = await raw(trial, path, { accept: '*/*' });
    expectEqual(`${target}: status`, status, 200);
    expectMatch(target, text, /^web /);
  }
}

/** Files of volumes mounted one by one. */
async function subPaths(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  await trial.client
    .resource(Resources.configMaps)
    .create(configMap({ namespace, name: 'source' }, { file: 'config' }));
  await trial.client.resource(Resources.secrets).create(secret({ namespace, name: 'source' }, { file: 'secret' }));
  const nameFile = { items: [{ path: 'file', fieldRef: { fieldPath: 'metadata.name' } }] };
  const volumes = [
    { name: 'config', configMap: { name: 'source' } },
    { name: 'secret', secret: { secretName: 'source' } },
    { name: 'downward', downwardAPI: nameFile },
    { name: 'projected', projected: { sources: [{ configMap: { name: 'source' } }] } },
  ];
  const output = await scriptOutput(
    trial,
    namespace,
    'reader',
    volumes.map(({ name }) => `cat /of/${name}; echo`).join(';'),
    { volumeMounts: volumes.map(({ name }) => ({ name, mountPath: `/of/${name}`, subPath: 'file' })) },
    { volumes },
  );
  expectEqual('the files', output, 'config\nsecret\nreader\nconfig\n');
}

const runs: Readonly<Record<string, ConformanceTest['run']>> = {
  'Proxy, logs service endpoint': proxied,
  'Proxy through apiserver to a Service': proxied,
  'SubPath: Reading content from volumes': subPaths,
};
export const nodeAccessTests: readonly ConformanceTest[] = Object.entries(runs).map(([name, run]) => ({
  name,
  needs,
  run,
}));
