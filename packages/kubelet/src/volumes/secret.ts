import type { Secret } from '@steersman/api';
import { namespaceOf, uidOf } from '@steersman/api';
import type { Payload } from '../host/disk.ts';
import type { VolumeContext, VolumeKind } from './contract.ts';
import { DEFAULT_MODE, type ObjectSource, payloadOfObject } from './payload.ts';
import { setUpPayloadInMemory } from './published.ts';

/** Also the secret source of projected volumes. */
export async function secretPayload(
  source: ObjectSource,
  defaultMode: number,
  { pod, objects }: VolumeContext,
): Promise<Payload> {
  const secret = await objects.secret(uidOf(pod), namespaceOf(pod), source.name ?? '');
  return payloadOfObject('secret', source, secret && dataOf(secret), defaultMode);
}

const dataOf = ({ data = {} }: Secret): ReadonlyMap<string, Uint8Array> =>
  new Map(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64')]));

export const secretVolume: VolumeKind = {
  plugin: 'kubernetes.io~secret',
  setUp: (volume, context) => setUpPayloadInMemory(secretVolume, volume, context),
  payload: (volume, context) => {
    const { secretName, items, optional, defaultMode } = volume.secret ?? {};
    return secretPayload({ name: secretName, items, optional }, defaultMode ?? DEFAULT_MODE, context);
  },
};
