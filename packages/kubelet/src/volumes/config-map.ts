import type { ConfigMap, KeyToPath } from '@steersman/api';
import { namespaceOf, uidOf } from '@steersman/api';
import type { Payload } from '../host/disk.ts';
import { type VolumeContext, VolumeError, type VolumeKind } from './contract.ts';
import { DEFAULT_MODE, payloadOfKeys, utf8 } from './payload.ts';
import { setUpPayload } from './published.ts';

interface Source {
  readonly name?: string | undefined;
  readonly items?: readonly KeyToPath[] | undefined;
  readonly optional?: boolean | undefined;
}

/** Also the configMap source of projected volumes. */
export async function configMapPayload(
  source: Source,
  defaultMode: number,
  { pod, objects }: VolumeContext,
): Promise<Payload> {
  const name = source.name ?? '';
  const configMap = await objects.configMap(uidOf(pod), namespaceOf(pod), name);
  if (configMap === undefined && !source.optional) throw new VolumeError(`configmap "${name}" not found`);
  return payloadOfKeys({
    what: 'configmap',
    data: dataOf(configMap),
    items: source.items,
    optional: source.optional,
    defaultMode,
  });
}

const dataOf = (configMap: ConfigMap | undefined): ReadonlyMap<string, Uint8Array> =>
  new Map([
    ...Object.entries(configMap?.data ?? {}).map(([key, value]) => [key, utf8(value)] as const),
    ...Object.entries(configMap?.binaryData ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')] as const),
  ]);

export const configMapVolume: VolumeKind = {
  plugin: 'kubernetes.io~configmap',
  setUp: (volume, context) => setUpPayload(configMapVolume, volume, context),
  payload: (volume, context) =>
    configMapPayload(volume.configMap ?? {}, volume.configMap?.defaultMode ?? DEFAULT_MODE, context),
};
