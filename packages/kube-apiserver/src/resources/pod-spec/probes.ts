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
import { invalidFor, nonNegative, oneOf, required } from '../checks.ts';

type HttpGet = NonNullable<Probe['httpGet']>;
interface Handler {
  readonly exec?: { readonly command?: readonly string[] | undefined } | undefined;
  readonly httpGet?: HttpGet | undefined;
  readonly tcpSocket?: { readonly port: number | string } | undefined;
  readonly grpc?: { readonly port: number } | undefined;
  readonly sleep?: { readonly seconds: number } | undefined;
}
/** Undefined when the pod says none: then nothing is judged against it. */
type Grace = number | undefined;

/** Probes and hooks of a regular container, or of an init container that keeps running. */
export function validateProbesAndHooks(container: Container, grace: Grace, at: FieldPath): FieldError[] {
  const { lifecycle, livenessProbe, readinessProbe, startupProbe } = container;
  return [
    ...validateLifecycle(lifecycle, grace, at.child('lifecycle')),
    ...validateOnceProbe(livenessProbe, grace, at.child('livenessProbe')),
    ...validateReadinessProbe(readinessProbe, grace, at.child('readinessProbe')),
    ...validateOnceProbe(startupProbe, grace, at.child('startupProbe')),
  ];
}

/** Liveness and startup probes: one success must be enough. */
function validateOnceProbe(probe: Probe | undefined, grace: Grace, at: FieldPath): FieldError[] {
  if (probe === undefined) return [];
  const errors = validateProbe(probe, grace, at);
  const threshold = probe.successThreshold ?? 0;
  if (threshold !== 1) errors.push(fieldErrors.invalid(at.child('successThreshold'), threshold, 'must be 1'));
  return errors;
}

function validateReadinessProbe(probe: Probe | undefined, grace: Grace, at: FieldPath): FieldError[] {
  if (probe === undefined) return [];
  const errors = validateProbe(probe, grace, at);
  const own = probe.terminationGracePeriodSeconds;
  if (own !== undefined)
    errors.push(
      fieldErrors.invalid(at.child('terminationGracePeriodSeconds'), own, 'must not be set for readinessProbes'),
    );
  return errors;
}

const COUNTS = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
] as const;

function validateProbe(probe: Probe, grace: Grace, at: FieldPath): FieldError[] {
  const own = probe.terminationGracePeriodSeconds;
  return [
    ...validateHandler(probe, grace, at),
    ...COUNTS.flatMap((field) => nonNegative(probe[field], at.child(field))),
    ...(own !== undefined && own <= 0
      ? [fieldErrors.invalid(at.child('terminationGracePeriodSeconds'), own, 'must be greater than 0')]
      : []),
  ];
}

/** `stopSignal` is behind a gate that v1.36 has off: it is dropped before. */
function validateLifecycle(lifecycle: Lifecycle | undefined, grace: Grace, at: FieldPath): FieldError[] {
  return (['postStart', 'preStop'] as const).flatMap((hook) => {
    const handler = lifecycle?.[hook];
    return handler ? validateHandler(handler, grace, at.child(hook)) : [];
  });
}

function validateHandler(handler: Handler, grace: Grace, at: FieldPath): FieldError[] {
  const { exec, httpGet, tcpSocket, grpc, sleep } = handler;
  const checks: readonly (readonly [string, (() => FieldError[]) | undefined])[] = [
    ['exec', exec && (() => required(exec.command, at.child('exec', 'command')))],
    ['httpGet', httpGet && (() => validateHttpGet(httpGet, at.child('httpGet')))],
    ['tcpSocket', tcpSocket && (() => validatePort(tcpSocket.port, at.child('tcpSocket', 'port')))],
    ['grpc', grpc && (() => validatePort(grpc.port, at.child('grpc', 'port')))],
    ['sleep', sleep && (() => validateSleep(sleep.seconds, grace, at.child('sleep')))],
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
    ...(httpGet.httpHeaders ?? []).flatMap(({ name }) =>
      invalidFor(names.httpHeaderName(name), name, at.child('httpHeaders')),
    ),
  ];
}

function validateSleep(seconds: number, grace: Grace, at: FieldPath): FieldError[] {
  if (grace === undefined || (seconds >= 0 && seconds <= grace)) return [];
  const detail = `must be non-negative and less than terminationGracePeriodSeconds (${grace})`;
  return [fieldErrors.invalid(at, seconds, detail)];
}

/** A port by number or by name. */
export function validatePort(port: number | string | undefined, at: FieldPath): FieldError[] {
  if (typeof port === 'string') return invalidFor(names.portName(port), port, at);
  return invalidFor(names.portNumber(port ?? 0), port ?? 0, at);
}
