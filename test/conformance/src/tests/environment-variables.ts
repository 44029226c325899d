/** ConfigMaps and Secrets in the environment of containers. */
import { type EnvFromSource, type EnvVar, Resources } from '@steersman/api';
import { scriptOutput } from '../framework/containers.ts';
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { expectEqual, expectMatch, expectTrue } from '../framework/expect.ts';
import { configMap, secret } from '../objects.ts';

const needs = ['containers'] as const;
const VALUES = { 'data-1': 'value-1', data_2: 'value-2', data_3: 'value-3' };

async function configMapField(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  await trial.client.resource(Resources.configMaps).create(configMap({ namespace, name: 'source' }, VALUES));
  const env: EnvVar[] = [{ name: 'CONFIG_DATA_1', valueFrom: { configMapKeyRef: { name: 'source', key: 'data-1' } } }];
  expectMatch(
    'the environment',
    await scriptOutput(trial, namespace, 'env', 'env', { env }),
    /^CONFIG_DATA_1=value-1$/m,
  );
}

async function secretField(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  await trial.client.resource(Resources.secrets).create(secret({ namespace, name: 'source' }, VALUES));
  const env: EnvVar[] = [{ name: 'SECRET_DATA', valueFrom: { secretKeyRef: { name: 'source', key: 'data-1' } } }];
  expectMatch('the environment', await scriptOutput(trial, namespace, 'env', 'env', { env }), /^SECRET_DATA=value-1$/m);
}

/** Prefixes may be anything printable but the equals sign. */
const PREFIXES = ['p-', '1-', '$_', '.'];

/** Everything of a source, plain and with prefixes. */
async function expectWhole(trial: Trial, namespace: string, envFrom: readonly EnvFromSource[]): Promise<void> {
  // A shell would leave out what it cannot name.
  const lines = (await scriptOutput(trial, namespace, 'env', '', { envFrom, command: ['env'] })).split('\n');
  for (const { prefix = '' } of envFrom) {
    for (const [name, value] of Object.entries(VALUES))
      expectTrue(`the variable ${prefix}${name}`, lines.includes(`${prefix}${name}=${value}`), lines);
  }
}

async function configMapWhole(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  await trial.client.resource(Resources.configMaps).create(configMap({ namespace, name: 'source' }, VALUES));
  const configMapRef = { name: 'source' };
  await expectWhole(trial, namespace, [{ configMapRef }, { prefix: 'p_', configMapRef }]);
}

async function secretWhole(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  await trial.client.resource(Resources.secrets).create(secret({ namespace, name: 'source' }, VALUES));
  const secretRef = { name: 'source' };
  await expectWhole(trial, namespace, [
    { secretRef },
    ...PREFIXES.map((prefix) => ({ prefix, secretRef })),
    { prefix: 'p_', secretRef },
  ]);
}

async function configMapPrefixes(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  await trial.client.resource(Resources.configMaps).create(configMap({ namespace, name: 'source' }, VALUES));
  await expectWhole(
    trial,
    namespace,
    PREFIXES.map((prefix) => ({ prefix, configMapRef: { name: 'source' } })),
  );
}

async function configMapUpdate(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const configMaps = trial.client.resource(Resources.configMaps);
  const made = await configMaps.create(configMap({ namespace, name: 'source' }, VALUES));
  const data = { ...VALUES, data: 'value' };
  const updated = await configMaps.update({ ...made, data });
  expectEqual('the data as updated', updated.data, data);
  expectEqual('the data as read', (await configMaps.get({ namespace, name: 'source' })).data, data);
}

export const environmentVariableTests: readonly ConformanceTest[] = [
  { name: 'ConfigMap, from environment field', needs, run: configMapField },
  { name: 'ConfigMap, from environment variables', needs, run: configMapWhole },
  { name: 'ConfigMap, from environment field with various prefixes', needs, run: configMapPrefixes },
  { name: 'ConfigMap Update', run: configMapUpdate },
  { name: 'Secrets, pod environment field', needs, run: secretField },
  { name: 'Secrets, pod environment from source', needs, run: secretWhole },
];
