import { createClient, createHttpTransport, loadKubeconfig } from '@steersman/client';
import { type ComponentCommand, createListener, type HttpHandler, type HttpRequest } from '@steersman/server';
import { apiServerTls, simulatedNodesKubeconfig } from '../deploy/credentials.ts';
import { simulatedNodesAdder } from './add-simulated-nodes.ts';
import { followSimulatedNodes } from './follow-nodes.ts';
import { aborted, PART_FLAGS, partContext } from './part.ts';

const CLOSE_GRACE_MS = 1_000;

/** `steersman simulated-nodes`: the simulated nodes of a cluster with several API servers. */
export const command: ComponentCommand = {
  name: 'simulated-nodes',
  summary: 'Runs the simulated nodes of a cluster that `steersman up` has made.',
  flags: PART_FLAGS,
  async run(flags, effects, signal) {
    process.on('SIGHUP', () => {}); // From the start: an `up` that comes early must not end this process.
    const { config, layout, part, pki } = await partContext(flags, effects);
    const transport = createHttpTransport(loadKubeconfig(simulatedNodesKubeconfig(layout)));
    const client = createClient(transport, { userAgent: 'kubelet', clock: effects.clock });
    const kubelets = new Map<string, HttpHandler>();
    const listener = createListener({ handler: kubeletsHandler(kubelets), log: effects.log, tls: apiServerTls(pki) });
    await listener.listen({ host: part.address ?? '127.0.0.1', port: config.apiPort });
    await followSimulatedNodes(layout, simulatedNodesAdder({ client, effects, signal, kubelets }), effects);
    await aborted(signal);
    await listener.close(CLOSE_GRACE_MS);
    await transport.close();
  },
};

/** The kubelet API of every node, below its name, for API servers only. */
export function kubeletsHandler(kubelets: ReadonlyMap<string, HttpHandler>): HttpHandler {
  return (request, response, upgrade) => {
    const { certificate } = request.peer;
    if (certificate?.verified !== true || !certificate.organizations.includes('system:masters'))
      return response.send(401, { 'content-type': 'text/plain' }, Buffer.from('Unauthorized'));
    const [, name = '', rest = '/'] = /^\/([^/]*)(\/.*)?$/.exec(request.path) ?? [];
    const kubelet = kubelets.get(decodeURIComponent(name));
    if (kubelet === undefined)
      return response.send(503, { 'content-type': 'text/plain' }, Buffer.from(`node ${name} does not run`));
    return kubelet(withPath(request, rest), response, upgrade);
  };
}

function withPath(request: HttpRequest, path: string): HttpRequest {
  const { method, query, headers, peer } = request;
  return {
    method,
    path,
    query,
    headers,
    peer,
    headerValues: (name) => request.headerValues(name),
    get signal() {
      return request.signal;
    },
    body: (limit) => request.body(limit),
    bodyStream: () => request.bodyStream(),
  };
}
