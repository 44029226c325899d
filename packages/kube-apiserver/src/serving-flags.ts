/** The flags about how requests are served, under upstream's names, and what they set up. */
import { type Flag, type FlagValues, textFlag } from '@steersman/server';
import { ConfigurationError } from './configuration-error.ts';
import type { ApiServerOptions, ServingOptions } from './server-options.ts';

export const servingFlags: readonly Flag[] = [
  {
    name: 'http2-max-streams-per-connection',
    type: 'int',
    default: 0,
    help: 'Requests under way at once on one HTTP/2 connection. 0: 1000.',
  },
  textFlag(
    'tls-min-version',
    'Oldest version of TLS that is accepted: VersionTLS12 or VersionTLS13. Empty: VersionTLS12.',
  ),
  {
    name: 'strict-transport-security-directives',
    type: 'strings',
    default: [],
    help: 'What the header Strict-Transport-Security of every answer says. Empty: no such header.',
  },
  textFlag('external-hostname', 'Name under which clients outside reach this server, for addresses that it publishes.'),
  textFlag('service-account-jwks-uri', 'Where others find the keys of service account tokens. Empty: this server.'),
  { name: 'event-ttl', type: 'duration', default: '1h0m0s', help: 'How long Events are kept.' },
  {
    name: 'default-not-ready-toleration-seconds',
    type: 'int',
    default: 300,
    help: 'How long pods that say nothing of it stay on a node that is not ready.',
  },
  {
    name: 'default-unreachable-toleration-seconds',
    type: 'int',
    default: 300,
    help: 'How long pods that say nothing of it stay on a node that cannot be reached.',
  },
  {
    name: 'emulated-version',
    type: 'strings',
    default: [],
    help: 'The version whose features are on, as kube=1.36; this server emulates no older one.',
  },
  {
    name: 'min-compatibility-version',
    type: 'strings',
    default: [],
    help: 'The oldest version of control plane that this one works beside, as kube=1.35.',
  },
];

const TLS_VERSIONS = { VersionTLS12: 'TLSv1.2', VersionTLS13: 'TLSv1.3' } as const;
/** RFC 6797 section 6.1. */
const DIRECTIVE = /^(?:max-age=[0-9]+|includeSubDomains|preload)$/;

/** Throws ConfigurationError. */
export function servingOptions(values: FlagValues): Pick<ApiServerOptions, 'serving' | 'strictTransportSecurity'> {
  checkVersions(values);
  const directives = values.strings('strict-transport-security-directives').filter((text) => text !== '');
  if (!directives.every((directive) => DIRECTIVE.test(directive)))
    throw new ConfigurationError(
      'bad-flag',
      '--strict-transport-security-directives invalid, allowed values: max-age=expireTime, includeSubDomains, preload. see https://tools.ietf.org/html/rfc6797#section-6.1 for more information',
    );
  return {
    serving: { ...streamsOf(values), ...tlsVersionOf(values.string('tls-min-version')) },
    ...(directives.length === 0 ? {} : { strictTransportSecurity: directives.join('; ') }),
  };
}

function streamsOf(values: FlagValues): Pick<ServingOptions, 'streamsMax'> {
  const streams = values.number('http2-max-streams-per-connection');
  return streams > 0 ? { streamsMax: streams } : {};
}

function tlsVersionOf(name: string): Pick<ServingOptions, 'minVersion'> {
  if (name === '') return {};
  const minVersion = TLS_VERSIONS[name as keyof typeof TLS_VERSIONS];
  if (minVersion === undefined)
    throw new ConfigurationError(
      'bad-flag',
      `unknown tls version ${JSON.stringify(name)}; use ${Object.keys(TLS_VERSIONS).join(' or ')}`,
    );
  return { minVersion };
}

/** Features are those of v1.36: who wants another version to be emulated must not believe it is. */
function checkVersions(values: FlagValues): void {
  const check = (flag: string, allowed: readonly string[]) => {
    for (const text of values.strings(flag)) {
      const version = text.replace(/^kube=/, '');
      if (!allowed.includes(version))
        throw new ConfigurationError(
          'bad-flag',
          `--${flag}=${text}: only ${allowed.join(' and ')} can be asked for here`,
        );
    }
  };
  check('emulated-version', ['1.36']);
  check('min-compatibility-version', ['1.35', '1.36']);
}
