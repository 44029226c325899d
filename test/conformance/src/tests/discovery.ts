/** Discovery, version, representations: what a client learns about a server before it does anything. */
import { Resources } from '@steersman/api';
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { expectEqual, expectMatch, expectTrue, present } from '../framework/expect.ts';
import { raw, rawExpecting } from '../framework/raw.ts';
import { configMap } from '../objects.ts';

interface GroupVersion {
  readonly groupVersion: string;
  readonly version: string;
}
interface Group {
  readonly name: string;
  readonly versions: readonly GroupVersion[];
  readonly preferredVersion: GroupVersion;
}
interface ResourceList {
  readonly kind: string;
  readonly groupVersion: string;
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly verbs: readonly string[] }[];
}
interface AggregatedGroup {
  readonly metadata: { readonly name?: string };
  readonly versions: readonly {
    readonly version: string;
    readonly freshness?: string;
    readonly resources: readonly { readonly resource: string; readonly responseKind: { readonly kind: string } }[];
  }[];
}
interface AggregatedList {
  readonly kind: string;
  readonly apiVersion: string;
  readonly items: readonly AggregatedGroup[];
}

const groupsOf = async (trial: Trial) =>
  (await rawExpecting(trial, 200, '/apis')).json<{ readonly groups: readonly Group[] }>().groups;

async function preferredVersions(trial: Trial): Promise<void> {
  const groups = await groupsOf(trial);
  expectTrue('there are API groups', groups.length > 0, groups);
  for (const group of groups.filter(({ name }) => !name.endsWith('.example.com'))) {
    const own = (await rawExpecting(trial, 200, `/apis/${group.name}`)).json<Group>();
    expectEqual(`the name in /apis/${group.name}`, own.name, group.name);
    expectTrue(
      `the preferred version of ${group.name} is one of its versions`,
      own.versions.some(({ groupVersion }) => groupVersion === own.preferredVersion.groupVersion),
      own,
    );
  }
}

async function groupVersionAndResource(trial: Trial): Promise<void> {
  const known: Readonly<Record<string, string>> = {
    apps: 'deployments',
    batch: 'jobs',
    policy: 'poddisruptionbudgets',
  };
  for (const { name, preferredVersion } of await groupsOf(trial)) {
    const { groupVersion } = preferredVersion;
    const list = (await rawExpecting(trial, 200, `/apis/${groupVersion}`)).json<ResourceList>();
    expectEqual(`groupVersion of /apis/${groupVersion}`, list.groupVersion, groupVersion);
    expectEqual(`kind of /apis/${groupVersion}`, list.kind, 'APIResourceList');
    expectTrue(`${groupVersion} has resources`, list.resources.length > 0, list);
    const resource = known[name];
    if (resource === undefined) continue;
    expectTrue(
      `${groupVersion} has ${resource}`,
      list.resources.some((entry) => entry.name === resource),
      list,
    );
  }
}

async function serverVersion(trial: Trial): Promise<void> {
  const { major, minor } = await trial.client.json<{ major: string; minor: string }>('GET', '/version');
  expectMatch('the major version', major, /^\d+$/);
  expectMatch('the minor version', minor, /^\d+$/);
}

async function notAcceptableForMetadata(trial: Trial): Promise<void> {
  const answer = await raw(trial, '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
    method: 'POST',
    accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { verb: 'get', resource: 'pods' } },
    },
  });
  expectEqual('the status of a review asked for as a Table', answer.status, 406);
  expectEqual('the reason', answer.json<{ reason: string }>().reason, 'NotAcceptable');
}

async function podsAsTable(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const configMaps = trial.client.resource(Resources.configMaps);
  await configMaps.create(configMap({ namespace, name: 'tabled' }));
  const answer = await rawExpecting(trial, 200, `/api/v1/namespaces/${namespace}/configmaps`, {
    accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
  });
  const table = answer.json<{
    kind: string;
    apiVersion: string;
    columnDefinitions: { name: string; type: string }[];
    rows: { cells: unknown[]; object: { kind: string; metadata: { name: string } } }[];
  }>();
  expectEqual('kind and apiVersion', `${table.apiVersion} ${table.kind}`, 'meta.k8s.io/v1 Table');
  expectEqual('the first column', table.columnDefinitions[0]?.name, 'Name');
  const row = present(
    'the row of the config map',
    table.rows.find(({ object }) => object.metadata.name === 'tabled'),
  );
  expectEqual('its first cell', row.cells[0], 'tabled');
  expectEqual('cells per row', row.cells.length, table.columnDefinitions.length);
  expectEqual('the object of a row', row.object.kind, 'PartialObjectMetadata');
}

