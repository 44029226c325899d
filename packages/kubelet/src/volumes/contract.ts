/** What one kind of volume knows: one file per kind, listed in volumes.ts. */
import type { Pod, Volume } from '@steersman/api';
import type { FieldContext } from '../environment/field-ref.ts';
import type { Disk, Payload } from '../host/disk.ts';
import type { ReferencedObjects } from '../objects/references.ts';

export interface ServiceAccountTokens {
  /** A token for the pod's account, renewed before it expires. */
  token(pod: Pod, audience: string | undefined, expirationSeconds: number): Promise<string>;
}
export interface VolumeContext {
  readonly pod: Pod;
  readonly fields: FieldContext;
  readonly objects: ReferencedObjects;
  readonly tokens: ServiceAccountTokens;
  readonly disk: Disk;
  /** The volume's own directory, `<root>/pods/<uid>/volumes/<plugin>/<name>`; may not exist yet. */
  readonly directory: string;
}
/** Upstream's directory name of the plugin, such as `kubernetes.io~configmap`. */
export interface VolumeKind {
  readonly plugin: string;
  /** Makes the volume; returns the path to mount. Idempotent. Throws `VolumeError`. */
  setUp(volume: Volume, context: VolumeContext): Promise<string>;
  /** Set for volumes whose contents follow the API. */
  readonly payload?: (volume: Volume, context: VolumeContext) => Promise<Payload>;
}
/** Shown in a FailedMount event. */
export class VolumeError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'VolumeError';
  }
}
