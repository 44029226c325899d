import { errors } from '@steersman/api';
import type { Transport } from '@steersman/client';

/** Longer answers are not read. */
const BODY_BYTES_MAX = 1024 * 1024;

/** Posts a review to the server of a webhook and gives back its status. Rejects with ApiError when it does not answer well. */
export async function postReview<S>(
  transport: Transport,
  review: { readonly kind: string; readonly apiVersion: string; readonly spec: object },
  signal?: AbortSignal,
): Promise<S> {
  const response = await transport.request({
    method: 'POST',
    path: '/?timeout=30s',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: Buffer.from(JSON.stringify({ metadata: {}, ...review })),
    ...(signal === undefined ? {} : { signal }),
  });
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body) {
    length += chunk.length;
    if (length > BODY_BYTES_MAX) throw errors.internal(`the webhook for ${review.kind} answers without end`);
    chunks.push(chunk);
  }
  if (response.status >= 300) throw errors.internal(`the webhook for ${review.kind} answered ${response.status}`);
  const { status } = JSON.parse(Buffer.concat(chunks).toString()) as { readonly status?: S };
  if (status === undefined) throw errors.internal(`the webhook for ${review.kind} answered without a status`);
  return status;
}
