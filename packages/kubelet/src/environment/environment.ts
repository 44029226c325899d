/** The environment of a container, from all its sources. Later ones win: services, envFrom, env. */
import {
  type Container,
  type EnvFromSource,
  type EnvVar,
  type EnvVarSource,
  nameOf,
  namespaceOf,
  type Pod,
  type Service,
  uidOf,
} from '@steersman/api';
import type { ReferencedObjects } from '../objects/references.ts';
import { PodSetupError } from '../pod/host.ts';
import { expand } from './expansion.ts';
import { type FieldContext, fieldValue, resourceValue } from './field-ref.ts';
import { servicesFor, serviceVariables } from './service-env.ts';

export interface EnvironmentSources {
  readonly objects: ReferencedObjects;
  readonly services: () => readonly Service[];
}

const configError = (message: string): PodSetupError => new PodSetupError('CreateContainerConfigError', message);

/** Throws `PodSetupError` CreateContainerConfigError with upstream's text when a source is missing. */
export async function containerEnvironment(
  container: Container,
  fields: FieldContext,
  { objects, services }: EnvironmentSources,
): Promise<ReadonlyMap<string, string>> {
  const { pod } = fields;
  const result = new Map<string, string>();
  const links = serviceVariables(servicesFor(services(), namespaceOf(pod), pod.spec.enableServiceLinks ?? true));
  for (const source of container.envFrom ?? []) {
    for (const [key, value] of Object.entries(await dataOf(source, pod, objects)))
      result.set(`${source.prefix ?? ''}${key}`, value);
  }
  // References see services too, but what a container sets itself is never overridden by them.
  const lookup = (name: string) => result.get(name) ?? links.get(name);
  for (const variable of container.env ?? []) {
    const value = await variableValue(variable, container, fields, objects, lookup);
    if (value !== undefined) result.set(variable.name, value);
  }
  for (const [name, value] of links) if (!result.has(name)) result.set(name, value);
  return result;
}

async function variableValue(
  variable: EnvVar,
  container: Container,
  fields: FieldContext,
  objects: ReferencedObjects,
  lookup: (name: string) => string | undefined,
): Promise<string | undefined> {
  if (variable.valueFrom === undefined) return expand(variable.value ?? '', lookup);
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef }: EnvVarSource = variable.valueFrom;
  if (fieldRef !== undefined) {
    const value = fieldValue(fieldRef.fieldPath, fields);
    if (value === undefined) throw configError(`unsupported fieldPath: ${fieldRef.fieldPath}`);
    return value;
  }
  if (resourceFieldRef !== undefined) {
    const named = resourceFieldRef.containerName
      ? findContainer(fields.pod, resourceFieldRef.containerName)
      : container;
    const value = resourceValue(resourceFieldRef, named, fields);
    if (value === undefined) throw configError(`unsupported container resource : ${resourceFieldRef.resource}`);
    return value;
  }
  if (configMapKeyRef !== undefined) return keyOfConfigMap(configMapKeyRef, fields.pod, objects);
  if (secretKeyRef !== undefined) return keyOfSecret(secretKeyRef, fields.pod, objects);
  return undefined;
}

const findContainer = (pod: Pod, name: string): Container | undefined =>
  [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find((each) => each.name === name);

interface KeySelector {
  readonly name?: string | undefined;
  readonly key: string;
  readonly optional?: boolean | undefined;
}

async function keyOfConfigMap(
  { name = '', key, optional }: KeySelector,
  pod: Pod,
  objects: ReferencedObjects,
): Promise<string | undefined> {
  const configMap = await objects.configMap(uidOf(pod), namespaceOf(pod), name);
  const value = configMap?.data?.[key];
  if (value !== undefined || optional) return value;
  if (configMap === undefined) throw configError(`configmap "${name}" not found`);
  throw configError(`couldn't find key ${key} in ConfigMap ${namespaceOf(pod)}/${name}`);
}

async function keyOfSecret(
  { name = '', key, optional }: KeySelector,
  pod: Pod,
  objects: ReferencedObjects,
): Promise<string | undefined> {
  const secret = await objects.secret(uidOf(pod), namespaceOf(pod), name);
  const value = secret?.data?.[key];
  if (value !== undefined) return decodeBase64(value);
  if (optional) return undefined;
  if (secret === undefined) throw configError(`secret "${name}" not found`);
  throw configError(`couldn't find key ${key} in Secret ${namespaceOf(pod)}/${name}`);
}

async function dataOf(
  { configMapRef, secretRef }: EnvFromSource,
  pod: Pod,
  objects: ReferencedObjects,
): Promise<Readonly<Record<string, string>>> {
  if (configMapRef !== undefined) {
    const name = configMapRef.name ?? '';
    const configMap = await objects.configMap(uidOf(pod), namespaceOf(pod), name);
    if (configMap === undefined && !configMapRef.optional) throw configError(`configmap "${name}" not found`);
    return configMap?.data ?? {};
  }
  if (secretRef === undefined) return {};
  const name = secretRef.name ?? '';
  const secret = await objects.secret(uidOf(pod), namespaceOf(pod), name);
  if (secret === undefined && !secretRef.optional) throw configError(`secret "${name}" not found`);
  return Object.fromEntries(Object.entries(secret?.data ?? {}).map(([key, value]) => [key, decodeBase64(value)]));
}

const decodeBase64 = (text: string): string => Buffer.from(text, 'base64').toString();

/** Command and arguments with their references filled in. */
export const expandAll = (
  words: readonly string[] | undefined,
  environment: ReadonlyMap<string, string>,
): readonly string[] => (words ?? []).map((word) => expand(word, (name) => environment.get(name)));

/** The name a pod's processes see: its hostname or its name, at most 63 characters (Linux' limit). */
export function hostnameOf(pod: Pod): string {
  const name = pod.spec.hostnameOverride ?? (pod.spec.hostname || nameOf(pod));
  return name.slice(0, 63).replace(/[-.]+$/, '');
}
