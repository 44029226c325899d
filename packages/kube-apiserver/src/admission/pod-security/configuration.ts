/** What the admission configuration file tells PodSecurity (pod-security.admission.config.k8s.io/v1). */
import { ConfigurationError } from '../../configuration-error.ts';
import { LEVELS, MODES, type Mode, type Policies, type Policy, PRIVILEGED, versionOf } from './policy.ts';

const GROUP = 'pod-security.admission.config.k8s.io/';

export interface PodSecuritySettings {
  /** For namespaces whose labels say nothing. */
  readonly defaults: Policies;
  /** Whose pods are not looked at. */
  readonly exempt: {
    readonly usernames: ReadonlySet<string>;
    readonly namespaces: ReadonlySet<string>;
    readonly runtimeClasses: ReadonlySet<string>;
  };
}

/** Reads a PodSecurityConfiguration; throws ConfigurationError. An empty one changes nothing. */
export function podSecuritySettings(told: Readonly<Record<string, unknown>>): PodSecuritySettings {
  const { apiVersion, kind, defaults, exemptions } = told;
  const isEmpty = Object.keys(told).length === 0;
  if (!isEmpty && (kind !== 'PodSecurityConfiguration' || !String(apiVersion).startsWith(GROUP)))
    throw refused(`is no PodSecurityConfiguration of ${GROUP}v1`);
  const exempt = (field: string) => new Set(textsOf(objectOf(exemptions, 'exemptions')[field], `exemptions.${field}`));
  return {
    defaults: defaultsOf(objectOf(defaults, 'defaults')),
    exempt: {
      usernames: exempt('usernames'),
      namespaces: exempt('namespaces'),
      runtimeClasses: exempt('runtimeClasses'),
    },
  };
}

function defaultsOf(told: Readonly<Record<string, unknown>>): Policies {
  const policy = (mode: Mode): Policy => {
    const { [mode]: level = 'privileged', [`${mode}-version`]: version = 'latest' } = told;
    const known = LEVELS.find((one) => one === level);
    if (known === undefined)
      throw refused(`has ${JSON.stringify(level)} in defaults.${mode}; use ${LEVELS.join(', ')}`);
    const minor = versionOf(String(version));
    if (minor === undefined)
      throw refused(`has ${JSON.stringify(version)} in defaults.${mode}-version; use latest or v1.x`);
    return { level: known, version: minor };
  };
  return { ...PRIVILEGED, ...Object.fromEntries(MODES.map((mode) => [mode, policy(mode)])) };
}

function objectOf(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw refused(`has ${field} that are no object`);
  return value as Readonly<Record<string, unknown>>;
}

function textsOf(value: unknown, field: string): readonly string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every((text) => typeof text === 'string' && text !== ''))
    throw refused(`has ${field} that are no list of names`);
  return value as readonly string[];
}

function refused(why: string): ConfigurationError {
  return new ConfigurationError('bad-flag', `the configuration of PodSecurity ${why}`);
}
