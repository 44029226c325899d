import type { ConfigMap } from '@steersman/api';
import { namespaceOf, uidOf } from '@steersman/api';
import type { Payload } from '../host/disk.ts';
import type { VolumeContext, VolumeKind } from './contract.ts';
import { DEFAULT_MODE, type ObjectSource, payloadOfObject, utf8 } from './payload.ts';
import { setUpPayload } from './published.ts';

/** Also the configMap source of projected volumes. */
export async function configMapPayload(
  source: ObjectSource,
  defaultMode: number,
  { pod, objects }: VolumeContext,
): Promise<Payload> {
  const configMap = await objects.configMap(uidOf(pod), namespaceOf(pod), source.name ?? '');
  return payloadOfObject('configmap', source, configMap && dataOf(configMap), defaultMode);
}

const dataOf = (configMap: ConfigMap): ReadonlyMap<string, Uint8Array> =>
  new Map([
    ...Object.entries(configMap.data ?? {}).map(([key, value]) => [key, utf8(value)] as const),
    ...Object.entries(configMap.binaryData ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')] as const),
  ]);

export const configMapVolume: VolumeKind = {
  plugin: 'kubernetes.io~configmap',
  setUp: (volume, context) => setUpPayload(configMapVolume, volume, context),
  payload: (volume, context) =>
    configMapPayload(volume.configMap ?? {}, volume.configMap?.defaultMode ?? DEFAULT_MODE, context),
};
