/** Whole objects in each encoding. */
import { encodeCbor, encodeEnvelope, errors, type KubeObject, schemaFor, toYaml } from '@steersman/api';
import { MEDIA_TYPES, type Negotiated } from './negotiate.ts';

/** Anything that says what it is. */
export interface TypedValue {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
}

/** An object with kind and apiVersion as bytes. Throws ApiError NotAcceptable where protobuf has no message for it. */
export function encodeValue(value: TypedValue, { format, pretty }: Negotiated): Uint8Array {
  if (format === 'yaml') return Buffer.from(toYaml(value));
  if (format === 'cbor') return encodeCbor(value);
  if (format === 'protobuf') {
    const { group, version } = splitVersion(value.apiVersion ?? 'v1');
    const schema = schemaFor({ group, version, kind: value.kind ?? '' });
    if (schema === undefined) throw errors.notAcceptable([MEDIA_TYPES.json, MEDIA_TYPES.yaml]);
    return encodeEnvelope(value as KubeObject, schema);
  }
  return Buffer.from(pretty ? JSON.stringify(value, undefined, 2) : JSON.stringify(value));
}

function splitVersion(apiVersion: string): { readonly group: string; readonly version: string } {
  const slash = apiVersion.indexOf('/');
  return slash === -1
    ? { group: '', version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}
