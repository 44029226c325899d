/** Probes and life-cycle hooks. */
import {
  type Container,
  type FieldError,
  type FieldPath,
  fieldErrors,
  type Lifecycle,
  names,
  type Probe,
} from '@steersman/api';
import { each, invalidFor, nonNegative, oneOf, required } from '../checks.ts';

type HttpGet = NonNullable<Probe['httpGet']>;
interface Handler {
  readonly exec?: { readonly command?: readonly string[] | undefined } | undefined;
  readonly httpGet?: HttpGet | undefined;
  readonly tcpSocket?: { readonly port: number | string } | undefined;
  readonly grpc?: { readonly port: number } | undefined;
  readonly sleep?: { readonly seconds: number } | undefined;
}

/** Probes and hooks of a regular container, or of an init container that keeps running. */
export function validateProbesAndHooks(container: Container, graceSeconds: number, at: FieldPath): FieldError[] {
  const { lifecycle, livenessProbe, readinessProbe, startupProbe } = container;
  return [
    ...validateLifecycle(lifecycle, graceSeconds, at.child('lifecycle')),
    ...validateOnceProbe(livenessProbe, graceSeconds, at.child('livenessProbe')),
    ...validateReadinessProbe(readinessProbe, graceSeconds, at.child('readinessProbe')),
    ...validateOnceProbe(startupProbe, graceSeconds, at.child('startupProbe')),
  ];
}

/** Liveness and startup probes: one success must be enough. */
function validateOnceProbe(probe: Probe | undefined, graceSeconds: number, at: FieldPath): FieldError[] {
  if (probe === undefined) return [];
  const errors = validateProbe(probe, graceSeconds, at);
  if (probe.successThreshold !== undefined && probe.successThreshold !== 1) {
    errors.push(fieldErrors.invalid(at.child('successThreshold'), probe.successThreshold, 'must be 1'));
  }
  return errors;
}

function validateReadinessProbe(probe: Probe | undefined, graceSeconds: number, at: FieldPath): FieldError[] {
  if (probe === undefined) return [];
  const errors = validateProbe(probe, graceSeconds, at);
  const grace = probe.terminationGracePeriodSeconds;
  if (grace !== undefined)
    errors.push(
      fieldErrors.invalid(at.child('terminationGracePeriodSeconds'), grace, 'must not be set for readinessProbes'),
    );
  return errors;
}

function validateProbe(probe: Probe, graceSeconds: number, at: FieldPath): FieldError[] {
  const errors = validateHandler(probe, graceSeconds, at);
  for (const field of [
    'initialDelaySeconds',
    'timeoutSeconds',
    'periodSeconds',
    'successThreshold',
    'failureThreshold',
  ] as const) {
    errors.push(...nonNegative(probe[field], at.child(field)));
  }
  const grace = probe.terminationGracePeriodSeconds;
  if (grace !== undefined && grace <= 0)
    errors.push(fieldErrors.invalid(at.child('terminationGracePeriodSeconds'), grace, 'must be greater than 0'));
  return errors;
}

function validateLifecycle(lifecycle: Lifecycle | undefined, graceSeconds: number, at: FieldPath): FieldError[] {
  return [
    ...(lifecycle?.postStart ? validateHandler(lifecycle.postStart, graceSeconds, at.child('postStart')) : []),
    ...(lifecycle?.preStop ? validateHandler(lifecycle.preStop, graceSeconds, at.child('preStop')) : []),
  ];
}

function validateHandler(handler: Handler, graceSeconds: number, at: FieldPath): FieldError[] {
  const checks: [string, (() => FieldError[]) | undefined][] = [
    ['exec', handler.exec && (() => required(handler.exec?.command, at.child('exec', 'command')))],
    ['httpGet', handler.httpGet && (() => validateHttpGet(handler.httpGet as HttpGet, at.child('httpGet')))],
    ['tcpSocket', handler.tcpSocket && (() => validatePort(handler.tcpSocket?.port, at.child('tcpSocket', 'port')))],
    ['grpc', handler.grpc && (() => validatePort(handler.grpc?.port, at.child('grpc', 'port')))],
    ['sleep', handler.sleep && (() => validateSleep(handler.sleep?.seconds ?? 0, graceSeconds, at.child('sleep')))],
  ];
  const chosen = checks.filter(([, check]) => check !== undefined);
  if (chosen.length === 0) return [fieldErrors.required(at, 'must specify a handler type')];
  return chosen.flatMap(([name, check], index) =>
    index === 0 && check !== undefined
      ? check()
      : [fieldErrors.forbidden(at.child(name), 'may not specify more than 1 handler type')],
  );
}

function validateHttpGet(httpGet: HttpGet, at: FieldPath): FieldError[] {
  return [
    ...required(httpGet.path, at.child('path')),
    ...validatePort(httpGet.port, at.child('port')),
    ...oneOf(httpGet.scheme, ['HTTP', 'HTTPS'], at.child('scheme')),
    ...each(httpGet.httpHeaders, at.child('httpHeaders'), ({ name }) =>
      invalidFor(names.httpHeaderName(name), name, at.child('httpHeaders')),
    ),
  ];
}

function validateSleep(seconds: number, graceSeconds: number, at: FieldPath): FieldError[] {
  if (seconds >= 0 && seconds <= graceSeconds) return [];
  return [
    fieldErrors.invalid(
      at,
      seconds,
      `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`,
    ),
  ];
}

/** A port by number or by name. */
export function validatePort(port: number | string | undefined, at: FieldPath): FieldError[] {
  if (typeof port === 'string') return invalidFor(names.portName(port), port, at);
  return invalidFor(names.portNumber(port ?? 0), port ?? 0, at);
}
