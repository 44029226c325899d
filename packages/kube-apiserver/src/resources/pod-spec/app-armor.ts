/** Annotations that were AppArmor's fields once become those fields when a pod is made (KEP-24, version skew). */
import { type AppArmorProfile, type Draft, type Pod, path, semanticEqual } from '@steersman/api';
import { APPARMOR } from './annotations.ts';
import { appArmorDeprecated } from './warnings.ts';

const ANNOTATIONS = path('metadata', 'annotations');
const PROFILE_LENGTH_MAX = 4095;

export function adoptAppArmorAnnotations(draft: Draft<Pod>, warn: (message: string) => void): void {
  if (draft.spec.os?.name === 'windows') return;
  const byPod = draft.spec.securityContext?.appArmorProfile;
  const { initContainers = [], containers = [], ephemeralContainers = [] } = draft.spec;
  for (const container of [...initContainers, ...containers, ...ephemeralContainers]) {
    const key = APPARMOR + container.name;
    const text = draft.metadata.annotations?.[key];
    if (text === undefined || container.securityContext?.appArmorProfile !== undefined) continue;
    const profile = profileOf(text);
    if (profile !== undefined && semanticEqual(profile, byPod ?? null)) continue;
    if (profile !== undefined) container.securityContext = { ...container.securityContext, appArmorProfile: profile };
    warn(appArmorDeprecated(ANNOTATIONS.key(key)));
  }
}

function profileOf(text: string): Draft<AppArmorProfile> | undefined {
  if (text === 'unconfined') return { type: 'Unconfined' };
  if (text === 'runtime/default') return { type: 'RuntimeDefault' };
  const name = text.startsWith('localhost/') ? text.slice('localhost/'.length).trim() : '';
  if (name === '' || Buffer.byteLength(name) > PROFILE_LENGTH_MAX) return undefined;
  return { type: 'Localhost', localhostProfile: name };
}
