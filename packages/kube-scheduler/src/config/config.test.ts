import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from '@steersman/client';
import { NOTHING_AROUND } from '../fake/nothing-around.ts';
import { createClusterState } from '../state/cluster-state.ts';
import { ConfigError } from './contract.ts';
import { DEFAULT_CONFIG } from './defaults.ts';
import { parseSchedulerConfig } from './parse.ts';
import { buildProfile } from './profile.ts';

const HEAD = 'apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n';
const client = createClient({ request: () => Promise.reject(new ConfigError('none')), close: async () => {} });

function profileOf(yaml: string, at = 0) {
  const config = parseSchedulerConfig(HEAD + yaml);
  const cluster = createClusterState();
  const dependencies = { client, cluster, defaultSelector: () => undefined, ...NOTHING_AROUND };
  return buildProfile(config.profiles[at]!, config.percentageOfNodesToScore, dependencies);
}
const namesOf = (plugins: readonly { readonly name: string }[]) => plugins.map(({ name }) => name);

test("parseSchedulerConfig() fills in upstream's defaults", () => {
  assert.deepEqual(parseSchedulerConfig(HEAD), DEFAULT_CONFIG);
});

test('parseSchedulerConfig() reads times, leader election and client connection', () => {
  const config = parseSchedulerConfig(
    `${HEAD}podInitialBackoffSeconds: 2\nleaderElection: {leaderElect: false, leaseDuration: 1m0s}\nclientConnection: {kubeconfig: /etc/k}\n`,
  );
  assert.equal(config.podInitialBackoffMs, 2000);
  assert.equal(config.leaderElection.leaderElect, false);
  assert.equal(config.leaderElection.leaseDurationMs, 60_000);
  assert.equal(config.kubeconfig, '/etc/k');
});

for (const [title, yaml, message] of [
  ['another version', 'apiVersion: v1\nkind: Pod\n', /apiVersion: must be kubescheduler/],
  [
    'a bad percentage',
    `${HEAD}percentageOfNodesToScore: 101\n`,
    /percentageOfNodesToScore: must be a whole number from 0 to 100/,
  ],
  [
    'a bad duration',
    `${HEAD}leaderElection: {leaseDuration: soon}\n`,
    /leaderElection.leaseDuration: must be a duration/,
  ],
  [
    'two profiles of one name',
    `${HEAD}profiles: [{schedulerName: a}, {schedulerName: a}]\n`,
    /profiles: schedulerName must be unique/,
  ],
  ['extenders', `${HEAD}extenders: [{urlPrefix: "http://x"}]\n`, /extenders: are not supported/],
] as const) {
  test(`parseSchedulerConfig() refuses ${title} and names the field`, () => {
    assert.throws(
      () => parseSchedulerConfig(yaml),
      (error) => error instanceof ConfigError && message.test(error.message),
    );
  });
}

test('buildProfile() orders plugins and weights as upstream does', () => {
  const { plugins } = profileOf('');
  assert.deepEqual(namesOf(plugins.filter), [
    'NodeUnschedulable',
    'NodeName',
    'TaintToleration',
    'NodeAffinity',
    'NodePorts',
    'NodeResourcesFit',
    'PodTopologySpread',
    'InterPodAffinity',
  ]);
  const weights = Object.fromEntries(plugins.score.map(({ plugin, weight }) => [plugin.name, weight]));
  assert.deepEqual(weights, {
    TaintToleration: 3,
    NodeAffinity: 2,
    NodeResourcesFit: 1,
    PodTopologySpread: 2,
    InterPodAffinity: 2,
    NodeResourcesBalancedAllocation: 1,
    ImageLocality: 1,
  });
  assert.deepEqual(namesOf(plugins.bind), ['DefaultBinder']);
});

test('buildProfile() enables, disables and weighs plugins as profiles say', () => {
  const yaml = [
    'profiles:',
    '- schedulerName: packed',
    '  percentageOfNodesToScore: 30',
    '  plugins:',
    '    multiPoint: {disabled: [{name: ImageLocality}]}',
    "    score: {disabled: [{name: '*'}], enabled: [{name: NodeResourcesFit, weight: 7}]}",
    '    filter: {disabled: [{name: NodePorts}]}',
    '- schedulerName: default-scheduler',
  ].join('\n');
  const packed = profileOf(yaml);
  assert.equal(packed.percentageOfNodesToScore, 30);
  assert.deepEqual(
    packed.plugins.score.map(({ plugin, weight }) => [plugin.name, weight]),
    [['NodeResourcesFit', 7]],
  );
  assert.ok(!namesOf(packed.plugins.filter).includes('NodePorts'));
  assert.equal(profileOf(yaml, 1).plugins.score.length, 7);
});

test('buildProfile() refuses a plugin that does not exist', () => {
  const yaml = 'profiles: [{plugins: {filter: {enabled: [{name: NoSuch}]}}}]';
  assert.throws(() => profileOf(yaml), /there is no plugin named NoSuch/);
});
