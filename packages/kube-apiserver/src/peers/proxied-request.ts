/** How a request looks that one API server passes on to another: who asks is told in the headers of a front proxy. */
import type { HttpRequest, ResponseHeaders } from '@steersman/server';
import type { UserInfo } from '../authentication/contract.ts';

/** On a request that was passed on: it is answered where it arrives. */
export const PROXIED_HEADER = 'x-kubernetes-peer-proxied';
/** As whom a server asks others on its own behalf. */
export const SELF: UserInfo = {
  name: 'system:apiserver',
  uid: 'system:apiserver',
  groups: ['system:authenticated'],
};
/** Headers of one hop (RFC 9110, 7.6.1), what only this server may say, and what it has done already. */
const STOPPED_HEADERS =
  /^(?::.*|host|authorization|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|x-remote-.*|impersonate-.*|content-length)$/;
/** A websocket's list of protocols may hold the credentials of the user, which are for this server alone. */
const BEARER_PROTOCOL = 'base64url.bearer.';

/** The client's headers for the other server. An upgrade keeps what asks for it. */
export function proxiedHeaders({ headers, peer }: HttpRequest, user: UserInfo, upgrade: boolean) {
  const passed: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    const asksForUpgrade = upgrade && (name === 'connection' || name === 'upgrade');
    if (value === undefined || (STOPPED_HEADERS.test(name) && !asksForUpgrade)) continue;
    const kept = name === 'sec-websocket-protocol' ? withoutCredentials(value) : value;
    if (kept !== '') passed[name] = kept;
  }
  // For the peer's audit log.
  const via = [headers['x-forwarded-for'], peer.remoteAddress].filter((address) => address).join(', ');
  if (via !== '') passed['x-forwarded-for'] = via;
  return { ...passed, ...userHeaders(user), [PROXIED_HEADER]: 'true' };
}

function withoutCredentials(protocols: string): string {
  const listed = protocols.split(',').map((protocol) => protocol.trim());
  return listed.filter((protocol) => !protocol.startsWith(BEARER_PROTOCOL)).join(', ');
}

/** As a front proxy says who asks. */
export function userHeaders({ name, uid, groups, extra }: UserInfo): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = { 'x-remote-user': name, 'x-remote-group': [...groups] };
  if (uid !== undefined && uid !== '') headers['x-remote-uid'] = uid;
  for (const [key, values] of Object.entries(extra ?? {}))
    headers[`x-remote-extra-${encodeURIComponent(key).toLowerCase()}`] = [...values];
  return headers;
}

export function answerHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): ResponseHeaders {
  const passed: Record<string, string | readonly string[]> = {};
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined && !STOPPED_HEADERS.test(name)) passed[name] = value;
  return passed;
}
