import type { Deployment, PodTemplateSpec, ReplicaSet } from '@steersman/api';
import { parseTime } from '@steersman/api';
import { canonicalText } from '../controller/same.ts';
import { boundsOf } from './bounds.ts';

export const HASH_LABEL = 'pod-template-hash';
export const REVISION = 'deployment.kubernetes.io/revision';
const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history';
const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas';
const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas';
/** What belongs to the deployment alone; every other annotation goes along to its ReplicaSets. */
const KEPT_BACK: readonly string[] = [
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  'deprecated.deployment.rollback.to',
];
/** Revisions that one ReplicaSet stood for are remembered up to this many characters. */
const HISTORY_CHARACTERS_MAX = 2000;

export function revisionOf({ metadata }: ReplicaSet | Deployment): number {
  const revision = Number(metadata.annotations?.[REVISION] ?? '0');
  return Number.isSafeInteger(revision) ? revision : 0;
}

export function desiredReplicasOf({ metadata }: ReplicaSet): number | undefined {
  const text = metadata.annotations?.[DESIRED_REPLICAS];
  return text === undefined ? undefined : Number(text);
}
export function maxReplicasOf({ metadata }: ReplicaSet): number | undefined {
  const text = metadata.annotations?.[MAX_REPLICAS];
  return text === undefined ? undefined : Number(text);
}

/** Text of a template without the hash label, which differs by construction. */
function templateText(template: PodTemplateSpec | undefined): string {
  const { [HASH_LABEL]: _hash, ...labels } = template?.metadata?.labels ?? {};
  const { annotations, finalizers } = template?.metadata ?? {};
  return canonicalText({ metadata: { labels, annotations, finalizers }, spec: template?.spec });
}

export function sameTemplate(a: PodTemplateSpec | undefined, b: PodTemplateSpec | undefined): boolean {
  return templateText(a) === templateText(b);
}

export function byCreation(a: ReplicaSet, b: ReplicaSet): number {
  const [first, second] = [a, b].map(({ metadata }) => parseTime(metadata.creationTimestamp ?? '') || 0) as [
    number,
    number,
  ];
  return first - second || ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1);
}

/** The ReplicaSet that stands for the deployment's template now: the oldest with an equal one. */
export function newReplicaSetOf(deployment: Deployment, replicaSets: readonly ReplicaSet[]): ReplicaSet | undefined {
  const wanted = templateText(deployment.spec.template);
  return replicaSets.toSorted(byCreation).find(({ spec }) => templateText(spec.template) === wanted);
}

/** The annotations by which proportional scaling knows what a ReplicaSet was sized for. */
export function replicasAnnotations(deployment: Deployment): Readonly<Record<string, string>> {
  const replicas = deployment.spec.replicas ?? 1;
  return { [DESIRED_REPLICAS]: String(replicas), [MAX_REPLICAS]: String(replicas + boundsOf(deployment).maxSurge) };
}

/** What the new ReplicaSet's annotations should be: the deployment's own, and its revision with those it had before. */
export function newAnnotations(
  deployment: Deployment,
  current: Readonly<Record<string, string>>,
  revision: number,
): Readonly<Record<string, string>> {
  const inherited = Object.entries(deployment.metadata.annotations ?? {}).filter(([name]) => !KEPT_BACK.includes(name));
  const result: Record<string, string> = { ...current, ...Object.fromEntries(inherited) };
  const before = current[REVISION];
  if (before !== undefined && Number(before) >= revision) return result;
  result[REVISION] = String(revision);
  if (before === undefined) return result;
  const history = [...(current[REVISION_HISTORY] ?? '').split(','), before].filter((entry) => entry !== '');
  while (history.join(',').length > HISTORY_CHARACTERS_MAX) history.shift();
  result[REVISION_HISTORY] = history.join(',');
  return result;
}
