/** Makes the image of a container present according to its pull policy, with back-off per image and pod. */
import { type Container, nameOf, type Pod } from '@steersman/api';
import type { Clock } from '@steersman/machinery';
import { type CrashBackOff, createCrashBackOff } from '../pod/crash-backoff.ts';
import type { PullCredentials } from '../runtime/config.ts';
import type { ContainerRuntime, ImageInfo } from '../runtime/contract.ts';
import { messageOf } from '../runtime/error.ts';
import { referenceFault } from './reference.ts';

/** `reason` is the container's waiting reason; `retryMs` is when to try again. */
export class ImageError extends Error {
  readonly reason: 'ErrImagePull' | 'ImagePullBackOff' | 'ErrImageNeverPull' | 'InvalidImageName' | 'ImageInspectError';
  readonly retryMs: number;
  constructor(reason: ImageError['reason'], message: string, retryMs: number) {
    super(message);
    this.name = 'ImageError';
    this.reason = reason;
    this.retryMs = retryMs;
  }
}
export type PullEvent = (type: 'Normal' | 'Warning', reason: string, message: string) => void;
export interface ImagePuller {
  /** Returns the image as the runtime knows it. Throws `ImageError`. */
  ensure(pod: Pod, container: Container, event: PullEvent, signal: AbortSignal): Promise<ImageInfo>;
}
export interface ImagePullerOptions {
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  /** Credentials that the pod's pull secrets hold for this image. */
  readonly credentials: (pod: Pod, image: string) => Promise<readonly PullCredentials[]>;
}
const NEVER_PULL_RETRY_MS = 10_000;

export function createImagePuller({ runtime, clock, credentials }: ImagePullerOptions): ImagePuller {
  const backOff: CrashBackOff = createCrashBackOff();
  const failures = new Map<string, { at: number; message: string }>();
  const underWay = new Map<string, Promise<string>>();

  async function pull(pod: Pod, image: string, signal: AbortSignal): Promise<string> {
    const known = underWay.get(image);
    if (known !== undefined) return known;
    const work = pullWithAny(await credentials(pod, image), image, signal).finally(() => underWay.delete(image));
    underWay.set(image, work);
    return work;
  }

  async function pullWithAny(
    candidates: readonly PullCredentials[],
    image: string,
    signal: AbortSignal,
  ): Promise<string> {
    let failure: unknown;
    for (const each of candidates.length === 0 ? [undefined] : candidates) {
      try {
        return await runtime.pullImage({ image }, each, signal);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  return {
    async ensure(pod, container, event, signal) {
      const shown = container.image ?? '';
      const fault = referenceFault(shown);
      if (fault !== undefined) {
        const message = `Failed to apply default image tag "${shown}": couldn't parse image name "${shown}": ${fault}`;
        event('Warning', 'InspectFailed', message);
        throw new ImageError('InvalidImageName', message, NEVER_PULL_RETRY_MS);
      }
      const image = withTag(shown);
      const policy = container.imagePullPolicy ?? (image.endsWith(':latest') ? 'Always' : 'IfNotPresent');
      const present = policy === 'Always' ? undefined : await runtime.imageStatus({ image });
      if (present !== undefined) {
        event(
          'Normal',
          'Pulled',
          `Container image "${shown}" already present on machine and can be accessed by the pod`,
        );
        return present;
      }
      if (policy === 'Never') {
        const message = `Container image "${shown}" is not present with pull policy of Never`;
        event('Warning', 'ErrImageNeverPull', message);
        throw new ImageError('ErrImageNeverPull', message, NEVER_PULL_RETRY_MS);
      }
      const key = `${pod.metadata.uid}_${image}`;
      const failed = failures.get(key);
      const { waitMs } = failed === undefined ? { waitMs: 0 } : backOff.remaining(key, failed.at, clock.now());
      if (failed !== undefined && waitMs > 0) {
        event('Normal', 'BackOff', `Back-off pulling image "${shown}"`);
        throw new ImageError(
          'ImagePullBackOff',
          `Back-off pulling image "${shown}": ErrImagePull: ${failed.message}`,
          waitMs,
        );
      }
      event('Normal', 'Pulling', `Pulling image "${shown}"`);
      const startedAt = clock.monotonic();
      try {
        await pull(pod, image, signal);
      } catch (error) {
        const message = messageOf(error);
        failures.set(key, { at: clock.now(), message });
        backOff.restarted(key, clock.now());
        event('Warning', 'Failed', `Failed to pull image "${shown}": ${message}`);
        throw new ImageError('ErrImagePull', message, 1);
      }
      failures.delete(key);
      const pulled = await runtime.imageStatus({ image });
      if (pulled === undefined)
        throw new ImageError(
          'ImageInspectError',
          `image "${shown}" was pulled and is not there (pod ${nameOf(pod)})`,
          NEVER_PULL_RETRY_MS,
        );
      const took = duration(clock.monotonic() - startedAt);
      event(
        'Normal',
        'Pulled',
        `Successfully pulled image "${shown}" in ${took} (${took} including waiting). Image size: ${pulled.sizeBytes} bytes.`,
      );
      return pulled;
    },
  };
}

const duration = (ms: number): string => (ms < 1000 ? `${Math.round(ms)}ms` : `${(ms / 1000).toFixed(3)}s`);

/** `busybox` means `busybox:latest`; a digest needs no tag. */
export function withTag(image: string): string {
  if (image.includes('@')) return image;
  return image.lastIndexOf(':') > image.lastIndexOf('/') ? image : `${image}:latest`;
}
