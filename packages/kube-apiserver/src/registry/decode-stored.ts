/**
 * Values that another server, or another release, wrote: its protobuf envelope, or JSON in another order or version.
 */
import {
  decodeEnvelope,
  decodeEnvelopedObject,
  isEnvelope,
  type KubeObject,
  normalize,
  parseJson,
  type ResourceInfo,
  type StructSchema,
  schemaFor,
} from '@steersman/api';
import { type Conversion, conversionFor } from './conversions.ts';
import { apiVersionOf } from './served-resource.ts';
import { versionsStoredAs } from './storage-versions.ts';

/** The object of a stored value in the version that is stored now; fields that this release does not know are left out. */
export function decodeStored(value: Uint8Array, stored: ResourceInfo): KubeObject {
  const protobuf = isEnvelope(value);
  const parsed = protobuf ? undefined : (parseJson(Buffer.from(value).toString('utf8')) as Typed);
  const { apiVersion = '', kind = '' } = protobuf ? decodeEnvelope(value) : parsed!;
  const { schema, conversion } = writtenAs(apiVersion, kind, stored);
  const object = normalize<KubeObject>(protobuf ? decodeEnvelopedObject(value, schema) : parsed, schema);
  const now = conversion === undefined ? object : conversion.toStored(object);
  return now.apiVersion === apiVersionOf(stored) && now.kind === stored.kind
    ? now
    : { ...now, kind: stored.kind, apiVersion: apiVersionOf(stored) };
}

interface Typed {
  readonly apiVersion?: string;
  readonly kind?: string;
}

/** What a value says it is. An apiVersion that nobody ever served is read as if it were the stored one. */
function writtenAs(
  apiVersion: string,
  kind: string,
  stored: ResourceInfo,
): { readonly schema: StructSchema; readonly conversion: Conversion | undefined } {
  const own = { schema: schemaFor(stored)!, conversion: undefined };
  if (apiVersion === apiVersionOf(stored)) return own;
  const row = versionsStoredAs(stored).find((version) => apiVersionOf(version) === apiVersion && version.kind === kind);
  const schema = row === undefined ? undefined : schemaFor(row);
  return row === undefined || schema === undefined ? own : { schema, conversion: conversionFor(row, stored) };
}
