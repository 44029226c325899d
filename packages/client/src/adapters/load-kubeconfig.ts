import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseKubeconfig } from '../kubeconfig.ts';
import { TransportError } from '../transport-error.ts';
import type { HttpTransportOptions } from './http-transport.ts';

const SERVICE_ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';
/** As client-go: mounted tokens rotate, so they are read again after a minute. */
const TOKEN_REREAD_MS = 60_000;

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new TransportError('BadConfiguration', `cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
}

/** Reads a token file, and again when what was read is older than a minute (by `monotonic`, in milliseconds). */
function rereadToken(path: string, monotonic: () => number): () => string {
  let token = '';
  let readAt = Number.NEGATIVE_INFINITY;
  return () => {
    if (monotonic() - readAt > TOKEN_REREAD_MS) {
      token = readText(path).trim();
      readAt = monotonic();
    }
    return token;
  };
}

/** Reads a kubeconfig file; files it names are relative to its folder. */
export function loadKubeconfig(
  path: string,
  options: { readonly context?: string } = {},
): HttpTransportOptions & { readonly namespace?: string } {
  const folder = dirname(path);
  return parseKubeconfig({ text: readText(path), readFile: (name) => readText(resolve(folder, name)), ...options });
}

/** The configuration that every pod's mounted service account gives. Throws `TransportError` outside a pod. */
export function inClusterConfig(
  environment: Readonly<Record<string, string | undefined>>,
  folder: string = SERVICE_ACCOUNT_FOLDER,
): HttpTransportOptions {
  const host = environment['KUBERNETES_SERVICE_HOST'];
  const port = environment['KUBERNETES_SERVICE_PORT'];
  if (host === undefined || port === undefined)
    throw new TransportError('BadConfiguration', 'not inside a cluster: pass --kubeconfig');
  const bracketed = host.includes(':') ? `[${host}]` : host;
  const token = rereadToken(`${folder}/token`, () => performance.now());
  return { server: `https://${bracketed}:${port}`, ca: readText(`${folder}/ca.crt`), token };
}

/**
 * The server that a component's flags name: in the kubeconfig, or the one whose service account this pod has when there is none;
 * `master` overrides the address. Throws `TransportError` (`BadConfiguration`).
 */
export function serverConfig({
  kubeconfig,
  master = '',
}: {
  kubeconfig: string;
  master?: string;
}): HttpTransportOptions {
  const config = kubeconfig === '' ? inClusterConfig(process.env) : loadKubeconfig(kubeconfig);
  return master === '' ? config : { ...config, server: master };
}
