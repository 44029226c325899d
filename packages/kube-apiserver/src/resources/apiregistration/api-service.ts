/** APIServices: checked and stored, and not proxied to yet. Only those of this server itself report Available. */
import { type APIService, type FieldError, fieldErrors, formatTime, names, path } from '@steersman/api';
import type { Strategy } from '../../registry/contract.ts';
import { inertWarning } from '../admissionregistration/webhook-configuration.ts';
import { each, invalidFor, oneOfListed, required } from '../checks.ts';
import { ageColumn, nameColumn, text } from '../columns.ts';
import { pathSegmentName } from '../metadata.ts';
import { statusOnly } from '../preparation.ts';

const SPEC = path('spec');
const GROUP_PRIORITY_MAX = 20000;
const VERSION_PRIORITY_MAX = 1000;
const preparation = statusOnly<APIService>(() => ({}));

export const apiService: Strategy<APIService> = {
  validated: true,
  allowUnconditionalUpdate: false,
  defaults({ spec }) {
    if (spec?.service) spec.service.port ??= 443;
  },
  prepareForCreate(draft, context) {
    preparation.prepareForCreate(draft, context);
    if (draft.spec?.service === undefined) draft.status = { conditions: [localCondition(context.clock.now())] };
  },
  prepareForUpdate: preparation.prepareForUpdate,
  validateName: pathSegmentName,
  validate,
  validateUpdate: validate,
  status: { validateUpdate: validateStatus },
  warnings: ({ spec }) => (spec?.service === undefined ? [] : inertWarning('APIServices')),
  columns: [
    nameColumn(),
    text('Service', 'Who serves the group version.', ({ spec }) =>
      spec?.service ? `${spec.service.namespace}/${spec.service.name}` : 'Local',
    ),
    text('Available', 'Whether it answers.', ({ status }) => {
      const available = status?.conditions?.find(({ type }) => type === 'Available');
      if (available === undefined) return 'Unknown';
      return available.status === 'True' ? 'True' : `${available.status} (${available.reason ?? ''})`;
    }),
    ageColumn(),
  ],
};

function localCondition(now: number) {
  return {
    type: 'Available',
    status: 'True',
    reason: 'Local',
    message: 'Local APIServices are always available',
    lastTransitionTime: formatTime(now),
  };
}

function validate({ metadata, spec }: APIService): FieldError[] {
  const { group = '', version = '', groupPriorityMinimum: groupPriority = 0, versionPriority = 0 } = spec ?? {};
  const wanted = `${version}.${group}`;
  const name = metadata.name ?? '';
  const misnamed = name !== wanted && pathSegmentName(name, false).length === 0 && name !== '';
  const nameDetail = `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(wanted)}`;
  const legacy = 'only v1 may have an empty group and it better be legacy kube';
  const bounded = (value: number, max: number, field: string): FieldError[] =>
    value > 0 && value <= max
      ? []
      : [fieldErrors.invalid(SPEC.child(field), value, `must be positive and less than ${max}`)];
  return [
    ...(misnamed ? [fieldErrors.invalid(path('metadata', 'name'), name, nameDetail)] : []),
    ...(group === '' && version !== 'v1' ? [fieldErrors.required(SPEC.child('group'), legacy)] : []),
    ...(group === '' ? [] : invalidFor(names.dns1123Subdomain(group), group, SPEC.child('group'))),
    ...invalidFor(names.dns1035Label(version), version, SPEC.child('version')),
    ...bounded(groupPriority, GROUP_PRIORITY_MAX, 'groupPriorityMinimum'),
    ...bounded(versionPriority, VERSION_PRIORITY_MAX, 'versionPriority'),
    ...validateService(spec),
  ];
}

function validateService(spec: APIService['spec']): FieldError[] {
  const { service, caBundle = '', insecureSkipTLSVerify: insecure } = spec ?? {};
  const bytes = Buffer.from(caBundle, 'base64').length;
  const insecureAt = SPEC.child('insecureSkipTLSVerify');
  if (service === undefined)
    return [
      ...(bytes > 0
        ? [fieldErrors.invalid(SPEC.child('caBundle'), `${bytes} bytes`, 'local APIServices may not have a caBundle')]
        : []),
      ...(insecure === true
        ? [fieldErrors.invalid(insecureAt, true, 'local APIServices may not have insecureSkipTLSVerify')]
        : []),
    ];
  const at = SPEC.child('service');
  const messages = names.portNumber(service.port ?? 0);
  const port = `port is not valid: ${messages.join(', ')}`;
  return [
    ...required(service.namespace, at.child('namespace')),
    ...required(service.name, at.child('name')),
    ...(messages.length > 0 ? [fieldErrors.invalid(at.child('port'), service.port ?? 0, port)] : []),
    ...(insecure === true && bytes > 0
      ? [fieldErrors.invalid(insecureAt, true, 'may not be true if caBundle is present')]
      : []),
  ];
}

function validateStatus({ status }: APIService): FieldError[] {
  return each(status?.conditions, path('status', 'conditions'), (condition, at) =>
    oneOfListed(condition.status, ['True', 'False', 'Unknown'], at.child('status')),
  );
}
