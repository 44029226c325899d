import type { Pod, ServiceAccountTokenProjection, VolumeProjection } from '@steersman/api';
import type { FileContent, Payload } from '../host/disk.ts';
import { configMapPayload } from './config-map.ts';
import { type VolumeContext, VolumeError, type VolumeKind } from './contract.ts';
import { downwardApiPayload } from './downward-api.ts';
import { DEFAULT_MODE, safePath, utf8 } from './payload.ts';
import { setUpPayloadInMemory } from './published.ts';
import { secretPayload } from './secret.ts';

const TOKEN_SECONDS_DEFAULT = 3600;

async function sourcePayload(source: VolumeProjection, mode: number, context: VolumeContext): Promise<Payload> {
  if (source.configMap !== undefined) return configMapPayload(source.configMap, mode, context);
  if (source.secret !== undefined) return secretPayload(source.secret, mode, context);
  if (source.downwardAPI !== undefined) return downwardApiPayload(source.downwardAPI.items, mode, context);
  if (source.serviceAccountToken !== undefined) return tokenPayload(source.serviceAccountToken, mode, context);
  throw new VolumeError(
    'this projected volume source is not supported (supported: configMap, secret, downwardAPI, serviceAccountToken)',
  );
}

/** A token is for the pod's own processes: readable by their user when all have the same, by its group with fsGroup. */
async function tokenPayload(
  source: ServiceAccountTokenProjection,
  mode: number,
  { pod, tokens }: VolumeContext,
): Promise<Payload> {
  const token = await tokens.token(pod, source.audience, source.expirationSeconds ?? TOKEN_SECONDS_DEFAULT);
  const group = pod.spec.securityContext?.fsGroup;
  const uid = group === undefined ? commonUser(pod) : undefined;
  const file: FileContent = { bytes: utf8(token), mode: group !== undefined || uid !== undefined ? 0o600 : mode, uid };
  return new Map([[safePath(source.path), file]]);
}

function commonUser(pod: Pod): number | undefined {
  const users = new Set(
    [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].map(
      (each) => each.securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser,
    ),
  );
  return users.size === 1 ? [...users][0] : undefined;
}

export const projectedVolume: VolumeKind = {
  plugin: 'kubernetes.io~projected',
  setUp: (volume, context) => setUpPayloadInMemory(projectedVolume, volume, context),
  async payload(volume, context) {
    const files = new Map<string, FileContent>();
    for (const source of volume.projected?.sources ?? []) {
      for (const [path, file] of await sourcePayload(source, volume.projected?.defaultMode ?? DEFAULT_MODE, context))
        files.set(path, file);
    }
    return files;
  },
};
