import { dirname, resolve } from 'node:path';
import type { Effects } from '@steersman/machinery';
import {
  type ComponentCommand,
  type Flag,
  type FlagValues,
  featureGatesOf,
  flagFile,
  formatGoDuration,
  readFlagFile,
} from '@steersman/server';
import { onFilesChanged } from './adapters/reload-files.ts';
import { growingFreely, keepCompiledModules } from './adapters/start-up.ts';
import { admissionConfiguration } from './admission/configuration.ts';
import { createApiServer } from './api-server.ts';
import { auditing } from './audit-flags.ts';
import { authenticationOptions, publishedAuthentication } from './authentication-options.ts';
import { ConfigurationError } from './configuration-error.ts';
import { type FlagFiles, flagFiles } from './flag-files.ts';
import { flags } from './flags.ts';
import { openStorage } from './open-storage.ts';
import { peerConfig, peerOptions, terminationOptions } from './peers/flags.ts';
import type { ServerConfig } from './server-config.ts';
import type { ApiServerOptions } from './server-options.ts';
import { servingOptions } from './serving-flags.ts';

/** `steersman kube-apiserver`, with upstream's flags. */
export const command: ComponentCommand = {
  name: 'kube-apiserver',
  summary: 'Serves the Kubernetes API and keeps its objects.',
  flags,
  async run(values, effects, signal) {
    const files = flagFiles(values);
    const tls = tlsOf(files);
    const { storage, storageIsEmbedded } = await openStorage(values, effects);
    const failed = Promise.withResolvers<never>();
    const audit = auditing(values, effects);
    try {
      const options = {
        ...optionsOf(values, effects, files),
        ...(audit.options === undefined ? {} : { audit: audit.options }),
        storage,
        storageIsEmbedded,
        onFatal: failed.reject,
      };
      const server = await growingFreely(() => createApiServer(options));
      try {
        const address = await server.listen({
          host: values.string('bind-address'),
          port: values.number('secure-port'),
          tls,
        });
        effects.log.info('Serving the API', { host: address.host, port: address.port });
        onFilesChanged(files.paths(), effects, signal, () => {
          files.reload();
          server.reloadTls(tlsOf(files));
        });
        const stopped = new Promise<void>((resolve) =>
          signal.addEventListener('abort', () => resolve(), { once: true }),
        );
        await Promise.race([server.ready, failed.promise, stopped]);
        if (!signal.aborted) effects.log.info('Ready');
        keepCompiledModules();
        await Promise.race([stopped, failed.promise]);
      } finally {
        await server.close();
        await audit.close();
      }
    } finally {
      await storage.close();
    }
  },
};

function tlsOf(files: FlagFiles) {
  const certificate = files.text('tls-cert-file');
  const key = files.text('tls-private-key-file');
  if (certificate === undefined || key === undefined)
    throw new ConfigurationError(
      'bad-flag',
      'give --tls-cert-file and --tls-private-key-file; `steersman up` makes them for you',
    );
  const authorities = [files.text('client-ca-file'), files.text('requestheader-client-ca-file')].filter(
    (text) => text !== undefined,
  );
  return {
    certificate,
    key,
    ...(authorities.length === 0 ? {} : { clientCertificateAuthority: authorities.join('\n') }),
  };
}

/** Everything but the store, from the flags. Throws ConfigurationError or ServerError. */
export function optionsOf(
  values: FlagValues,
  effects: Effects,
  files: FlagFiles = flagFiles(values),
): Omit<ApiServerOptions, 'storage'> {
  const signer = flagFile(values, 'service-account-signing-key-file');
  return {
    effects,
    config: { ...configOf(values), ...publishedAuthentication(values, files) },
    ...authenticationOptions(values, files),
    authorizationModes: values.strings('authorization-mode'),
    ...(signer === undefined ? {} : { serviceAccountSigningKey: signer }),
    serviceAccountKeys: values
      .strings('service-account-key-file')
      .map((path) => readFlagFile(path, 'service-account-key-file')),
    enablePriorityAndFairness: values.bool('enable-priority-and-fairness'),
    maxRequestsInFlight: values.number('max-requests-inflight'),
    maxMutatingRequestsInFlight: values.number('max-mutating-requests-inflight'),
    minRequestTimeoutSeconds: values.number('min-request-timeout'),
    runtimeConfig: values.map('runtime-config'),
    flags: shownFlags(values),
    featureGates: featureGatesOf(values.map('feature-gates')),
    ...servingOptions(values),
    ...terminationOptions(values),
    ...peerOptions(files.text),
    compactionIntervalMs: values.number('etcd-compaction-interval'),
  };
}

