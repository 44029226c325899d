import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError, type EndpointSlice, type KubeObject, type Node, type Pod, type Service } from '@steersman/api';
import { fakeEffects } from '@steersman/machinery';
import { callInProcess, type HttpHandler } from '@steersman/server';
import type { StreamDependencies } from '../streaming-contract.ts';
import { streamHandlersWith } from './index.ts';

const node = (name: string, labels: Record<string, string>): Node => ({
  metadata: { name, labels },
  spec: {},
  status: { addresses: [{ type: 'InternalIP', address: '10.128.0.1' }] },
});
const pod = (name: string, nodeName: string): Pod => ({
  metadata: { name, namespace: 'ns' },
  spec: { nodeName, containers: [{ name: 'main' }] },
  status: { podIP: '10.244.0.5' },
});
const service: Service = { metadata: { name: 'web', namespace: 'ns' }, spec: { ports: [{ port: 80 }] } };
const slice: EndpointSlice = {
  metadata: { name: 'web-1' },
  addressType: 'IPv4',
  ports: [{ port: 80 }],
  endpoints: [{ addresses: ['10.244.0.5'], nodeName: 'elsewhere' }],
};
const simulated = { 'steersman.dev/simulated': 'true' };
const objects: Readonly<Record<string, readonly KubeObject[]>> = {
  nodes: [node('here', simulated), node('elsewhere', simulated)],
  pods: [pod('near', 'here'), pod('far', 'elsewhere'), pod('orphan', 'gone')],
  services: [service],
};

const client = {
  resource: ({ plural }: { plural: string }) => ({
    async get({ name }: { name: string }) {
      const found = objects[plural]?.find(({ metadata }) => metadata.name === name);
      if (found === undefined) throw new ApiError({ metadata: {}, code: 404, reason: 'NotFound', message: 'absent' });
      return found;
    },
    list: async () => ({ items: [slice], resourceVersion: '1' }),
  }),
};

/** The kubelet of node `here`: says what it was asked. */
const kubelet: HttpHandler = (request, response) => {
  const text = `${request.method} ${request.path}?${request.query} ${request.headers['authorization'] ?? 'anonymous'}`;
  response.send(200, { 'content-type': 'text/plain' }, Buffer.from(text));
};

/** Calls one streaming endpoint; a dial attempt would leave this process, so tests here may only see refusals and `kubelet`. */
async function call(
  resource: string,
  name: string,
  subresource: string,
  rest = '',
  query = '',
  simulatedKubelets?: string,
) {
  const dependencies = { effects: fakeEffects(), config: {}, client } as unknown as StreamDependencies;
  const local = (asked: string) => (asked === 'here' ? kubelet : undefined);
  const handlers = streamHandlersWith(local, simulatedKubelets)(dependencies);
  const handler = handlers.find((one) => one.resource === resource && one.subresource === subresource)!;
  const peer = { remoteAddress: '192.0.2.1', scheme: 'https' } as const;
  const serve: HttpHandler = (http, response) =>
    handler.handle({
      user: { name: 'admin', groups: [] },
      verb: 'get',
      namespace: 'ns',
      name,
      rest,
      parameters: new URLSearchParams(http.query),
      http,
      response,
      upgrade: undefined,
      signal: http.signal,
    });
  const headers = { authorization: 'Bearer secret' };
  const answer = await callInProcess(serve, peer, { method: 'GET', path: `/x${rest}?${query}`, headers });
  let body = '';
  for await (const chunk of answer.body) body += Buffer.from(chunk).toString();
  return `${answer.status} ${body}`;
}

test('streamHandlersWith() calls the kubelet of a node in this process directly, without the credentials of the user', async () => {
  assert.equal(
    await call('pods', 'near', 'log', '', 'tailLines=3'),
    '200 GET /containerLogs/ns/near/main?tailLines=3 anonymous',
  );
  assert.equal(await call('nodes', 'here', 'proxy', '/pods'), '200 GET /pods? anonymous');
});

const refused: readonly [string, string, string, RegExp][] = [
  ['pods', 'far', 'log', /node "elsewhere" is simulated/],
  ['nodes', 'elsewhere', 'proxy', /node "elsewhere" is simulated/],
  ['nodes', 'elsewhere:9100', 'proxy', /node "elsewhere" is simulated/],
  ['pods', 'near:80', 'proxy', /pods of simulated nodes have no network/],
  ['pods', 'far', 'proxy', /pods of simulated nodes have no network/],
  ['pods', 'orphan', 'proxy', /node "gone" of the pod is gone/],
  ['services', 'web:80', 'proxy', /pods of simulated nodes have no network/],
];
for (const [resource, name, subresource, message] of refused) {
  test(`streamHandlersWith() never dials the made-up address behind ${resource}/${subresource} of ${name}`, async () => {
    await assert.rejects(
      call(resource, name, subresource, subresource === 'proxy' ? '/page' : ''),
      (error: unknown) => {
        assert.ok(error instanceof ApiError);
        assert.equal(error.code, 503);
        assert.match(error.message, message);
        return true;
      },
    );
  });
}

test('streamHandlersWith() dials the kubelets of simulated nodes where they run, and never their pods', async () => {
  const nowhere = 'https://127.0.0.31:1'; // Nobody listens there.
  const refusal = { message: /https:\/\/127\.0\.0\.31:1\/elsewhere\/containerLogs\/ns\/far\/main/ };
  await assert.rejects(call('pods', 'far', 'log', '', '', nowhere), refusal);
  await assert.rejects(call('nodes', 'elsewhere', 'proxy', '/pods', '', nowhere), { message: /127\.0\.0\.31:1/ });
  await assert.rejects(call('pods', 'far', 'proxy', '/', '', nowhere), { message: /no network/ });
});
