/** Sets up the volumes of a pod and keeps those that follow the API up to date. */
import type { Pod, Volume } from '@steersman/api';
import { configMapVolume } from './config-map.ts';
import { type VolumeContext, VolumeError, type VolumeKind } from './contract.ts';
import { downwardApiVolume } from './downward-api.ts';
import { emptyDirVolume } from './empty-dir.ts';
import { hostPathVolume } from './host-path.ts';
import { projectedVolume } from './projected.ts';
import { secretVolume } from './secret.ts';

const kinds = {
  configMap: configMapVolume,
  downwardAPI: downwardApiVolume,
  emptyDir: emptyDirVolume,
  hostPath: hostPathVolume,
  projected: projectedVolume,
  secret: secretVolume,
} as const satisfies Partial<Record<keyof Volume, VolumeKind>>;

export function volumeKindOf(volume: Volume): VolumeKind {
  const field = (Object.keys(kinds) as (keyof typeof kinds)[]).find((each) => volume[each] !== undefined);
  if (field !== undefined) return kinds[field];
  const other = Object.keys(volume).find((each) => each !== 'name') ?? 'none';
  throw new VolumeError(
    `volume ${volume.name}: source ${other} is not supported by this node (supported: ${Object.keys(kinds).join(', ')})`,
  );
}

export type ContextOf = (volume: Volume, kind: VolumeKind) => VolumeContext;

/** Paths by volume name. Throws `VolumeError` in the words of a FailedMount event. */
export async function setUpVolumes(pod: Pod, contextOf: ContextOf): Promise<ReadonlyMap<string, string>> {
  const paths = new Map<string, string>();
  for (const volume of pod.spec.volumes ?? []) {
    const kind = kindOrThrow(volume);
    try {
      paths.set(volume.name, await kind.setUp(volume, contextOf(volume, kind)));
    } catch (error) {
      throw new VolumeError(
        `MountVolume.SetUp failed for volume ${JSON.stringify(volume.name)} : ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  return paths;
}
const kindOrThrow = volumeKindOf;

/** Publishes again what the API now says. */
export async function refreshVolumes(pod: Pod, contextOf: ContextOf): Promise<void> {
  for (const volume of pod.spec.volumes ?? []) {
    const kind = volumeKindOf(volume);
    if (kind.payload !== undefined) await kind.setUp(volume, contextOf(volume, kind));
  }
}
