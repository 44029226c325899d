/** Fields behind gates that v1.36 has off: they are dropped before anything looks at them, unless the object has them already. */
import type { Container, Draft, PodSpec, PodTemplateSpec, VolumeProjection } from '@steersman/api';

const PROJECTIONS = ['clusterTrustBundle', 'podCertificate'] as const;

export function dropDisabledFields(spec: Draft<PodSpec> | undefined, old: PodSpec | undefined): void {
  if (spec === undefined) return;
  // GenericWorkload
  if (old?.schedulingGroup === undefined) delete spec.schedulingGroup;
  // ContainerStopSignals
  if (!containersOf(old).some(({ lifecycle }) => lifecycle?.stopSignal !== undefined))
    for (const { lifecycle } of containersOf(spec)) if (lifecycle !== undefined) delete lifecycle.stopSignal;
  // ClusterTrustBundleProjection and PodCertificateRequest
  for (const kind of PROJECTIONS)
    if (!projectionsOf(old).some((source) => source[kind] !== undefined))
      for (const source of projectionsOf(spec)) delete source[kind];
}

export function dropDisabledTemplateFields(
  template: Draft<PodTemplateSpec> | undefined,
  old: PodTemplateSpec | undefined,
): void {
  dropDisabledFields(template?.spec, old?.spec);
}

function containersOf(spec: Draft<PodSpec> | PodSpec | undefined): Pick<Draft<Container>, 'lifecycle'>[] {
  const { containers = [], initContainers = [], ephemeralContainers = [] } = (spec ?? {}) as Partial<Draft<PodSpec>>;
  return [...containers, ...initContainers, ...ephemeralContainers];
}

function projectionsOf(spec: Draft<PodSpec> | PodSpec | undefined): Draft<VolumeProjection>[] {
  const { volumes = [] } = (spec ?? {}) as Partial<Draft<PodSpec>>;
  return volumes.flatMap(({ projected }) => projected?.sources ?? []);
}
