/** The flags by which several API servers on one store get along, and by which one of them ends; upstream's names. */
import { hostname } from 'node:os';
import type { Flag, FlagValues } from '@steersman/server';
import { ConfigurationError } from '../configuration-error.ts';
import type { EndpointReconcilerType, ServerConfig } from '../server-config.ts';
import type { ApiServerOptions } from '../server-options.ts';
import { peerAddress } from './peer-address.ts';

const RECONCILER_TYPES: readonly EndpointReconcilerType[] = ['lease', 'master-count', 'none'];

export const peerFlags: readonly Flag[] = [
  {
    name: 'endpoint-reconciler-type',
    type: 'string',
    default: 'lease',
    help: 'How the endpoints of the kubernetes Service are kept: lease (those of servers that live), master-count or none.',
  },
  {
    name: 'apiserver-count',
    type: 'int',
    default: 1,
    help: 'How many API servers there are, for --endpoint-reconciler-type=master-count.',
  },
  {
    name: 'hostname-override',
    type: 'string',
    default: '',
    help: 'What tells this server from the others. Empty: the name of the host. Servers on one host need different ones.',
  },
  {
    name: 'peer-ca-file',
    type: 'string',
    default: '',
    help: 'PEM file with the authority of the serving certificates of other API servers. Given: requests for what only they serve are passed on.',
  },
  {
    name: 'peer-advertise-ip',
    type: 'string',
    default: '',
    help: 'Address at which other API servers reach this one. Empty: --advertise-address.',
  },
  {
    name: 'peer-advertise-port',
    type: 'string',
    default: '',
    help: 'Port at which other API servers reach this one. Empty: --secure-port.',
  },
  {
    name: 'proxy-client-cert-file',
    type: 'string',
    default: '',
    help: 'PEM file with the certificate by which this server shows other API servers that it may say who asks.',
  },
  { name: 'proxy-client-key-file', type: 'string', default: '', help: 'PEM file with its key.' },
  {
    name: 'shutdown-delay-duration',
    type: 'duration',
    default: '0s',
    help: 'How long the server goes on answering after it was told to end, while /readyz fails.',
  },
  {
    name: 'shutdown-send-retry-after',
    type: 'bool',
    default: false,
    help: 'Answer new requests with 429 and Retry-After until those under way have ended, instead of taking no connections.',
  },
  {
    name: 'shutdown-watch-termination-grace-period',
    type: 'duration',
    default: '0s',
    help: 'Over which time watches are ended when the server ends. 0: at once.',
  },
];

/** Throws ConfigurationError. */
export function peerConfig(
  values: FlagValues,
): Pick<ServerConfig, 'hostname' | 'peerAddress' | 'endpointReconcilerType' | 'apiserverCount'> {
  const type = values.string('endpoint-reconciler-type');
  const known = RECONCILER_TYPES.find((candidate) => candidate === type);
  if (known === undefined)
    throw new ConfigurationError(
      'bad-flag',
      `--endpoint-reconciler-type=${type} is not known; use ${RECONCILER_TYPES.join(', ')}`,
    );
  const apiserverCount = values.number('apiserver-count');
  if (apiserverCount < 1)
    throw new ConfigurationError('bad-flag', `--apiserver-count=${apiserverCount} must be a positive number`);
  const [ip, port] = [values.string('peer-advertise-ip'), values.string('peer-advertise-port')];
  if ((ip === '') !== (port === ''))
    throw new ConfigurationError(
      'bad-flag',
      '--peer-advertise-ip and --peer-advertise-port belong together; give both or none',
    );
  return {
    hostname: values.string('hostname-override') || hostname().toLowerCase(),
    endpointReconcilerType: known,
    apiserverCount,
    ...(ip === '' ? {} : { peerAddress: peerAddress(ip, port) }),
  };
}

export function terminationOptions(
  values: FlagValues,
): Pick<ApiServerOptions, 'shutdownDelayMs' | 'shutdownSendRetryAfter' | 'shutdownWatchGraceMs'> {
  return {
    shutdownDelayMs: values.number('shutdown-delay-duration'),
    shutdownSendRetryAfter: values.bool('shutdown-send-retry-after'),
    shutdownWatchGraceMs: values.number('shutdown-watch-termination-grace-period'),
  };
}

/**
 * `text` reads the file of a flag, newly where it has changed. Throws ConfigurationError for flags that belong together and are given
 * apart, and what `text` throws.
 */
export function peerOptions(text: (flag: string) => string | undefined): Pick<ApiServerOptions, 'peers'> {
  const read = () => {
    const authority = text('peer-ca-file');
    const [certificate, key] = [text('proxy-client-cert-file'), text('proxy-client-key-file')];
    if (authority === undefined) return undefined;
    if (certificate === undefined || key === undefined)
      throw new ConfigurationError(
        'bad-flag',
        '--peer-ca-file needs --proxy-client-cert-file and --proxy-client-key-file',
      );
    return { authority, certificate, key };
  };
  const first = read();
  return first === undefined ? {} : { peers: () => read() ?? first };
}
