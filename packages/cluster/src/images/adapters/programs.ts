/** What goes into the images from this machine: busybox's applets, Node's libraries. */
import { run } from '../../programs/adapters/run.ts';
import type { ImageSpec } from '../archive.ts';
import { busyboxImage, type InCluster, steersmanImage } from '../catalogue.ts';

/** The demonstration image out of the machine's static busybox. */
export async function busyboxImageOf(binary: string): Promise<ImageSpec> {
  const applets = await run([binary, '--list-full']);
  return busyboxImage(
    binary,
    applets.split('\n').filter((path) => path !== ''),
  );
}

/** The in-cluster image out of the Node binary that runs now, its shared libraries, a bundle and its data files. */
export async function steersmanImageOf(content: Pick<InCluster, 'version' | 'bundle' | 'data'>): Promise<ImageSpec> {
  return steersmanImage({ ...content, node: process.execPath, libraries: await sharedLibraries(process.execPath) });
}

/** Paths of the shared libraries a program is linked to, the loader included. */
export async function sharedLibraries(program: string): Promise<readonly string[]> {
  const listed = await run(['ldd', program]);
  const paths = [...listed.matchAll(/(?:=>\s*|^\s*)(\/\S+)\s+\(0x/gm)].map((match) => match[1]!);
  return [...new Set(paths)].sort();
}
