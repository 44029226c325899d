import type { DownwardAPIVolumeFile, Pod } from '@steersman/api';
import { fieldValue, resourceValue } from '../environment/field-ref.ts';
import type { FileContent, Payload } from '../host/disk.ts';
import { type VolumeContext, VolumeError, type VolumeKind } from './contract.ts';
import { DEFAULT_MODE, safePath, utf8 } from './payload.ts';
import { setUpPayload } from './published.ts';

/** Also the downwardAPI source of projected volumes. */
export function downwardApiPayload(
  items: readonly DownwardAPIVolumeFile[] | undefined,
  defaultMode: number,
  context: VolumeContext,
): Payload {
  const files = new Map<string, FileContent>();
  for (const item of items ?? []) {
    const value = contentOf(item, context);
    if (value === undefined) throw new VolumeError(`downwardAPI file ${item.path} names no known field or resource`);
    files.set(safePath(item.path), { bytes: utf8(value), mode: item.mode ?? defaultMode });
  }
  return files;
}

function contentOf(
  { fieldRef, resourceFieldRef }: DownwardAPIVolumeFile,
  { fields, pod }: VolumeContext,
): string | undefined {
  if (fieldRef !== undefined) return fieldValue(fieldRef.fieldPath, fields);
  if (resourceFieldRef === undefined) return undefined;
  return resourceValue(resourceFieldRef, containerNamed(pod, resourceFieldRef.containerName ?? ''), fields);
}
const containerNamed = (pod: Pod, name: string) =>
  [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find((each) => each.name === name);

export const downwardApiVolume: VolumeKind = {
  plugin: 'kubernetes.io~downward-api',
  setUp: (volume, context) => setUpPayload(downwardApiVolume, volume, context),
  payload: async (volume, context) =>
    downwardApiPayload(volume.downwardAPI?.items, volume.downwardAPI?.defaultMode ?? DEFAULT_MODE, context),
};
