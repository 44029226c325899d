/** ConfigMaps and Secrets in the environment of containers. */
import { type EnvFromSource, type EnvVar, Resources } from '@steersman/api';
import { scriptOutput } from '../framework/containers.ts';
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { expectMatch } from '../framework/expect.ts';
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

/** Everything of a source, plain and with a prefix. */
async function expectWhole(trial: Trial, namespace: string, envFrom: readonly EnvFromSource[]): Promise<void> {
  const output = await scriptOutput(trial, namespace, 'env', 'env', { envFrom });
  for (const expected of [/^data_2=value-2$/m, /^data_3=value-3$/m, /^p_data_2=value-2$/m, /^p_data_3=value-3$/m]) {
    expectMatch('the environment', output, expected);
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
  await expectWhole(trial, namespace, [{ secretRef }, { prefix: 'p_', secretRef }]);
}

export const environmentVariableTests: readonly ConformanceTest[] = [
  { name: 'ConfigMap, from environment field', needs, run: configMapField },
  { name: 'ConfigMap, from environment variables', needs, run: configMapWhole },
  { name: 'Secrets, pod environment field', needs, run: secretField },
  { name: 'Secrets, pod environment from source', needs, run: secretWhole },
];
