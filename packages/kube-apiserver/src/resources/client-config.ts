/** Where the API server should call: webhooks of admission and of conversion. */
import { type FieldError, type FieldPath, fieldErrors, names } from '@steersman/api';
import { required } from './checks.ts';

interface ServiceReference {
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
  readonly path?: string | undefined;
  readonly port?: number | undefined;
}

const FORM = '; desired format: https://host[/path]';

export function validateWebhookUrl(text: string, at: FieldPath): FieldError[] {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // What has no scheme is a path to Go: an URL without host, not a malformed one.
  const scheme = url?.protocol.slice(0, -1) ?? '';
  const host = url?.host ?? '';
  const user = url === undefined ? '' : [url.username, url.password].filter(Boolean).join(':');
  const invalid = (value: string, detail: string) => fieldErrors.invalid(at, value, detail);
  return [
    ...(scheme === 'https' ? [] : [invalid(scheme, `'https' is the only allowed URL scheme${FORM}`)]),
    ...(host === '' ? [invalid(host, `host must be specified${FORM}`)] : []),
    ...(user === '' ? [] : [invalid(user, 'user information is not permitted in the URL')]),
    ...(url?.hash ? [invalid(url.hash.slice(1), 'fragments are not permitted in the URL')] : []),
    ...(url?.search ? [invalid(url.search.slice(1), 'query parameters are not permitted in the URL')] : []),
  ];
}

/** Upstream hands name and namespace over in the wrong order, so that each is missed under the other's name. */
export function validateWebhookService(service: ServiceReference, at: FieldPath): FieldError[] {
  const port = service.port ?? 0;
  const messages = names.portNumber(port);
  return [
    ...required(service.namespace, at.child('name')),
    ...required(service.name, at.child('namespace')),
    ...(messages.length === 0
      ? []
      : [fieldErrors.invalid(at.child('port'), port, `port is not valid: ${messages.join(', ')}`)]),
    ...(service.path === undefined ? [] : validatePath(service.path, at.child('path'))),
  ];
}

function validatePath(path: string, at: FieldPath): FieldError[] {
  if (path === '/' || path === '') return [];
  if (path === '//') return [fieldErrors.invalid(at, path, 'segment[0] may not be empty')];
  const errors = path.startsWith('/') ? [] : [fieldErrors.invalid(at, path, "must start with a '/'")];
  const steps = path.slice(1).replace(/\/$/, '').split('/');
  return [
    ...errors,
    ...steps.flatMap((step, index) =>
      step === ''
        ? [fieldErrors.invalid(at, path, `segment[${index}] may not be empty`)]
        : names.dns1123Subdomain(step).map((message) => fieldErrors.invalid(at, path, `segment[${index}]: ${message}`)),
    ),
  ];
}
