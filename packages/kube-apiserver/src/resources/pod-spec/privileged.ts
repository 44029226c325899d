/** `--allow-privileged=false`: pods and templates with privileged containers are refused. */
import { type FieldError, type FieldPath, fieldErrors, type KubeObject, type PodSpec, path } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { containersWithPaths } from './visit.ts';

const TEMPLATE = ['spec', 'template', 'spec'];
/** Where each kind has its pod spec. StatefulSets are absent: upstream judges their pods. */
const SPECS: ReadonlyMap<string, readonly string[]> = new Map([
  ['/pods', ['spec']],
  ['/podtemplates', ['template', 'spec']],
  ['/replicationcontrollers', TEMPLATE],
  ['apps/daemonsets', TEMPLATE],
  ['apps/deployments', TEMPLATE],
  ['apps/replicasets', TEMPLATE],
  ['batch/cronjobs', ['spec', 'jobTemplate', ...TEMPLATE]],
  ['batch/jobs', TEMPLATE],
]);

/** The strategies by `group/resource`, those with pods judging their containers too. */
export function refusingPrivileged(strategies: ReadonlyMap<string, Strategy>): ReadonlyMap<string, Strategy> {
  const judged = [...SPECS].flatMap(([resource, fields]): [string, Strategy][] => {
    const strategy = strategies.get(resource);
    return strategy === undefined ? [] : [[resource, withRule(strategy, fields)]];
  });
  return new Map([...strategies, ...judged]);
}

function withRule(strategy: Strategy, fields: readonly string[]): Strategy {
  const { validate, validateUpdate } = strategy;
  const [first = '', ...more] = fields;
  const at = path(first).child(...more);
  const problems = (object: KubeObject) => privilegedErrors(specIn(object, fields), at);
  return {
    ...strategy,
    validate: (object) => [...(validate?.(object) ?? []), ...problems(object)],
    ...(validateUpdate === undefined
      ? {}
      : { validateUpdate: (object, old) => [...validateUpdate(object, old), ...problems(object)] }),
  };
}

function specIn(object: KubeObject, fields: readonly string[]): PodSpec | undefined {
  let value: unknown = object;
  for (const field of fields) value = (value as Readonly<Record<string, unknown>> | undefined)?.[field];
  return value as PodSpec | undefined;
}

function privilegedErrors(spec: PodSpec | undefined, at: FieldPath): FieldError[] {
  if (spec === undefined) return [];
  return containersWithPaths(spec, at)
    .filter(({ container }) => container.securityContext?.privileged === true)
    .map(({ at: where }) =>
      fieldErrors.forbidden(where.child('securityContext', 'privileged'), 'disallowed by cluster policy'),
    );
}
