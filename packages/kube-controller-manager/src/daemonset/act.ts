import { type DaemonSet, isNotFound, keyOf, type Pod, Resources } from '@steersman/api';
import type { Expectations } from '@steersman/client';
import { createExpected } from '../pods/expected.ts';
import { type PodControl, podFromTemplate } from '../pods/pod-control.ts';
import { REVISION_LABEL } from '../revisions/history.ts';
import { affinityFor, tolerationsOf } from './nodes.ts';
import type { DaemonPlan } from './plan.ts';

const GENERATION_LABEL = 'pod-template-generation';

/** The pod for one node: the template, the revision it is of, and an affinity that only that node satisfies. */
export function podForNode(daemonSet: DaemonSet, nodeName: string, hash: string): Pod {
  const pod = podFromTemplate(daemonSet.spec.template, daemonSet, Resources.daemonSets);
  const generation = daemonSet.metadata.annotations?.['deprecated.daemonset.template.generation'];
  const labels = {
    ...pod.metadata.labels,
    [REVISION_LABEL]: hash,
    ...(generation === undefined ? {} : { [GENERATION_LABEL]: generation }),
  };
  return {
    ...pod,
    metadata: { ...pod.metadata, labels },
    spec: { ...pod.spec, affinity: affinityFor(daemonSet, nodeName), tolerations: tolerationsOf(daemonSet) },
  };
}

/** Performs a plan with pods of the revision, and returns the first failure: partial success is an expected outcome. */
export function daemonActor(control: PodControl, expectations: Expectations) {
  return async function act(
    plan: DaemonPlan,
    daemonSet: DaemonSet,
    hash: string,
    signal: AbortSignal,
  ): Promise<unknown> {
    const key = keyOf(daemonSet);
    expectations.expectDeletions(key, plan.delete.map(keyOf));
    const { failure } = await createExpected(expectations, daemonSet, plan.create.length, (at) =>
      control.create(podForNode(daemonSet, plan.create[at] ?? '', hash), daemonSet, signal),
    );
    let failed = failure;
    for (const pod of plan.delete) {
      await control.delete(pod, daemonSet, signal).catch((error: unknown) => {
        expectations.deletionObserved(key, keyOf(pod));
        if (!isNotFound(error)) failed ??= error;
      });
    }
    return failed;
  };
}
