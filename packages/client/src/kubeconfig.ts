import { parseYamlDocuments } from '@steersman/api';
import type { HttpTransportOptions } from './adapters/http-transport.ts';
import { TransportError } from './transport-error.ts';

interface ClusterEntry {
  readonly server?: string;
  readonly 'certificate-authority'?: string;
  readonly 'certificate-authority-data'?: string;
  readonly 'insecure-skip-tls-verify'?: boolean;
  readonly 'tls-server-name'?: string;
}
interface UserEntry {
  readonly 'client-certificate'?: string;
  readonly 'client-certificate-data'?: string;
  readonly 'client-key'?: string;
  readonly 'client-key-data'?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly username?: string;
  readonly password?: string;
  readonly as?: string;
  readonly exec?: unknown;
}
interface ContextEntry {
  readonly cluster: string;
  readonly user: string;
  readonly namespace?: string;
}
interface ConfigFile {
  readonly 'current-context'?: string;
  readonly clusters?: readonly { readonly name: string; readonly cluster: ClusterEntry }[];
  readonly users?: readonly { readonly name: string; readonly user: UserEntry }[];
  readonly contexts?: readonly { readonly name: string; readonly context: ContextEntry }[];
}

export interface KubeconfigSource {
  readonly text: string;
  /** The context to use; the file's `current-context` when absent. */
  readonly context?: string;
  /** Reads a file that the kubeconfig names; relative names are relative to the kubeconfig's own folder. */
  readonly readFile: (path: string) => string;
}

function problem(message: string): TransportError {
  return new TransportError('BadConfiguration', `kubeconfig: ${message}`);
}

/** Inline base64 data wins over a file, as in client-go. */
function pemOf(
  data: string | undefined,
  file: string | undefined,
  readFile: KubeconfigSource['readFile'],
): string | undefined {
  if (data !== undefined && data !== '') return Buffer.from(data, 'base64').toString('utf8');
  return file === undefined || file === '' ? undefined : readFile(file);
}

function contextOf(config: ConfigFile, wanted: string | undefined): ContextEntry {
  const name = wanted ?? config['current-context'];
  if (name === undefined || name === '') throw problem('no context is chosen; set current-context');
  const context = config.contexts?.find((entry) => entry.name === name)?.context;
  if (context === undefined) throw problem(`context "${name}" does not exist`);
  return context;
}

function credentialsOf(user: UserEntry, readFile: KubeconfigSource['readFile']): Partial<HttpTransportOptions> {
  if (user.exec !== undefined)
    throw problem('exec credential plugins are not supported yet; use a certificate or a token');
  const certificate = pemOf(user['client-certificate-data'], user['client-certificate'], readFile);
  const key = pemOf(user['client-key-data'], user['client-key'], readFile);
  const { token, tokenFile, username, password } = user;
  return {
    ...(certificate === undefined ? {} : { certificate }),
    ...(key === undefined ? {} : { key }),
    ...(token !== undefined && token !== '' ? { token } : {}),
    ...(tokenFile !== undefined && tokenFile !== '' ? { token: () => readFile(tokenFile).trim() } : {}),
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(user.as === undefined ? {} : { headers: { 'impersonate-user': user.as } }),
  };
}

/** What a kubeconfig says about one context. Throws `TransportError` (`BadConfiguration`) naming what is missing. */
export function parseKubeconfig(source: KubeconfigSource): HttpTransportOptions & { readonly namespace?: string } {
  const config = (parseYamlDocuments(source.text)[0] ?? {}) as ConfigFile;
  const context = contextOf(config, source.context);
  const cluster = config.clusters?.find(({ name }) => name === context.cluster)?.cluster;
  if (cluster?.server === undefined) throw problem(`cluster "${context.cluster}" has no server`);
  const user = config.users?.find(({ name }) => name === context.user)?.user ?? {};
  const ca = pemOf(cluster['certificate-authority-data'], cluster['certificate-authority'], source.readFile);
  return {
    server: cluster.server,
    ...(ca === undefined ? {} : { ca }),
    ...(cluster['insecure-skip-tls-verify'] === true ? { insecureSkipTlsVerify: true } : {}),
    ...(cluster['tls-server-name'] === undefined ? {} : { tlsServerName: cluster['tls-server-name'] }),
    ...(context.namespace === undefined ? {} : { namespace: context.namespace }),
    ...credentialsOf(user, source.readFile),
  };
}
