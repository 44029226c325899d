import type { KeyToPath } from '@steersman/api';
import { namespaceOf, uidOf } from '@steersman/api';
import type { Payload } from '../host/disk.ts';
import { type VolumeContext, VolumeError, type VolumeKind } from './contract.ts';
import { DEFAULT_MODE, payloadOfKeys } from './payload.ts';
import { setUpPayloadInMemory } from './published.ts';

interface Source {
  readonly name?: string | undefined;
  readonly items?: readonly KeyToPath[] | undefined;
  readonly optional?: boolean | undefined;
}

/** Also the secret source of projected volumes. */
export async function secretPayload(
  source: Source,
  defaultMode: number,
  { pod, objects }: VolumeContext,
): Promise<Payload> {
  const name = source.name ?? '';
  const secret = await objects.secret(uidOf(pod), namespaceOf(pod), name);
  if (secret === undefined && !source.optional) throw new VolumeError(`secret "${name}" not found`);
  const data = new Map(Object.entries(secret?.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')]));
  return payloadOfKeys({ what: 'secret', data, items: source.items, optional: source.optional, defaultMode });
}

export const secretVolume: VolumeKind = {
  plugin: 'kubernetes.io~secret',
  setUp: (volume, context) => setUpPayloadInMemory(secretVolume, volume, context),
  payload: (volume, context) => {
    const { secretName, items, optional, defaultMode } = volume.secret ?? {};
    return secretPayload({ name: secretName, items, optional }, defaultMode ?? DEFAULT_MODE, context);
  },
};
