/** Volumes whose files come from the API: written through the atomic writer, kept in memory when they hold secrets. */
import type { Volume } from '@steersman/api';
import type { VolumeContext, VolumeKind } from './contract.ts';

const DIRECTORY_MODE = 0o777;

export async function setUpPayload(kind: VolumeKind, volume: Volume, context: VolumeContext): Promise<string> {
  const payload = await kind.payload?.(volume, context);
  await context.disk.makeDirectory(context.directory, DIRECTORY_MODE);
  await context.disk.publish(context.directory, payload ?? new Map(), context.pod.spec.securityContext?.fsGroup);
  return context.directory;
}

/** On tmpfs, so that secrets never reach a disk. */
export async function setUpPayloadInMemory(kind: VolumeKind, volume: Volume, context: VolumeContext): Promise<string> {
  const payload = await kind.payload?.(volume, context); // First: a missing secret must not leave a mount behind.
  await context.disk.makeDirectory(context.directory, DIRECTORY_MODE);
  await context.disk.mountTmpfs(context.directory);
  await context.disk.publish(context.directory, payload ?? new Map(), context.pod.spec.securityContext?.fsGroup);
  return context.directory;
}
