import type { Job, Pod } from '@steersman/api';

export type FailureAction =
  | { readonly action: 'Count' | 'Ignore' | 'FailIndex' }
  | { readonly action: 'FailJob'; readonly message: string };

type Rule = NonNullable<Job['spec']['podFailurePolicy']>['rules'][number];

interface Exit {
  readonly container: string;
  readonly code: number;
}

function exitsOf({ status }: Pod): readonly Exit[] {
  const all = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  return all.flatMap(({ name, state }) =>
    state?.terminated === undefined ? [] : [{ container: name, code: state.terminated.exitCode }],
  );
}

function matchingExit({ onExitCodes }: Rule, pod: Pod): Exit | undefined {
  if (onExitCodes === undefined) return undefined;
  const { containerName, operator, values } = onExitCodes;
  return exitsOf(pod).find(({ container, code }) => {
    if (code === 0 || (containerName !== undefined && containerName !== container)) return false;
    return (operator === 'In') === values.includes(code);
  });
}

function matchingCondition({ onPodConditions }: Rule, pod: Pod): string | undefined {
  const found = onPodConditions?.find(({ type, status = 'True' }) =>
    pod.status?.conditions?.some((condition) => condition.type === type && condition.status === status),
  );
  return found?.type;
}

/** What a job's podFailurePolicy says about a failed pod: the first rule that matches, else count it (KEP-3329). */
export function failureActionOf(job: Job, pod: Pod): FailureAction {
  const rules = job.spec.podFailurePolicy?.rules ?? [];
  for (const [index, rule] of rules.entries()) {
    const exit = matchingExit(rule, pod);
    const condition = exit === undefined ? matchingCondition(rule, pod) : undefined;
    if (exit === undefined && condition === undefined) continue;
    const name = `${pod.metadata.namespace}/${pod.metadata.name}`;
    if (rule.action === 'FailJob') {
      const why =
        exit === undefined
          ? `Pod ${name} has condition ${condition}`
          : `Container ${exit.container} for pod ${name} failed with exit code ${exit.code}`;
      return { action: 'FailJob', message: `${why} matching FailJob rule at index ${index}` };
    }
    if (rule.action === 'Ignore') return { action: 'Ignore' };
    return { action: rule.action === 'FailIndex' ? 'FailIndex' : 'Count' };
  }
  return { action: 'Count' };
}
