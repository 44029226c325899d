/** The objects that tests make. Names, images and namespaces are arguments; everything else is the least that works. */
import type {
  ConfigMap,
  Container,
  Deployment,
  Pod,
  PodSpec,
  ReplicaSet,
  ReplicationController,
  Secret,
  Service,
} from '@steersman/api';

/** Sleeps, and ends at once when asked to. */
export const SLEEP: readonly string[] = ['sh', '-c', 'trap "exit 0" TERM; sleep 3600 & wait'];

export type Labels = Readonly<Record<string, string>>;
export interface Place {
  readonly namespace: string;
  readonly name: string;
  readonly labels?: Labels;
}

export function metadataOf({ namespace, name, labels }: Place) {
  return { namespace, name, ...(labels === undefined ? {} : { labels }) };
}

export function sleeper(image: string): Container {
  return { name: 'main', image, command: SLEEP };
}

export function pod(place: Place, image: string, container: Partial<Container> = {}, spec: Partial<PodSpec> = {}): Pod {
  return {
    metadata: metadataOf(place),
    spec: { terminationGracePeriodSeconds: 1, containers: [{ ...sleeper(image), ...container }], ...spec },
  };
}

export function configMap(place: Place, data: Readonly<Record<string, string>> = { data: 'one' }): ConfigMap {
  return { metadata: metadataOf(place), data };
}

/** Values are text; they travel as base64. */
export function secret(place: Place, values: Readonly<Record<string, string>>): Secret {
  const data = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, btoa(value)]));
  return { metadata: metadataOf(place), data };
}

export function service(place: Place, selector: Labels, port = 80, targetPort = 80): Service {
  return { metadata: metadataOf(place), spec: { selector, ports: [{ port, targetPort }] } };
}

function template(image: string, labels: Labels) {
  return { metadata: { labels }, spec: { terminationGracePeriodSeconds: 1, containers: [sleeper(image)] } };
}

export function replicationController(place: Place, image: string, replicas: number): ReplicationController {
  const labels = { app: place.name };
  return {
    metadata: metadataOf(place),
    spec: { replicas, selector: labels, template: template(image, labels) },
  };
}

export function replicaSet(place: Place, image: string, replicas: number): ReplicaSet {
  const labels = { app: place.name };
  return {
    metadata: metadataOf(place),
    spec: { replicas, selector: { matchLabels: labels }, template: template(image, labels) },
  };
}

export function deployment(place: Place, image: string, replicas: number): Deployment {
  const labels = { app: place.name };
  return {
    metadata: metadataOf(place),
    spec: { replicas, selector: { matchLabels: labels }, template: template(image, labels) },
  };
}
