/** In which version each API server stores what it stores. */
import type { FeatureGates } from '@steersman/server';
import type { ObjectModel } from '../object-model.ts';
import { serverIdOf } from '../peers/identity.ts';
import type { ServerConfig } from '../server-config.ts';
import { type StorageVersionRegistration, storageVersionRegistration } from './registration.ts';

export type { StorageVersionRegistration } from './registration.ts';

/** Undefined where the gates are off, as they are by default. */
export function storageVersionsFor(
  gates: FeatureGates,
  { hostname }: ServerConfig,
  model: ObjectModel,
): StorageVersionRegistration | undefined {
  return gates.enabled('StorageVersionAPI') && gates.enabled('APIServerIdentity')
    ? storageVersionRegistration(model, serverIdOf(hostname))
    : undefined;
}
