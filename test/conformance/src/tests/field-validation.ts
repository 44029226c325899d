/** Field validation on the server: unknown and duplicate fields in every way of writing an object. */
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { expectEqual, expectMatch } from '../framework/expect.ts';
import { raw, rawExpecting } from '../framework/raw.ts';

const APPLY = 'application/apply-patch+yaml';

/** JSON text of a deployment, so that fields can be unknown and keys can come twice. */
function deploymentText(name: string, extraSpec: string, extraMetadata = ''): string {
  return `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"${name}"${extraMetadata},"labels":{"app":"nginx"}},
    "spec":{${extraSpec}"replicas":2,"selector":{"matchLabels":{"app":"nginx"}},"template":{"metadata":{"labels":{"app":"nginx"}},
    "spec":{"containers":[{"name":"nginx","image":"nginx:latest"}]}}}}`;
}

const pathOf = (namespace: string, name = '') =>
  `/apis/apps/v1/namespaces/${namespace}/deployments${name && `/${name}`}`;

/** What refusals have: 500 is what a server says of an applied object that does not fit the schema. */
const STATUSES = [400, 422, 500];

async function expectBad(
  trial: Trial,
  what: string,
  path: string,
  method: string,
  contentType: string,
  body: string,
  texts: readonly RegExp[],
) {
  const answer = await raw(trial, path, { method, contentType, body });
  expectEqual(`${what}: status`, STATUSES.includes(answer.status), true);
  const { message } = answer.json<{ message: string }>();
  for (const text of texts) expectMatch(`${what}: message`, message, text);
}

async function typedObject(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const bad = '"unknown1":"val1","unknownDupe":"valDupe","unknownDupe":"valDupe2","paused":true,"paused":false,';
  const texts = [
    /unknown field "spec\.unknown1"/,
    /unknown field "spec\.unknownDupe"/,
    /duplicate field "spec\.paused"/,
  ];
  const strict = 'fieldValidation=Strict';
  await expectBad(
    trial,
    'POST',
    `${pathOf(namespace)}?${strict}`,
    'POST',
    'application/json',
    deploymentText('dep', bad),
    texts,
  );
  await rawExpecting(trial, 201, pathOf(namespace), { method: 'POST', body: deploymentText('dep', '') });
  await expectBad(
    trial,
    'PUT',
    `${pathOf(namespace, 'dep')}?${strict}`,
    'PUT',
    'application/json',
    deploymentText('dep', bad),
    texts,
  );
  const patch = `{"spec":{${bad}"minReadySeconds":1}}`;
  for (const type of ['merge-patch', 'strategic-merge-patch']) {
    const path = `${pathOf(namespace, 'dep')}?${strict}`;
    await expectBad(trial, type, path, 'PATCH', `application/${type}+json`, patch, texts);
  }
  const operations =
    '[{"op":"add","path":"/spec/unknown1","value":"val1"},{"op":"add","path":"/spec/unknown3","value":"val3"}]';
  const found = [/unknown field "spec\.unknown1"/, /unknown field "spec\.unknown3"/];
  await expectBad(
    trial,
    'json-patch',
    `${pathOf(namespace, 'dep')}?${strict}`,
    'PATCH',
    'application/json-patch+json',
    operations,
    found,
  );
  const apply = `${pathOf(namespace, 'dep')}?${strict}&fieldManager=tester`;
  await expectBad(trial, 'apply', apply, 'PATCH', APPLY, deploymentText('dep', '"unknown1":"val1",'), [/unknown1/]);
}

async function warnAndIgnore(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const bad = '"unknown1":"val1","paused":true,"paused":false,';
  const warned = await rawExpecting(trial, 201, `${pathOf(namespace)}?fieldValidation=Warn`, {
    method: 'POST',
    body: deploymentText('warned', bad),
  });
  expectMatch('the warning header', warned.headers['warning'], /unknown field \\"spec\.unknown1\\"/);
  expectMatch('the warning header', warned.headers['warning'], /duplicate field \\"spec\.paused\\"/);
  const ignored = await rawExpecting(trial, 201, `${pathOf(namespace)}?fieldValidation=Ignore`, {
    method: 'POST',
    body: deploymentText('ignored', bad),
  });
  expectEqual('no warning header when ignored', ignored.headers['warning'], undefined);
  expectEqual(
    'the last of duplicate values counts',
    ignored.json<{ spec: { paused?: boolean } }>().spec.paused ?? false,
    false,
  );
}

async function unknownMetadata(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const body = deploymentText('meta', '', ',"unknownMeta":"val"').replace(
    '"template":{"metadata":{',
    '"template":{"metadata":{"unknownEmbedded":1,',
  );
  const texts = [/unknown field "metadata\.unknownMeta"/, /unknown field "spec\.template\.metadata\.unknownEmbedded"/];
  await expectBad(
    trial,
    'POST',
    `${pathOf(namespace)}?fieldValidation=Strict`,
    'POST',
    'application/json',
    body,
    texts,
  );
  await expectBad(
    trial,
    'apply',
    `${pathOf(namespace, 'meta')}?fieldValidation=Strict&fieldManager=tester`,
    'PATCH',
    APPLY,
    deploymentText('meta', '', ',"unknownMeta":"val"'),
    [/unknownMeta/],
  );
}

export const fieldValidationTests: readonly ConformanceTest[] = [
  { name: 'Server side field validation, typed object', run: typedObject },
  { name: 'Server side field validation, typed unknown metadata', run: unknownMetadata },
  { name: 'Server side field validation, Warn and Ignore', run: warnAndIgnore },
];
