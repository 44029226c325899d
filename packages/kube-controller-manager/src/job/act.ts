import {
  type Draft,
  ignoreNotFound,
  type Job,
  nameOf,
  namespaceOf,
  type Pod,
  type PodSpec,
  Resources,
} from '@steersman/api';
import type { Client, Expectations } from '@steersman/client';
import type { Random } from '@steersman/machinery';
import { createExpected, deleteExpected } from '../pods/expected.ts';
import { type PodControl, podFromTemplate } from '../pods/pod-control.ts';
import { FAILURES_ANNOTATION, IGNORED_FAILURES_ANNOTATION, type IndexFailures } from './index-failures.ts';
import { INDEX_ANNOTATION } from './indexes.ts';
import type { JobPlan } from './plan.ts';
import { TRACKING_FINALIZER } from './tally.ts';

const INDEX_VARIABLE = 'JOB_COMPLETION_INDEX';

/** Tells every container which index it works on. */
function withIndexVariable(spec: PodSpec): PodSpec {
  const variable = {
    name: INDEX_VARIABLE,
    valueFrom: { fieldRef: { fieldPath: `metadata.annotations['${INDEX_ANNOTATION}']` } },
  };
  type Container = PodSpec['containers'][number];
  const add = (container: Container): Container =>
    container.env?.some(({ name }) => name === INDEX_VARIABLE) === true
      ? container
      : { ...container, env: [...(container.env ?? []), variable] };
  const { initContainers } = spec;
  return {
    ...spec,
    containers: spec.containers.map(add),
    ...(initContainers === undefined ? {} : { initContainers: initContainers.map(add) }),
  };
}

function failureAnnotations(failures: IndexFailures | undefined): Readonly<Record<string, string>> {
  if (failures === undefined) return {};
  const counted = { [FAILURES_ANNOTATION]: String(failures.counted) };
  return failures.ignored === 0 ? counted : { ...counted, [IGNORED_FAILURES_ANNOTATION]: String(failures.ignored) };
}

/** The pod for a job, and for an Indexed job the pod for one of its indexes. */
export function podFor(job: Job, index: number | undefined, random: Random, failures?: IndexFailures): Pod {
  const pod = podFromTemplate(job.spec.template, job, Resources.jobs) as Draft<Pod>;
  pod.metadata.finalizers = [...(pod.metadata.finalizers ?? []), TRACKING_FINALIZER];
  if (index === undefined) return pod as Pod;
  const { generateName: _unused, ...metadata } = pod.metadata;
  const name = `${nameOf(job)}-${index}`;
  return {
    ...(pod as Pod),
    metadata: {
      ...(metadata as Pod['metadata']),
      name: `${name}-${random.suffix(5)}`,
      annotations: { ...metadata.annotations, [INDEX_ANNOTATION]: String(index), ...failureAnnotations(failures) },
      labels: { ...metadata.labels, [INDEX_ANNOTATION]: String(index) },
    },
    spec: { ...withIndexVariable(pod.spec as PodSpec), hostname: name },
  };
}

export interface JobOutcome {
  /** Pods created less pods deleted. */
  readonly activeChange: number;
  readonly failure: unknown;
}

type CreatePlan = Extract<JobPlan, { readonly kind: 'create' }>;

export interface JobActor {
  perform(plan: JobPlan, job: Job, signal: AbortSignal): Promise<JobOutcome>;
  /** Takes the tracking finalizer off a pod; a pod that is gone is let go already. */
  release(pod: Pod, signal: AbortSignal): Promise<void>;
}

export function createJobActor(
  client: Client,
  control: PodControl,
  expectations: Expectations,
  random: Random,
): JobActor {
  const pods = client.resource(Resources.pods);

  async function release(pod: Pod, signal: AbortSignal): Promise<void> {
    const metadata = { uid: pod.metadata.uid, '$deleteFromPrimitiveList/finalizers': [TRACKING_FINALIZER] };
    await pods
      .patch({ namespace: namespaceOf(pod), name: nameOf(pod) }, { type: 'strategic', body: { metadata } }, { signal })
      .catch(ignoreNotFound);
  }

  async function create(plan: CreatePlan, job: Job, signal: AbortSignal): Promise<JobOutcome> {
    const { indexes, failures } = plan;
    const { succeeded, failure } = await createExpected(expectations, job, indexes.length, (at) =>
      control.create(podFor(job, indexes[at], random, failures?.get(indexes[at] ?? -1)), job, signal),
    );
    return { activeChange: succeeded, failure };
  }

  async function remove(victims: readonly Pod[], job: Job, signal: AbortSignal): Promise<JobOutcome> {
    const { succeeded, failure } = await deleteExpected(expectations, job, victims, async (pod) => {
      await release(pod, signal); // Deleted by us, so no failure to count.
      await control.delete(pod, job, signal);
    });
    return { activeChange: -succeeded, failure };
  }

  return {
    release,
    async perform(plan, job, signal) {
      if (plan.kind === 'create') return create(plan, job, signal);
      if (plan.kind === 'delete') return remove(plan.pods, job, signal);
      return { activeChange: 0, failure: undefined };
    },
  };
}
