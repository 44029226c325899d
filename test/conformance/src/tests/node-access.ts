/** What pods are given of the cluster: tokens, single files of volumes, and the way to them through the API server. */
import { Resources } from '@steersman/api';
import { scriptOutput } from '../framework/containers.ts';
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { expectEqual, expectMatch, expectTrue } from '../framework/expect.ts';
import { raw } from '../framework/raw.ts';
import { untilObject } from '../framework/wait.ts';
import { WEB_PORT, webPod } from '../framework/web-pods.ts';
import { configMap, secret, service } from '../objects.ts';

const needs = ['containers'] as const;

async function proxied(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const labels = { app: 'web' };
  const services = trial.client.resource(Resources.services);
  const made = service({ namespace, name: 'web' }, labels, 80, WEB_PORT);
  const ports = [{ name: 'http', port: 80, targetPort: WEB_PORT }];
  await services.create({ ...made, spec: { ...made.spec, ports } });
  await webPod(trial, namespace, 'web', labels);
  const scope = { namespace, name: 'web' };
  await untilObject(trial, Resources.endpoints, scope, 'endpoints', (each) => (each?.subsets ?? []).length > 0);
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

async function tokenMount(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const script = 'ls /var/run/secrets/kubernetes.io/serviceaccount 2>/dev/null || echo none';
  expectEqual('mounted by itself', await scriptOutput(trial, namespace, 'plain', script), 'ca.crt\nnamespace\ntoken\n');
  const without = { automountServiceAccountToken: false };
  expectEqual('opted out', await scriptOutput(trial, namespace, 'without', script, {}, without), 'none\n');
  const projected = {
    sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 600, audience: 'tested' } }],
  };
  const token = await scriptOutput(
    trial,
    namespace,
    'audience',
    'cat /tokens/token',
    { volumeMounts: [{ name: 'tokens', mountPath: '/tokens' }] },
    { volumes: [{ name: 'tokens', projected }] },
  );
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
    aud: string[];
    sub: string;
  };
  expectEqual('audience', claims.aud, ['tested']);
  expectTrue('its subject is the service account', claims.sub === `system:serviceaccount:${namespace}:default`, claims);
}

const runs: Readonly<Record<string, ConformanceTest['run']>> = {
  'Proxy, logs service endpoint': proxied,
  'SubPath: Reading content from volumes': subPaths,
  'Service Account Tokens Must AutoMount': tokenMount,
  'Service account tokens auto mount optionally': tokenMount,
  'TokenRequestProjection should mount a projected volume with token using TokenRequest API.': tokenMount,
};
export const nodeAccessTests: readonly ConformanceTest[] = Object.entries(runs).map(([name, run]) => ({
  name,
  needs,
  run,
}));
