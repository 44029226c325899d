/** Registry credentials out of a pod's imagePullSecrets. */
import { namespaceOf, type Pod, type Secret, uidOf } from '@steersman/api';
import type { ReferencedObjects } from '../objects/references.ts';
import type { PullCredentials } from '../runtime/config.ts';

interface DockerAuth {
  readonly username?: string;
  readonly password?: string;
  readonly auth?: string;
}

/** Those that fit the image's registry; secrets that are missing or unreadable are passed over, as upstream does. */
export async function pullCredentials(
  pod: Pod,
  image: string,
  objects: ReferencedObjects,
): Promise<readonly PullCredentials[]> {
  const found: PullCredentials[] = [];
  for (const { name } of pod.spec.imagePullSecrets ?? []) {
    const secret = name ? await objects.secret(uidOf(pod), namespaceOf(pod), name) : undefined;
    for (const [server, auth] of Object.entries(authsOf(secret)))
      if (fits(server, registryOf(image))) found.push(credentialsOf(server, auth));
  }
  return found;
}

export function authsOf(secret: Secret | undefined): Readonly<Record<string, DockerAuth>> {
  const [current, legacy] = [secret?.data?.['.dockerconfigjson'], secret?.data?.['.dockercfg']];
  try {
    if (current !== undefined) return JSON.parse(Buffer.from(current, 'base64').toString()).auths ?? {};
    if (legacy !== undefined) return JSON.parse(Buffer.from(legacy, 'base64').toString());
  } catch {
    return {};
  }
  return {};
}

function credentialsOf(
  serverAddress: string,
  { username = '', password = '', auth = '' }: DockerAuth,
): PullCredentials {
  const [user = '', ...rest] = Buffer.from(auth, 'base64').toString().split(':');
  return { serverAddress, username: username || user, password: password || rest.join(':'), auth: '' };
}

const DOCKER_HUB = 'index.docker.io';
/** An image without a host is Docker Hub's. */
export function registryOf(image: string): string {
  const [first = ''] = image.split('/');
  const isHost = image.includes('/') && (first.includes('.') || first.includes(':') || first === 'localhost');
  return !isHost || first === 'docker.io' ? DOCKER_HUB : first;
}
const fits = (server: string, registry: string): boolean => {
  const host = server.replace(/^https?:\/\//, '').split('/')[0]!;
  return host === registry || (host === 'docker.io' && registry === DOCKER_HUB);
};
