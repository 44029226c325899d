import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { encodeCbor, type Status, toYaml } from '@steersman/api';
import { startTestServer } from '../test-server.ts';

const api = await startTestServer();
after(() => api[Symbol.asyncDispose]());
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
const SCHEME = 'in scheme "pkg/api/legacyscheme/scheme.go:30"';
const HEAD = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';
const UNREADABLE =
  "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error";
const metadata = { name: 'a' };
const known = (rest: string) => `cannot be handled as a ConfigMap: ${rest}`;

const cases: readonly (readonly [path: string, body: unknown, message: string])[] = [
  [
    CONFIG_MAPS,
    { apiVersion: 'v1', kind: 'Secret', metadata, foo: 1 },
    `Secret in version "v1" ${known('converting (v1.Secret) to (core.ConfigMap): unknown conversion')}`,
  ],
  [
    CONFIG_MAPS,
    { apiVersion: 'v1', kind: 'Secret', metadata, data: { a: 1 } },
    `Secret in version "v1" ${known('json: cannot unmarshal number into Go struct field Secret.data of type []uint8')}`,
  ],
  [
    CONFIG_MAPS,
    { apiVersion: 'v1', kind: 'Nonsense' },
    `Nonsense in version "v1" ${known(`no kind "Nonsense" is registered for version "v1" ${SCHEME}`)}`,
  ],
  [
    CONFIG_MAPS,
    { apiVersion: 'foo/v1', kind: 'ConfigMap' },
    `ConfigMap in version "v1" ${known(`no kind "ConfigMap" is registered for version "foo/v1" ${SCHEME}`)}`,
  ],
  [
    CONFIG_MAPS,
    { apiVersion: 'v1', kind: 'List', items: [] },
    `List in version "v1" ${known('converting (v1.List) to (core.ConfigMap): unknown conversion')}`,
  ],
  [
    CONFIG_MAPS,
    { apiVersion: 'foo/', kind: 'ConfigMap' },
    `ConfigMap in version "" ${known(`Object 'apiVersion' is missing in '{"apiVersion":"foo/","kind":"ConfigMap"}'`)}`,
  ],
  [
    CONFIG_MAPS,
    { apiVersion: 'a/b/c' },
    'the object provided is unrecognized (must be of type ConfigMap): unexpected GroupVersion string: a/b/c ({"apiVersion":"a/b/c"})',
  ],
  [
    CONFIG_MAPS,
    { apiVersion: 1 },
    `${UNREADABLE}: json: cannot unmarshal number into Go struct field .apiVersion of type string ({"apiVersion":1})`,
  ],
  [CONFIG_MAPS, [], `${UNREADABLE}: json: cannot unmarshal array into Go value of type ${HEAD} (5b5d)`],
  [CONFIG_MAPS, '"x"', `${UNREADABLE}: json: cannot unmarshal string into Go value of type ${HEAD} (227822)`],
  [
    DEPLOYMENTS,
    { apiVersion: 'apps/v1beta1', kind: 'Deployment', metadata },
    'the API version in the data (apps/v1beta1) does not match the expected API version (apps/v1)',
  ],
  [
    DEPLOYMENTS,
    { apiVersion: 'apps/v1beta1', kind: 'Deployment', spec: { replicas: 'x' } },
    'Deployment in version "v1beta1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
  ],
  [
    `${DEPLOYMENTS}?fieldValidation=Strict`,
    { apiVersion: 'apps/v1beta1', kind: 'Deployment', foo: 1 },
    'Deployment in version "v1beta1" cannot be handled as a Deployment: strict decoding error: unknown field "foo"',
  ],
];
for (const [path, body, message] of cases) {
  test(`POST of ${JSON.stringify(body)} is refused in upstream's words`, async () => {
    const answer = await api.send<Status>('POST', path, body);
    assert.equal(answer.body.message, message);
    assert.deepEqual([answer.status, answer.headers['warning']], [400, undefined]);
  });
}

test('a body of another kind is refused in YAML and CBOR as in JSON', async () => {
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata };
  for (const [type, body] of [
    ['application/yaml', toYaml(secret)],
    ['application/cbor', Buffer.from(encodeCbor(secret)).toString('latin1')],
  ] as const) {
    const { body: status } = await api.send<Status>('POST', CONFIG_MAPS, body, { 'content-type': type });
    if (type === 'application/yaml')
      assert.match(status.message ?? '', /converting \(v1\.Secret\) to \(core\.ConfigMap\)/);
    assert.equal(status.code, 400);
  }
});

test('a body that is null is an object without anything', async () => {
  const { body } = await api.send<Status>('POST', CONFIG_MAPS, 'null');
  assert.deepEqual([body.code, body.reason], [422, 'Invalid']);
});

test('patches that change the type are refused where upstream decodes the result, and go through where it does not', async () => {
  await api.send('POST', CONFIG_MAPS, { metadata: { name: 'typed' } });
  const patch = async (type: string, body: object) => {
    const headers = { 'content-type': `application/${type}+json` };
    const answer = await api.send<Status>('PATCH', `${CONFIG_MAPS}/typed`, body, headers);
    return [answer.status, answer.body.message?.split('": ').at(-1)];
  };
  const [foo, secret] = [{ kind: 'Foo' }, { kind: 'Secret' }];
  assert.deepEqual(await patch('merge-patch', foo), [422, `no kind "Foo" is registered for version "v1" ${SCHEME}`]);
  const conversion = 'converting (v1.Secret) to (core.ConfigMap): unknown conversion';
  assert.deepEqual(await patch('merge-patch', secret), [422, conversion]);
  const operation = [{ op: 'replace', path: '/kind', value: 'Secret' }];
  assert.deepEqual(await patch('json-patch', operation), [422, conversion]);
  assert.equal((await patch('strategic-merge-patch', foo))[0], 200);
  const [code, text] = await patch('strategic-merge-patch', [1]);
  assert.deepEqual([code, text], [400, 'json: cannot unmarshal array into Go value of type map[string]interface {}']);
});

test('patches that are no JSON are told so in the words of Go', async () => {
  for (const [type, prefix] of [
    ['merge', 'error decoding patch: '],
    ['strategic-merge', ''],
  ]) {
    const headers = { 'content-type': `application/${type}-patch+json` };
    const { body } = await api.send<Status>('PATCH', `${CONFIG_MAPS}/typed`, '{"a"', headers);
    assert.equal(body.message, `${prefix}unexpected end of JSON input`);
  }
});
