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

interface Wanted {
  readonly pod: Pod;
  /** With its tag. */
  readonly image: string;
  /** As the container names it. */
  readonly shown: string;
  /** Of the back-off. */
  readonly key: string;
}

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

  /** The present image, where the policy lets it do; undefined when it is to be pulled. Throws where that is forbidden. */
  async function presentOf(container: Container, image: string, event: PullEvent): Promise<ImageInfo | undefined> {
    const policy = container.imagePullPolicy ?? (image.endsWith(':latest') ? 'Always' : 'IfNotPresent');
    if (policy === 'Always') return undefined;
    const present = await runtime.imageStatus({ image });
    if (present !== undefined)
      event(
        'Normal',
        'Pulled',
        `Container image "${container.image}" already present on machine and can be accessed by the pod`,
      );
    else if (policy === 'Never') {
      const message = `Container image "${container.image}" is not present with pull policy of Never`;
      event('Warning', 'ErrImageNeverPull', message);
      throw new ImageError('ErrImageNeverPull', message, NEVER_PULL_RETRY_MS);
    }
    return present;
  }

  function refuseWhileBackingOff({ key, shown }: Wanted, event: PullEvent): void {
    const failed = failures.get(key);
    if (failed === undefined) return;
    const { waitMs } = backOff.remaining(key, failed.at, clock.now());
    if (waitMs <= 0) return;
    const message = `Back-off pulling image "${shown}"`;
    event('Normal', 'BackOff', message);
    throw new ImageError('ImagePullBackOff', `${message}: ErrImagePull: ${failed.message}`, waitMs);
  }

  /** Remembers a failure, which the next tries wait for. */
  async function tryPull({ key, pod, image, shown }: Wanted, event: PullEvent, signal: AbortSignal): Promise<void> {
    try {
      await pull(pod, image, signal);
      failures.delete(key);
    } catch (error) {
      const message = messageOf(error);
      failures.set(key, { at: clock.now(), message });
      backOff.restarted(key, clock.now());
      event('Warning', 'Failed', `Failed to pull image "${shown}": ${message}`);
      throw new ImageError('ErrImagePull', message, 1);
    }
  }

  return {
    async ensure(pod, container, event, signal) {
      const shown = container.image ?? '';
      refuseMalformed(shown, event);
      const image = withTag(shown);
      const present = await presentOf(container, image, event);
      if (present !== undefined) return present;
      const wanted = { pod, image, shown, key: `${pod.metadata.uid}_${image}` };
      refuseWhileBackingOff(wanted, event);
      event('Normal', 'Pulling', `Pulling image "${shown}"`);
      const startedAt = clock.monotonic();
      await tryPull(wanted, event, signal);
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

function refuseMalformed(shown: string, event: PullEvent): void {
  const fault = referenceFault(shown);
  if (fault === undefined) return;
  const message = `Failed to apply default image tag "${shown}": couldn't parse image name "${shown}": ${fault}`;
  event('Warning', 'InspectFailed', message);
  throw new ImageError('InvalidImageName', message, NEVER_PULL_RETRY_MS);
}

const duration = (ms: number): string => (ms < 1000 ? `${Math.round(ms)}ms` : `${(ms / 1000).toFixed(3)}s`);

/** `busybox` means `busybox:latest`; a digest needs no tag. */
export function withTag(image: string): string {
  if (image.includes('@')) return image;
  return image.lastIndexOf(':') > image.lastIndexOf('/') ? image : `${image}:latest`;
}
