/**
 * `--admission-control-config-file`: what single plugins are told (apiserver.config.k8s.io/v1 AdmissionConfiguration).
 */
import { parseYamlDocuments } from '@steersman/api';
import { ConfigurationError } from '../configuration-error.ts';

/** By plugin: its configuration, an object of a kind of its own. */
export type AdmissionConfiguration = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

const FLAG = '--admission-control-config-file';

/** Reads the file; `read` reads the files it names, relative to it. Throws ConfigurationError. */
export function admissionConfiguration(text: string, read: (path: string) => string): AdmissionConfiguration {
  const document = objectOf(text);
  const { apiVersion = '', kind, plugins = [] } = document;
  if (kind !== 'AdmissionConfiguration' || !String(apiVersion).startsWith('apiserver.config.k8s.io/'))
    throw refused('holds no AdmissionConfiguration of apiserver.config.k8s.io/v1');
  if (!Array.isArray(plugins)) throw refused('has plugins that are no list');
  return new Map(
    plugins.map((entry: { name?: unknown; path?: unknown; configuration?: unknown }) => {
      if (typeof entry?.name !== 'string') throw refused('has a plugin without a name');
      const inline = entry.configuration;
      if (typeof inline === 'object' && inline !== null) return [entry.name, inline as Record<string, unknown>];
      return [entry.name, typeof entry.path === 'string' && entry.path !== '' ? objectOf(read(entry.path)) : {}];
    }),
  );
}

function objectOf(text: string): Record<string, unknown> {
  let document: unknown;
  try {
    [document] = parseYamlDocuments(text);
  } catch (error) {
    throw refused(`cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) throw refused('holds no object');
  return document as Record<string, unknown>;
}

function refused(why: string): ConfigurationError {
  return new ConfigurationError('bad-flag', `${FLAG} ${why}; see the AdmissionConfiguration of Kubernetes`);
}