function configOf(values: FlagValues): Partial<ServerConfig> {
  const bind = values.string('bind-address');
  const advertise = values.string('advertise-address');
  const [issuer = '', ...otherServiceAccountIssuers] = values.strings('service-account-issuer');
  const audiences = values.strings('api-audiences');
  return {
    serviceClusterIpRanges: values.strings('service-cluster-ip-range'),
    serviceNodePortRange: portRange(values.string('service-node-port-range')),
    advertiseAddress: advertise !== '' ? advertise : bind === '0.0.0.0' || bind === '::' ? '127.0.0.1' : bind,
    securePort: values.number('secure-port'),
    ...peerConfig(values),
    serviceAccountIssuer: issuer,
    otherServiceAccountIssuers,
    extendTokenExpiration: values.bool('service-account-extend-token-expiration'),
    apiAudiences: audiences.length > 0 ? audiences : [issuer],
    clusterDomain: values.string('cluster-domain'),
    allowPrivileged: values.bool('allow-privileged'),
    serviceAccountTokenExpirationMaxSeconds: Math.floor(values.number('service-account-max-token-expiration') / 1000),
    enableAdmissionPlugins: values.strings('enable-admission-plugins'),
    disableAdmissionPlugins: values.strings('disable-admission-plugins'),
    eventTtlSeconds: Math.ceil(values.number('event-ttl') / 1000),
    tolerationSeconds: {
      notReady: values.number('default-not-ready-toleration-seconds'),
      unreachable: values.number('default-unreachable-toleration-seconds'),
    },
    ...textOf(values, 'external-hostname', 'externalHostname'),
    ...textOf(values, 'service-account-jwks-uri', 'jwksUri'),
    ...admissionOf(values),
    kubeletClient: kubeletClientOf(values),
  };
}

function textOf(values: FlagValues, flag: string, name: 'externalHostname' | 'jwksUri'): Partial<ServerConfig> {
  const text = values.string(flag);
  return text === '' ? {} : { [name]: text };
}

function admissionOf(values: FlagValues): Pick<ServerConfig, 'admissionConfiguration'> {
  const flag = 'admission-control-config-file';
  const file = values.string(flag);
  if (file === '') return {};
  const read = (path: string) => readFlagFile(resolve(dirname(file), path), flag);
  return { admissionConfiguration: admissionConfiguration(readFlagFile(file, flag), read) };
}

function kubeletClientOf(values: FlagValues): NonNullable<ServerConfig['kubeletClient']> {
  const file = (flag: string) => flagFile(values, flag);
  const certificate = file('kubelet-client-certificate');
  const key = file('kubelet-client-key');
  const certificateAuthority = file('kubelet-certificate-authority');
  return {
    ...(certificate === undefined ? {} : { certificate }),
    ...(key === undefined ? {} : { key }),
    ...(certificateAuthority === undefined ? {} : { certificateAuthority }),
    preferredAddressTypes: values.strings('kubelet-preferred-address-types'),
  };
}

function portRange(text: string): { readonly first: number; readonly last: number } {
  const match = /^(\d+)-(\d+)$/.exec(text);
  const [first, last] = match === null ? [0, 0] : [Number(match[1]), Number(match[2])];
  if (first < 1 || last > 65535 || first > last)
    throw new ConfigurationError(
      'bad-flag',
      `--service-node-port-range=${text} is not a range of ports; write it as 30000-32767`,
    );
  return { first, last };
}

/** Every flag as text, for /flagz. None of ours holds a secret: they name files. */
function shownFlags(values: FlagValues): ReadonlyMap<string, string> {
  return new Map(flags.map((flag) => [flag.name, shownValue(flag, values)]));
}

function shownValue({ name, type }: Flag, values: FlagValues): string {
  switch (type) {
    case 'bool':
      return String(values.bool(name));
    case 'strings':
      return `[${values.strings(name).join(',')}]`;
    case 'map':
      return [...values.map(name)].map(([key, value]) => `${key}=${value}`).join(',');
    case 'duration':
      return formatGoDuration(values.number(name));
    default:
      return values.string(name);
  }
}
