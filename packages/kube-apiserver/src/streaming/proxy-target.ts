/** Which address a pods/proxy, services/proxy or nodes/proxy request means. */
import { type EndpointSlice, errors, type Pod, type Service } from '@steersman/api';
import ipaddr from 'ipaddr.js';
import { authority, type KubeletLocation } from './kubelet-location.ts';

export interface ProxyTarget {
  readonly scheme: 'http' | 'https';
  /** `host` or `host:port`. */
  readonly authority: string;
  /** What paths there begin with; nothing when absent. */
  readonly prefix?: string;
  /** Reached with this server's kubelet client certificate. */
  readonly kubelet: boolean;
  /** The node of the pod or endpoint, when it is known. */
  readonly node?: string | undefined;
}

export interface ProxyName {
  readonly scheme: string;
  readonly name: string;
  readonly port: string;
}

/** Reads `name`, `name:port` and `scheme:name:port`. Throws ApiError BadRequest. */
export function parseProxyName(text: string, what: string): ProxyName {
  const parts = text.split(':');
  const bad = () => errors.badRequest(`invalid ${what} request ${JSON.stringify(text)}`);
  if (parts.length > 3) throw bad();
  const [scheme, name, port] = parts.length === 3 ? parts : ['', ...parts];
  if (!name || !['', 'http', 'https'].includes(scheme ?? '')) throw bad();
  return { scheme: scheme ?? '', name, port: port ?? '' };
}

const schemeOf = ({ scheme }: ProxyName) => (scheme === 'https' ? 'https' : 'http');

/** A pod or endpoint address may not lead back into this machine (upstream: "address not allowed"). */
function checkAddress(address: string): void {
  if (!ipaddr.isValid(address)) return;
  const range = ipaddr.process(address).range();
  if (['loopback', 'linkLocal', 'multicast', 'unspecified'].includes(range)) {
    throw errors.badRequest('address not allowed');
  }
}

export function podTarget(pod: Pod, asked: ProxyName): ProxyTarget {
  const ip = pod.status?.podIP ?? '';
  if (ip === '') throw errors.badRequest('address not allowed');
  checkAddress(ip);
  const declared = pod.spec.containers.find(({ ports }) => (ports ?? []).length > 0)?.ports?.[0]?.containerPort;
  const port = asked.port === '' ? (declared ?? '') : asked.port;
  return { scheme: schemeOf(asked), authority: authority(ip, port), kubelet: false, node: pod.spec.nodeName };
}

export function nodeTarget(asked: ProxyName, kubelet: KubeletLocation): ProxyTarget {
  if (asked.port === '' || Number(asked.port) === kubelet.port) {
    return { scheme: 'https', authority: authority(kubelet.host, kubelet.port), kubelet: true };
  }
  return { scheme: schemeOf(asked), authority: authority(kubelet.host, asked.port), kubelet: false };
}

/** The name that the asked port has in endpoint slices. */
function portNameOf(service: Service, asked: string): string {
  if (asked === '') return service.spec.ports?.length === 1 ? (service.spec.ports[0]?.name ?? '') : '';
  const byNumber = service.spec.ports?.find(({ port }) => String(port) === asked);
  if (byNumber !== undefined) return byNumber.name ?? '';
  if (/^\d+$/.test(asked)) {
    const text = `no service port ${asked} found for service ${JSON.stringify(service.metadata.name ?? '')}`;
    throw errors.serviceUnavailable(text);
  }
  return asked;
}

/** One ready endpoint; `choose(n)` picks among n. Throws ApiError ServiceUnavailable when there is none. */
export function serviceTarget(
  service: Service,
  slices: readonly EndpointSlice[],
  asked: ProxyName,
  choose: (count: number) => number,
): ProxyTarget {
  const portName = portNameOf(service, asked.port);
  const addresses: { readonly host: string; readonly port: number; readonly node: string | undefined }[] = [];
  for (const slice of slices) {
    const port = slice.ports?.find(({ name }) => (name ?? '') === portName)?.port;
    if (port === undefined) continue;
    for (const endpoint of slice.endpoints ?? []) {
      if (endpoint.conditions?.ready === false) continue;
      for (const host of endpoint.addresses) addresses.push({ host, port, node: endpoint.nodeName });
    }
  }
  const chosen = addresses[choose(addresses.length)];
  if (chosen === undefined) {
    throw errors.serviceUnavailable(`no endpoints available for service ${JSON.stringify(asked.name)}`);
  }
  checkAddress(chosen.host);
  const { host, port, node } = chosen;
  return { scheme: schemeOf(asked), authority: authority(host, port), kubelet: false, node };
}
