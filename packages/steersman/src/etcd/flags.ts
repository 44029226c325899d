/** The flags of `steersman etcd`: etcd's own names where it has them. */
import { ClusterError } from '@steersman/cluster';
import { type Flag, type FlagValues, ignoredFlag, parseGoDuration, textFlag } from '@steersman/server';
import type { EtcdFaceOptions, FaceAddress, FaceTls } from '@steersman/storage';

const CLIENT_URL = 'http://localhost:2379';

const ignored = (name: string, help: string) => ignoredFlag(name, `${help} Without effect: there is one member.`);

export const ETCD_FLAGS: readonly Flag[] = [
  textFlag('name', 'Name of this member.', 'default'),
  textFlag('data-dir', 'Folder of the store; empty: NAME.etcd in the current one.'),
  { name: 'listen-client-urls', type: 'strings', default: [CLIENT_URL], help: 'Where clients are served.' },
  {
    name: 'advertise-client-urls',
    type: 'strings',
    default: [CLIENT_URL],
    help: 'What clients that ask for the members are told.',
  },
  {
    name: 'listen-metrics-urls',
    type: 'strings',
    default: [],
    help: 'Where /metrics, /health, /livez and /readyz are served besides.',
  },
  textFlag('cert-file', 'Certificate for clients, PEM.'),
  textFlag('key-file', 'Its key, PEM.'),
  textFlag('trusted-ca-file', 'Authority of client certificates, PEM.'),
  { name: 'client-cert-auth', type: 'bool', default: false, help: 'Serve clients with a certificate only.' },
  {
    name: 'quota-backend-bytes',
    type: 'int',
    default: 0,
    help: 'Writes are refused while the store is larger. 0: as large as the disk.',
  },
  { name: 'max-request-bytes', type: 'int', default: 1_572_864, help: 'Largest request.' },
  textFlag('auto-compaction-mode', 'periodic or revision.', 'periodic'),
  textFlag(
    'auto-compaction-retention',
    'History to keep: hours or a duration (periodic), or revisions. 0: all, until a client compacts.',
    '0',
  ),
  {
    name: 'watch-progress-notify-interval',
    type: 'duration',
    default: '10m',
    help: 'How often idle watches that ask for it are told how far they are.',
  },
  {
    name: 'experimental-watch-progress-notify-interval',
    type: 'duration',
    default: '10m',
    help: 'Older name of --watch-progress-notify-interval.',
  },
  ignored('listen-peer-urls', 'Where other members are served.'),
  ignored('initial-advertise-peer-urls', 'What other members are told.'),
  ignored('initial-cluster', 'The members.'),
  ignored('initial-cluster-state', 'new or existing.'),
  ignored('initial-cluster-token', 'Name of the cluster.'),
  ignored('snapshot-count', 'Transactions between snapshots of the log.'),
  ignored('peer-cert-file', 'Certificate for members.'),
  ignored('peer-key-file', 'Its key.'),
  ignored('peer-trusted-ca-file', 'Authority of certificates of members.'),
  ignored('logger', 'Logging library.'),
];

export type EtcdSettings = Omit<EtcdFaceOptions, 'storage' | 'effects'> & { readonly folder: string };

/** Throws ClusterError 'invalid-option' with what is wrong. */
export function etcdSettings(flags: FlagValues): EtcdSettings {
  const name = flags.string('name');
  const folder = flags.string('data-dir') === '' ? `${name}.etcd` : flags.string('data-dir');
  const tls = tlsOf(flags);
  const interval = flags.given('watch-progress-notify-interval')
    ? flags.number('watch-progress-notify-interval')
    : flags.number('experimental-watch-progress-notify-interval');
  return {
    folder,
    scratch: folder,
    name,
    listen: flags.strings('listen-client-urls').map((url) => addressOf(url, tls)),
    listenMetrics: flags.strings('listen-metrics-urls').map((url) => addressOf(url, tls)),
    advertise: flags.strings('advertise-client-urls'),
    quotaBytes: flags.number('quota-backend-bytes'),
    requestBytesMax: flags.number('max-request-bytes'),
    progressIntervalMs: interval,
    autoCompaction: autoCompactionOf(flags.string('auto-compaction-mode'), flags.string('auto-compaction-retention')),
  };
}

const invalid = (message: string) => new ClusterError('invalid-option', message);

function tlsOf(flags: FlagValues): FaceTls | undefined {
  const [certFile, keyFile, trustedCaFile] = ['cert-file', 'key-file', 'trusted-ca-file'].map((name) =>
    flags.string(name),
  ) as [string, string, string];
  if (certFile === '' && keyFile === '') return undefined;
  if (certFile === '' || keyFile === '') throw invalid('--cert-file and --key-file are needed together');
  const clientCertAuth = flags.bool('client-cert-auth');
  if (clientCertAuth && trustedCaFile === '') throw invalid('--client-cert-auth needs --trusted-ca-file');
  return { certFile, keyFile, clientCertAuth, ...(trustedCaFile !== '' && { trustedCaFile }) };
}

/** `http://HOST:PORT` or `https://HOST:PORT`; `localhost` is 127.0.0.1. */
export function addressOf(url: string, tls: FaceTls | undefined): FaceAddress {
  const match = /^(https?):\/\/(\[[0-9a-fA-F:]+\]|[^/:\s]+):(\d+)\/?$/.exec(url);
  if (match === null) throw invalid(`${url} is not an address to listen on: write it as http://127.0.0.1:2379`);
  const secure = match[1] === 'https';
  if (secure && tls === undefined) throw invalid(`${url} needs --cert-file and --key-file`);
  const host = match[2]!.replace(/^\[|\]$/g, '');
  return { host: host === 'localhost' ? '127.0.0.1' : host, port: Number(match[3]), ...(secure && { tls }) };
}

/** A number without a unit means hours in the periodic mode, as etcd has it. */
export function autoCompactionOf(mode: string, retention: string): NonNullable<EtcdFaceOptions['autoCompaction']> {
  if (mode !== 'periodic' && mode !== 'revision')
    throw invalid(`--auto-compaction-mode=${mode} is not known; use periodic or revision`);
  const number = Number(retention);
  if (Number.isInteger(number) && number >= 0)
    return { mode, retention: mode === 'revision' ? number : number * 3_600_000 };
  if (mode === 'revision') throw invalid(`--auto-compaction-retention=${retention} is no number of revisions`);
  return { mode, retention: parseGoDuration(retention) };
}
