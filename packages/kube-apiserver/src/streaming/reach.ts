/**
 * How this server reaches kubelets and pods. Those of simulated nodes have made-up addresses: they are called inside the
 * process or not at all, and nothing is ever sent to such an address.
 */
import { errors, isNotFound, type Node, Resources } from '@steersman/api';
import type { HttpHandler, HttpRequest, Peer } from '@steersman/server';
import type { StreamDependencies } from '../streaming-contract.ts';
import { authority, kubeletLocation, preferredAddressTypes } from './kubelet-location.ts';

/** The label that simulated nodes carry. */
export const SIMULATED_LABEL = 'steersman.dev/simulated';

export interface ReachDependencies extends StreamDependencies {
  /** The kubelet API of a node that runs in this process; undefined for nodes elsewhere. */
  readonly localKubelet: (node: string) => HttpHandler | undefined;
  /** Where the kubelets of simulated nodes answer, each below its name; absent when they run in this process or not at all. */
  readonly simulatedKubelets?: string | undefined;
}

export type Kubelet =
  /** A base URL such as `https://192.0.2.1:10250`. */
  { readonly kind: 'remote'; readonly url: string } | { readonly kind: 'local'; readonly handler: HttpHandler };

/** What a local kubelet sees of its caller: this server, which has authorized the request. */
export const LOCAL_PEER: Peer = { remoteAddress: '127.0.0.1', scheme: 'process' };

export const isSimulated = ({ metadata }: Node): boolean => metadata.labels?.[SIMULATED_LABEL] === 'true';

/** The kubelet of a node. Throws ApiError NotFound, or ServiceUnavailable for a simulated node that runs elsewhere. */
export async function reachKubelet(dependencies: ReachDependencies, name: string): Promise<Kubelet> {
  const handler = dependencies.localKubelet(name);
  if (handler !== undefined) return { kind: 'local', handler };
  const node = await dependencies.client.resource(Resources.nodes).get({ name });
  if (isSimulated(node)) {
    if (dependencies.simulatedKubelets !== undefined)
      return { kind: 'remote', url: `${dependencies.simulatedKubelets}/${encodeURIComponent(name)}` };
    throw errors.serviceUnavailable(`node ${JSON.stringify(name)} is simulated and does not run in this process`);
  }
  const { host, port } = kubeletLocation(node, preferredAddressTypes(dependencies.config));
  return { kind: 'remote', url: `https://${authority(host, port)}` };
}

/**
 * Throws ApiError ServiceUnavailable unless addresses of pods on the node are real. A node that is gone may have been a
 * simulated one.
 */
export async function checkPodsReachable({ client, localKubelet }: ReachDependencies, name: string): Promise<void> {
  const simulated = () => errors.serviceUnavailable(`pods of simulated nodes have no network (node ${name})`);
  if (localKubelet(name) !== undefined) throw simulated();
  try {
    const node = await client.resource(Resources.nodes).get({ name });
    if (isSimulated(node)) throw simulated();
  } catch (error) {
    if (isNotFound(error)) throw errors.serviceUnavailable(`node ${JSON.stringify(name)} of the pod is gone`);
    throw error;
  }
}

/** The request as it goes to a local kubelet: another path, and none of the user's credentials. */
export function localRequest(http: HttpRequest, path: string, query: string): HttpRequest {
  const { authorization: _user, cookie: _cookie, ...headers } = http.headers;
  return {
    method: http.method,
    path,
    query,
    headers,
    headerValues: (name) => (headers[name] === undefined ? [] : http.headerValues(name)),
    peer: LOCAL_PEER,
    get signal() {
      return http.signal;
    },
    body: (limit) => http.body(limit),
    bodyStream: () => http.bodyStream(),
  };
}
