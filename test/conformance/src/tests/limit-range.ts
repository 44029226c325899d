/** LimitRange: defaults for pods, bounds, and the object's own life. */
import { type LimitRange, nameOf, type Pod, Resources } from '@steersman/api';
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { expectEqual, expectIncludes, expectRefused, expectTrue, present } from '../framework/expect.ts';
import { untilGone, untilObjects } from '../framework/wait.ts';
import { pod } from '../objects.ts';

const amounts = (cpu: string, memory: string, storage: string) => ({ cpu, memory, 'ephemeral-storage': storage });

function limitRange(namespace: string, name: string): LimitRange {
  return {
    metadata: { namespace, name },
    spec: {
      limits: [
        {
          type: 'Container',
          min: amounts('50m', '100Mi', '100Gi'),
          max: amounts('500m', '500Mi', '500Gi'),
          default: amounts('500m', '500Mi', '500Gi'),
          defaultRequest: amounts('100m', '200Mi', '200Gi'),
        },
      ],
    },
  };
}

const resourcesOf = (found: Pod) => present('resources', found.spec.containers[0]?.resources);

async function resources(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const { client, image } = trial;
  const ranges = client.resource(Resources.limitRanges);
  const pods = client.resource(Resources.pods);
  const made = await ranges.create(limitRange(namespace, 'limit-range'));
  expectEqual('the limits as read', (await ranges.get({ namespace, name: 'limit-range' })).spec, made.spec);
  const create = (name: string, requests?: object, limits?: object) => {
    const given = { ...(requests && { requests }), ...(limits && { limits }) } as NonNullable<
      Pod['spec']['containers'][0]['resources']
    >;
    return pods.create(pod({ namespace, name }, image, requests || limits ? { resources: given } : {}));
  };
  const defaulted = resourcesOf(await create('no-resources'));
  expectIncludes('defaults of a pod without resources', defaulted, {
    requests: amounts('100m', '200Mi', '200Gi'),
    limits: amounts('500m', '500Mi', '500Gi'),
  });
  const partial = resourcesOf(
    await create(
      'partial',
      { cpu: '300m', memory: '150Mi', 'ephemeral-storage': '150Gi' },
      { cpu: '300m', memory: '500Mi' },
    ),
  );
  expectIncludes('a pod with some resources', partial, {
    requests: amounts('300m', '150Mi', '150Gi'),
    limits: amounts('300m', '500Mi', '500Gi'),
  });
  const forbidden = { code: 403, reason: 'Forbidden' };
  const tooSmall = create('too-small', amounts('10m', '50Mi', '50Gi'));
  await expectRefused('a pod below the minimum', tooSmall, {
    ...forbidden,
    message: /minimum cpu usage per Container is 50m/,
  });
  const tooLarge = create('too-large', undefined, amounts('600m', '600Mi', '600Gi'));
  await expectRefused('a pod above the maximum', tooLarge, {
    ...forbidden,
    message: /maximum cpu usage per Container is 500m/,
  });
  await changes(trial, namespace, create);
}

/** The second half: an updated range counts at once, a deleted one no longer. */
async function changes(
  trial: Trial,
  namespace: string,
  create: (name: string, requests?: object, limits?: object) => Promise<Pod>,
): Promise<void> {
  const ranges = trial.client.resource(Resources.limitRanges);
  const key = { namespace, name: 'limit-range' };
  const current = await ranges.get(key);
  const limits = current.spec.limits.map((limit) => ({ ...limit, min: amounts('9m', '49Mi', '49Gi') }));
  const updated = await ranges.update({ ...current, spec: { limits } });
  expectIncludes('the updated minimum', updated.spec.limits[0], { min: amounts('9m', '49Mi', '49Gi') });
  await create('now-allowed', amounts('10m', '50Mi', '50Gi'));
  const tooLarge = create('still-too-large', undefined, amounts('600m', '600Mi', '600Gi'));
  await expectRefused('a pod above the maximum', tooLarge, { code: 403, reason: 'Forbidden' });
  await ranges.delete(key);
  await untilGone(trial, Resources.limitRanges, key);
  await create('free', undefined, amounts('600m', '600Mi', '600Gi'));
}

async function collection(trial: Trial): Promise<void> {
  const [first, second] = [await trial.namespace(), await trial.namespace()];
  const ranges = trial.client.resource(Resources.limitRanges);
  const labels = { 'e2e-limitrange': first };
  const labelSelector = `e2e-limitrange=${first}`;
  for (const namespace of [first, second]) {
    const made = limitRange(namespace, 'e2e-limitrange');
    await ranges.create({ ...made, metadata: { ...made.metadata, labels } });
  }
  expectEqual('ranges in all namespaces', (await ranges.list({ labelSelector })).items.length, 2);
  const body = {
    metadata: { labels: { patched: 'true' } },
    spec: { limits: [{ type: 'Container', max: { cpu: '600m' } }] },
  };
  const patched = await ranges.patch({ namespace: first, name: 'e2e-limitrange' }, { type: 'strategic', body });
  expectEqual('the patched label', patched.metadata.labels?.['patched'], 'true');
  expectTrue(
    'the patched limits',
    patched.spec.limits.some(({ max }) => max?.['cpu'] === '600m'),
    patched.spec,
  );
  await ranges.deleteCollection({ namespace: first, labelSelector });
  await untilObjects(trial, Resources.limitRanges, { namespace: first }, 'no ranges', (left) => left.length === 0);
  const left = await ranges.list({ labelSelector });
  expectEqual(
    'what is left',
    left.items.map((item) => `${item.metadata.namespace}/${nameOf(item)}`),
    [`${second}/e2e-limitrange`],
  );
}

export const limitRangeTests: readonly ConformanceTest[] = [
  { name: 'LimitRange, resources', run: resources },
  { name: 'LimitRange, list, patch and delete a LimitRange by collection', run: collection },
];
