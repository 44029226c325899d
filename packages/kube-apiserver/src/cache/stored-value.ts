/**
 * The form of values in the store: JSON that begins `{"kind":…,"apiVersion":…,"metadata":{`, without a resourceVersion,
 * which is only known after the write and is spliced in once, when the value enters the cache.
 */
import type { KubeObject } from '@steersman/api';

export interface Head {
  /** `{"kind":"Pod","apiVersion":"v1",` */
  readonly type: Buffer;
  /** The same and `"metadata":{`. */
  readonly metadata: Buffer;
  readonly metadataText: string;
}

export function headOf(kind: string, apiVersion: string): Head {
  const type = `{"kind":${JSON.stringify(kind)},"apiVersion":${JSON.stringify(apiVersion)},`;
  const metadataText = `${type}"metadata":{`;
  return { type: Buffer.from(type), metadata: Buffer.from(metadataText), metadataText };
}

/** Encodes an object for the store. */
export function encodeStored(object: KubeObject, head: Head): Buffer {
  // Most objects have their fields in this order already, and need not be taken apart.
  if (object.metadata.resourceVersion === undefined && isInOrder(object)) {
    const text = JSON.stringify(object);
    if (text.startsWith(head.metadataText)) return Buffer.from(text);
  }
  const { kind: _kind, apiVersion: _apiVersion, metadata, ...rest } = object as KubeObject & Record<string, unknown>;
  const { resourceVersion: _version, ...kept } = metadata;
  const body = JSON.stringify(rest);
  const tail = body === '{}' ? '}' : `,${body.slice(1)}`;
  return Buffer.from(`${head.metadataText}${JSON.stringify(kept).slice(1)}${tail}`);
}

const FIRST_FIELDS = ['kind', 'apiVersion', 'metadata'];

function isInOrder(object: object): boolean {
  let position = 0;
  for (const field in object) {
    if (field !== FIRST_FIELDS[position]) return false;
    position += 1;
    if (position === FIRST_FIELDS.length) return true;
  }
  return false;
}

export function startsWithHead(value: Uint8Array, head: Head): boolean {
  const { metadata } = head;
  if (value.length <= metadata.length) return false;
  // A call of the platform's comparison would cost more than to compare so little.
  for (let index = 0; index < metadata.length; index++) if (value[index] !== metadata[index]) return false;
  return true;
}

const CLOSING_BRACE = 0x7d;
const isEmpty = (value: Uint8Array, head: Head) => value[head.metadata.length] === CLOSING_BRACE;

/** What goes between the head and the rest; metadata without fields takes no comma. */
export function versionText(revision: number, value: Uint8Array, head: Head): string {
  return `"resourceVersion":"${revision}"${isEmpty(value, head) ? '' : ','}`;
}

/** How long that is. */
export function versionLength(revision: number, value: Uint8Array, head: Head): number {
  let digits = 1;
  for (let limit = 10; revision >= limit; limit *= 10) digits += 1;
  return '"resourceVersion":""'.length + digits + (isEmpty(value, head) ? 0 : 1);
}
