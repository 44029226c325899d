import type { KubeObject } from '@steersman/api';
import type { SubresourceAnswer } from '../registry/subresource-contract.ts';

/** What endpoints answer that have nothing to show. */
export function success(): SubresourceAnswer {
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
  return { status: 201, object: status satisfies KubeObject };
}
