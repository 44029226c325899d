/** Unused images, when their disk is nearly full. Images that came from no registry could not be pulled again: they stay. */
import type { ImageInfo, RuntimeContainer } from '../runtime/contract.ts';
import type { HousekeepingOptions } from './housekeeping.ts';

/** In the order they go: the largest first. Pure. */
export function removableImages(
  images: readonly ImageInfo[],
  containers: readonly RuntimeContainer[],
): readonly ImageInfo[] {
  const used = new Set(containers.flatMap(({ image, imageId }) => [image, imageId]));
  return images
    .filter(
      ({ id, tags, digests, pinned }) =>
        !pinned && digests.length > 0 && ![id, ...tags, ...digests].some((name) => used.has(name)),
    )
    .toSorted((a, b) => b.sizeBytes - a.sizeBytes);
}

export async function collectImages({
  runtime,
  disk,
  effects,
  imageHighPercent,
  imageLowPercent,
}: HousekeepingOptions): Promise<void> {
  const [filesystem] = await runtime.imageFilesystems();
  if (filesystem === undefined || imageHighPercent >= 100) return;
  const { capacityBytes, availableBytes } = await disk.capacity(filesystem.mountpoint);
  const used = capacityBytes - availableBytes;
  if (used * 100 < capacityBytes * imageHighPercent) return;
  let excess = used - (capacityBytes * imageLowPercent) / 100;
  for (const image of removableImages(await runtime.listImages(), await runtime.listContainers())) {
    if (excess <= 0) return;
    await runtime.removeImage({ image: image.id });
    effects.log.info('Removed an unused image', { image: image.id, bytes: image.sizeBytes });
    excess -= image.sizeBytes;
  }
}
