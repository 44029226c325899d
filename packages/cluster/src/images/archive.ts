/**
 * OCI images without Docker: a list of files becomes a layer, layers become an image, images become one archive that
 * `ctr images import` and every other OCI tool reads. Same input, same bytes: no times, users or orders of the machine
 * get in. Layers are not compressed, because they travel over a pipe on the same machine.
 */
import { createHash } from 'node:crypto';
import { type LayerEntry, layerTar, layerTarSize } from './layer.ts';
import { tarOf } from './tar.ts';

/** What the image runs; names as in the OCI image configuration. */
export interface ImageConfig {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
  readonly WorkingDir?: string;
  readonly User?: string;
  readonly ExposedPorts?: Readonly<Record<string, object>>;
  readonly StopSignal?: string;
}

export interface ImageSpec {
  /** Full names, such as `steersman.local/busybox:1`: what a pod's `image` says. */
  readonly names: readonly string[];
  readonly layers: readonly (readonly LayerEntry[])[];
  readonly config: ImageConfig;
}

interface Blob {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  read(): AsyncIterable<Uint8Array>;
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar';

/** The archive as a stream (an OCI image layout in a tar). Files are read twice: once to name a layer, once to write it. */
export async function* imageArchive(images: readonly ImageSpec[]): AsyncIterable<Uint8Array> {
  const blobs = new Map<string, Blob>();
  const manifests: object[] = [];
  for (const image of images) {
    const layers = await Promise.all(image.layers.map(layerBlob));
    const config = jsonBlob(CONFIG, imageConfig(image, layers));
    const manifest = jsonBlob(MANIFEST, {
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: descriptor(config),
      layers: layers.map(descriptor),
    });
    for (const blob of [...layers, config, manifest]) blobs.set(blob.digest, blob);
    for (const name of image.names) manifests.push({ ...descriptor(manifest), annotations: nameAnnotations(name) });
  }
  const index = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests };
  yield* tarOf([
    { path: 'oci-layout', size: 0, content: json({ imageLayoutVersion: '1.0.0' }) },
    { path: 'index.json', size: 0, content: json(index) },
    ...[...blobs.values()].map((blob) => ({
      path: `blobs/sha256/${blob.digest.slice('sha256:'.length)}`,
      size: blob.size,
      content: () => blob.read(),
    })),
  ]);
}

/** The identity of an image: the digest of its configuration, as CRI reports it. */
export async function imageId(image: ImageSpec): Promise<string> {
  return jsonBlob(CONFIG, imageConfig(image, await Promise.all(image.layers.map(layerBlob)))).digest;
}

function imageConfig(image: ImageSpec, layers: readonly Blob[]): object {
  return {
    architecture: 'amd64',
    os: 'linux',
    config: image.config,
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.digest) },
  };
}

function nameAnnotations(name: string): object {
  return { 'io.containerd.image.name': name, 'org.opencontainers.image.ref.name': name };
}

async function layerBlob(entries: readonly LayerEntry[]): Promise<Blob> {
  const hash = createHash('sha256');
  for await (const chunk of layerTar(entries)) hash.update(chunk);
  const digest = `sha256:${hash.digest('hex')}`;
  return { mediaType: LAYER, digest, size: layerTarSize(entries), read: () => layerTar(entries) };
}

function jsonBlob(mediaType: string, value: object): Blob {
  const bytes = json(value);
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return {
    mediaType,
    digest,
    size: bytes.length,
    async *read() {
      yield bytes;
    },
  };
}

function descriptor({ mediaType, digest, size }: Blob): object {
  return { mediaType, digest, size };
}

function json(value: object): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}
