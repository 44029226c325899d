import { errors } from '@steersman/api';

/** Where the next page of a list starts, and the revision of the snapshot it belongs to; -1: the newest. */
export interface ContinueToken {
  readonly revision: number;
  /** First key that may be on the next page, relative to the resource's prefix. */
  readonly start: string;
}

/** Upstream's form, so that a client can go on with the other server. */
export function encodeContinue({ revision, start }: ContinueToken): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start })).toString('base64url');
}

/** Throws ApiError BadRequest for anything this server could not have made. */
export function decodeContinue(text: string): ContinueToken {
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    throw errors.badRequest('continue key is not valid: illegal base64 or JSON');
  }
  const { v, rv, start } = (parsed ?? {}) as Record<string, unknown>;
  if (v !== 'meta.k8s.io/v1')
    throw errors.badRequest('continue key is not valid: server does not recognize this encoded version');
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv))
    throw errors.badRequest('continue key is not valid: incorrect encoded start resourceVersion');
  if (typeof start !== 'string' || start === '' || start.includes('/../') || start.startsWith('/'))
    throw errors.badRequest('continue key is not valid: encoded start key empty or invalid');
  return { revision: rv, start };
}
