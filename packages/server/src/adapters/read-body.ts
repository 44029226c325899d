import type { Readable } from 'node:stream';
import { errors } from '@steersman/api';
import { REQUEST_BODY_WAIT_MS_MAX } from '../limits.ts';

const NOTHING = new Uint8Array(0);

/** Reads a body to its end, within a size and a time. */
export function readBody(source: Readable, declaredLength: string | undefined, limit: number): Promise<Uint8Array> {
  const declared = declaredLength === undefined ? undefined : Number(declaredLength);
  if (declared === 0) return Promise.resolve(NOTHING);
  if (declared !== undefined && declared > limit) return Promise.reject(tooLarge(limit));
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = [];
    let length = 0;
    const timer = setTimeout(
      () => fail(errors.timeout('request did not complete within the allotted timeout')),
      REQUEST_BODY_WAIT_MS_MAX,
    );
    const settle = () => {
      clearTimeout(timer);
      source.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
    };
    const fail = (error: Error) => {
      settle();
      // Whoever answers closes the connection; what comes until then is let through, so that the client gets to read.
      source.resume();
      reject(error);
    };
    const onData = (chunk: Uint8Array) => {
      length += chunk.length;
      if (length > limit) fail(tooLarge(limit));
      else chunks.push(chunk);
    };
    const onEnd = () => {
      settle();
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length));
    };
    const onClose = () => fail(errors.badRequest('the client went away before its request was complete'));
    source.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
  });
}

function tooLarge(limit: number): Error {
  return errors.requestEntityTooLarge(`limit is ${limit}`);
}
