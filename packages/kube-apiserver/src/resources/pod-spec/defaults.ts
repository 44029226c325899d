/**
 * Defaults that upstream's code computes for pod specs and everything inside them (v1.36); the declared ones of the facts
 * table have run before. Every function fills only what is absent.
 */
import type {
  Container,
  Draft,
  EphemeralContainer,
  Lifecycle,
  ObjectMeta,
  PodSpec,
  PodTemplateSpec,
  Probe,
  Volume,
} from '@steersman/api';
import { defaultPodResources } from './pod-resource-defaults.ts';
import { roundUpAmounts } from './quantities.ts';

const TERMINATION_GRACE_SECONDS_DEFAULT = 30;
/** 0644: the mode of files in projected volumes. */
const FILE_MODE_DEFAULT = 0o644;
const TOKEN_EXPIRATION_SECONDS_DEFAULT = 3600;

/** Annotations that were fields before v1.8; kubelets of then would still read them. */
const RETIRED = ['beta', 'alpha'].flatMap((stage) => [
  `pod.${stage}.kubernetes.io/init-containers`,
  `pod.${stage}.kubernetes.io/init-container-statuses`,
]);

export function dropRetiredAnnotations(metadata: Draft<Pick<ObjectMeta, 'annotations'>> | undefined): void {
  const annotations = metadata?.annotations;
  if (annotations === undefined) return;
  // Deleting what is not there would cost every object its shape.
  for (const key of RETIRED) if (key in annotations) delete annotations[key];
}

/** Defaults of a pod template: what `defaultPod` does, without what upstream leaves to the pod itself. */
export function defaultPodTemplate(template: Draft<PodTemplateSpec> | undefined): void {
  dropRetiredAnnotations(template?.metadata);
  if (template?.spec !== undefined) defaultPodSpec(template.spec);
}

export function defaultPodSpec(spec: Draft<PodSpec>): void {
  spec.dnsPolicy ||= 'ClusterFirst';
  spec.restartPolicy ||= 'Always';
  spec.terminationGracePeriodSeconds ??= TERMINATION_GRACE_SECONDS_DEFAULT;
  spec.schedulerName ||= 'default-scheduler';
  spec.securityContext ??= {};
  roundUpAmounts(spec.overhead);
  roundUpAmounts(spec.resources?.limits);
  roundUpAmounts(spec.resources?.requests);
  // The deprecated field and its successor name one thing; upstream's conversion fills the other.
  spec.serviceAccountName ||= spec.serviceAccount || undefined;
  if (spec.serviceAccountName === undefined) delete spec.serviceAccountName;
  else spec.serviceAccount = spec.serviceAccountName;
  for (const volume of spec.volumes ?? []) defaultVolume(volume);
  for (const container of allContainers(spec)) defaultContainer(container);
}

/** Defaults of a Pod, beyond those of a template: requests from limits, service links, host ports. */
export function defaultPod(spec: Draft<PodSpec>): void {
  defaultPodSpec(spec);
  spec.enableServiceLinks ??= true;
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  for (const container of containers) defaultRequestsFromLimits(container);
  defaultPodResources(spec);
  if (spec.hostNetwork !== true) return;
  for (const container of containers)
    for (const port of container.ports ?? []) if (!port.hostPort) port.hostPort = port.containerPort;
}

/** Every container of a pod spec: regular, init and ephemeral. */
function allContainers(spec: Draft<PodSpec>): (Draft<Container> | Draft<EphemeralContainer>)[] {
  return [...(spec.containers ?? []), ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])];
}

function defaultRequestsFromLimits(container: Draft<Container>): void {
  const limits = container.resources?.limits;
  if (limits === undefined || container.resources === undefined) return;
  const requests: Record<string, string> = { ...(container.resources.requests ?? {}) };
  for (const [name, quantity] of Object.entries(limits)) requests[name] ??= quantity;
  if (Object.keys(requests).length > 0) container.resources.requests = requests;
}

function defaultContainer(container: Draft<Container> | Draft<EphemeralContainer>): void {
  container.imagePullPolicy ||= pullPolicyFor(container.image ?? '');
  container.terminationMessagePath ||= '/dev/termination-log';
  container.terminationMessagePolicy ||= 'File';
  container.resources ??= {};
  roundUpAmounts(container.resources.limits);
  roundUpAmounts(container.resources.requests);
  for (const port of container.ports ?? []) port.protocol ||= 'TCP';
  for (const { valueFrom } of container.env ?? []) if (valueFrom?.fieldRef) valueFrom.fieldRef.apiVersion ||= 'v1';
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) defaultProbe(probe);
  defaultLifecycle(container.lifecycle);
}

/** Images without a tag, or tagged `latest`, are pulled every time; a digest without a tag pins the image. */
function pullPolicyFor(image: string): 'Always' | 'IfNotPresent' {
  const [name = '', digest] = image.split('@');
  const lastPart = name.slice(name.lastIndexOf('/') + 1);
  const colon = lastPart.indexOf(':');
  const tag = colon === -1 ? (digest === undefined ? 'latest' : '') : lastPart.slice(colon + 1);
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}

function defaultProbe(probe: Draft<Probe> | undefined): void {
  if (probe === undefined) return;
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  defaultHttpGet(probe.httpGet);
  if (probe.grpc !== undefined) probe.grpc.service ??= '';
}

function defaultHttpGet(httpGet: { path?: string | undefined; scheme?: string | undefined } | undefined): void {
  if (httpGet === undefined) return;
  httpGet.path ||= '/';
  httpGet.scheme ||= 'HTTP';
}

function defaultLifecycle(lifecycle: Draft<Lifecycle> | undefined): void {
  defaultHttpGet(lifecycle?.postStart?.httpGet);
  defaultHttpGet(lifecycle?.preStop?.httpGet);
}

function defaultVolume(volume: Draft<Volume>): void {
  const sources = Object.entries(volume).filter(
    ([key, value]) => key !== 'name' && value !== undefined && value !== null,
  );
  if (sources.length === 0) volume.emptyDir = {};
  if (volume.secret) volume.secret.defaultMode ??= FILE_MODE_DEFAULT;
  if (volume.configMap) volume.configMap.defaultMode ??= FILE_MODE_DEFAULT;
  if (volume.hostPath) volume.hostPath.type ??= '';
  if (volume.downwardAPI) {
    volume.downwardAPI.defaultMode ??= FILE_MODE_DEFAULT;
    for (const item of volume.downwardAPI.items ?? []) if (item.fieldRef) item.fieldRef.apiVersion ||= 'v1';
  }
  if (volume.projected) defaultProjected(volume.projected);
  if (volume.iscsi) volume.iscsi.iscsiInterface ||= 'default';
  if (volume.ephemeral?.volumeClaimTemplate?.spec)
    volume.ephemeral.volumeClaimTemplate.spec.volumeMode ||= 'Filesystem';
  if (volume.image) volume.image.pullPolicy ||= pullPolicyFor(volume.image.reference ?? '');
}

function defaultProjected(projected: NonNullable<Draft<Volume>['projected']>): void {
  projected.defaultMode ??= FILE_MODE_DEFAULT;
  for (const source of projected.sources ?? []) {
    if (source.serviceAccountToken) source.serviceAccountToken.expirationSeconds ??= TOKEN_EXPIRATION_SECONDS_DEFAULT;
    for (const item of source.downwardAPI?.items ?? []) if (item.fieldRef) item.fieldRef.apiVersion ||= 'v1';
  }
}
