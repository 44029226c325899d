import type { HttpRequest } from '@steersman/server';
import type { Authorities } from './certificate-chain.ts';
import type { UserInfo } from './contract.ts';
import { extraOf } from './extra-headers.ts';

/** How a proxy in front of this server says who asks (`--requestheader-*`). Names in lower case. */
export interface RequestHeaderOptions {
  readonly authorities: Authorities;
  /** Common names of proxies that are believed; empty: any that the authorities vouch for. */
  readonly allowedNames: readonly string[];
  readonly usernameHeaders: readonly string[];
  readonly uidHeaders: readonly string[];
  readonly groupHeaders: readonly string[];
  readonly extraPrefixes: readonly string[];
}
export type RequestHeaderAuthenticator = (request: HttpRequest, nowMs: number) => UserInfo | undefined;

/** Believes headers of requests whose client certificate is that of a known proxy; undefined for all other requests. */
export function requestHeaderAuthenticator(options: RequestHeaderOptions): RequestHeaderAuthenticator {
  const { authorities, allowedNames } = options;
  return (request, nowMs) => {
    const name = firstOf(request, options.usernameHeaders);
    const { certificate } = request.peer;
    if (name === undefined || certificate?.chain === undefined) return undefined;
    if (allowedNames.length > 0 && !allowedNames.includes(certificate.commonName)) return undefined;
    if (!authorities.vouchesFor(certificate.chain(), nowMs)) return undefined;
    const uid = firstOf(request, options.uidHeaders);
    const extra = extraOf(request, options.extraPrefixes);
    return {
      name,
      groups: options.groupHeaders.flatMap((header) => request.headerValues(header)),
      ...(uid === undefined ? {} : { uid }),
      ...(Object.keys(extra).length === 0 ? {} : { extra }),
    };
  };
}

function firstOf({ headers }: HttpRequest, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = headers[name];
    if (value !== undefined && value !== '') return value;
  }
  return undefined;
}