const AGGREGATED_V2 = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

async function aggregated(trial: Trial, path: string): Promise<AggregatedList> {
  const answer = await rawExpecting(trial, 200, path, { accept: `${AGGREGATED_V2},application/json` });
  expectMatch(`content-type of ${path}`, answer.headers['content-type'], /as=APIGroupDiscoveryList/);
  const list = answer.json<AggregatedList>();
  expectEqual(`kind of ${path}`, `${list.apiVersion} ${list.kind}`, 'apidiscovery.k8s.io/v2 APIGroupDiscoveryList');
  return list;
}

/** Resources that every server has, as `group/version/resource`. */
const BUILT_IN = [
  '/v1/namespaces',
  '/v1/pods',
  '/v1/configmaps',
  'apps/v1/deployments',
  'batch/v1/jobs',
  'autoscaling/v1/horizontalpodautoscalers',
  'rbac.authorization.k8s.io/v1/clusterroles',
  'apiextensions.k8s.io/v1/customresourcedefinitions',
  'apiregistration.k8s.io/v1/apiservices',
];

async function aggregatedInterface(trial: Trial): Promise<void> {
  const lists = [await aggregated(trial, '/api'), await aggregated(trial, '/apis')];
  const found = new Set<string>();
  for (const { metadata, versions } of lists.flatMap(({ items }) => items)) {
    for (const { version, resources } of versions) {
      for (const { resource } of resources) found.add(`${metadata.name ?? ''}/${version}/${resource}`);
    }
  }
  for (const resource of BUILT_IN) expectTrue(`aggregated discovery has ${resource}`, found.has(resource), [...found]);
}

async function aggregatedAcceptHeaders(trial: Trial): Promise<void> {
  await aggregated(trial, '/apis');
  const plain = await rawExpecting(trial, 200, '/apis');
  expectEqual('kind of /apis for application/json', plain.json<{ kind: string }>().kind, 'APIGroupList');
  const core = await rawExpecting(trial, 200, '/api');
  expectEqual('kind of /api for application/json', core.json<{ kind: string }>().kind, 'APIVersions');
  const answer = await rawExpecting(trial, 200, '/apis', { accept: AGGREGATED_V2 });
  const etag = answer.headers['etag'];
  if (etag === undefined) return; // Servers older than 1.27 have none.
  const again = await raw(trial, '/apis', { accept: AGGREGATED_V2, headers: { 'if-none-match': etag } });
  expectEqual('the status when nothing changed', again.status, 304);
}

async function webhookDiscovery(trial: Trial): Promise<void> {
  const group = (await groupsOf(trial)).find(({ name }) => name === 'admissionregistration.k8s.io');
  const versions = present('the group admissionregistration.k8s.io', group).versions.map(({ version }) => version);
  expectTrue('its version v1', versions.includes('v1'), versions);
  const list = (await rawExpecting(trial, 200, '/apis/admissionregistration.k8s.io/v1')).json<ResourceList>();
  for (const resource of ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations']) {
    expectTrue(
      `the resource ${resource}`,
      list.resources.some(({ name }) => name === resource),
      list,
    );
  }
}

async function definitionDiscovery(trial: Trial): Promise<void> {
  const group = (await groupsOf(trial)).find(({ name }) => name === 'apiextensions.k8s.io');
  const versions = present('the group apiextensions.k8s.io', group).versions.map(({ version }) => version);
  expectTrue('its version v1', versions.includes('v1'), versions);
  const list = (await rawExpecting(trial, 200, '/apis/apiextensions.k8s.io/v1')).json<ResourceList>();
  expectTrue(
    'customresourcedefinitions',
    list.resources.some(({ name }) => name === 'customresourcedefinitions'),
    list,
  );
}

export const discoveryTests: readonly ConformanceTest[] = [
  { name: 'Discovery, confirm the PreferredVersion for each api group', run: preferredVersions },
  { name: 'Discovery, confirm the groupVerion and a resourcefrom each apiGroup', run: groupVersionAndResource },
  { name: 'Confirm a server version', run: serverVersion },
  { name: 'API metadata HTTP return', run: notAcceptableForMetadata },
  { name: 'Servers with support for Table transformation, config maps as a table', run: podsAsTable },
  { name: 'Aggregated Discovery Interface', run: aggregatedInterface },
  { name: 'Aggregated Discovery Endpoint Accept Headers', run: aggregatedAcceptHeaders },
  { name: 'Admission webhook, discovery document', run: webhookDiscovery },
  { name: 'Custom Resource Definition, discovery', run: definitionDiscovery },
];
