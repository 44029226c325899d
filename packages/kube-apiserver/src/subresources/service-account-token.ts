/** serviceaccounts/token: tokens that expire and die with what they are bound to (KEP-1205). */
import {
  type Draft,
  errors,
  fieldErrors,
  formatTime,
  isNotFound,
  type KubeObject,
  type Pod,
  path,
  Resources,
  type ServiceAccount,
  type AuthenticationTokenRequest as TokenRequest,
} from '@steersman/api';
import type { TokenIssuer, TokenRequestParameters } from '../authentication/token-issuer-contract.ts';
import type { SubresourceHandler, SubresourceRequest } from '../registry/subresource-contract.ts';

const EXPIRATION_SECONDS_DEFAULT = 3600;
/** What kubelets ask for the tokens that are mounted into every pod; see `extendTokenExpiration`. */
const EXPIRATION_SECONDS_OF_PODS = 3607;
const EXPIRATION_SECONDS_EXTENDED = 365 * 24 * 60 * 60;
const EXPIRATION_SECONDS_MIN = 600;
const EXPIRATION_SECONDS_MAX = 2 ** 32;
type BoundKind = 'Pod' | 'Secret' | 'Node';
type Reference = NonNullable<TokenRequest['spec']['boundObjectRef']>;

export function serviceAccountToken(issuer: TokenIssuer): SubresourceHandler {
  return {
    group: '',
    resource: 'serviceaccounts',
    subresource: 'token',
    accepts: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
    verbs: ['create'],
    async handle(request) {
      const { namespace, name, registry, clock, config } = request;
      const body = request.body as Draft<TokenRequest>;
      const account = await registry.get(Resources.serviceAccounts, { namespace, name });
      refuseOtherAccount(body, account, name);
      const expirationSeconds = lifetimeOf(body, name, config.serviceAccountTokenExpirationMaxSeconds, (message) =>
        request.warn(message),
      );
      const audiences =
        (body.spec?.audiences ?? []).length > 0 ? [...(body.spec?.audiences ?? [])] : [...config.apiAudiences];
      const bound =
        body.spec?.boundObjectRef === undefined ? {} : await boundTo(request, account, body.spec.boundObjectRef);
      const uid = account.metadata.uid ?? '';
      const isExtended =
        config.extendTokenExpiration &&
        expirationSeconds === EXPIRATION_SECONDS_OF_PODS &&
        audiences.every((audience) => config.apiAudiences.includes(audience));
      const lifetime = isExtended
        ? { expirationSeconds: EXPIRATION_SECONDS_EXTENDED, warnAfterSeconds: expirationSeconds }
        : { expirationSeconds };
      const issued = await issuer.issue({ namespace, name, uid, audiences, ...lifetime, ...bound });
      const object: TokenRequest = {
        kind: 'TokenRequest',
        apiVersion: 'authentication.k8s.io/v1',
        metadata: { name, namespace, creationTimestamp: formatTime(clock.now()) },
        spec: {
          audiences,
          expirationSeconds,
          ...(body.spec?.boundObjectRef === undefined ? {} : { boundObjectRef: body.spec.boundObjectRef }),
        },
        status: { token: issued.token, expirationTimestamp: formatTime(clock.now() + expirationSeconds * 1000) },
      };
      return { object };
    },
  };
}

/** Whoever names the uid of the account means that one and no namesake. */
function refuseOtherAccount({ metadata }: Draft<TokenRequest>, account: ServiceAccount, name: string): void {
  const asked = metadata?.uid ?? '';
  if (asked === '' || asked === account.metadata.uid) return;
  const why = `the UID in the token request (${asked}) does not match the UID of the service account (${account.metadata.uid})`;
  throw errors.conflict({ group: '', resource: 'serviceaccounts' }, name, why);
}

function lifetimeOf({ spec }: Draft<TokenRequest>, name: string, max: number, warn: (message: string) => void): number {
  const seconds = spec?.expirationSeconds ?? EXPIRATION_SECONDS_DEFAULT;
  const refuse = (why: string) =>
    errors.invalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, name, [
      fieldErrors.invalid(path('spec', 'expirationSeconds'), seconds, why),
    ]);
  if (seconds < EXPIRATION_SECONDS_MIN) throw refuse('may not specify a duration less than 10 minutes');
  if (seconds > EXPIRATION_SECONDS_MAX) throw refuse('may not specify a duration larger than 2^32 seconds');
  if (max === 0 || seconds <= max) return seconds;
  warn(`requested expiration of ${seconds} seconds shortened to ${max} seconds`);
  return max;
}

/** The object the token is bound to, checked to be the one that the asker means. */
async function boundTo(
  request: SubresourceRequest,
  account: ServiceAccount,
  reference: Reference,
): Promise<Pick<TokenRequestParameters, 'boundObject' | 'node'>> {
  const { name } = request;
  const kind = reference.kind ?? '';
  if (!isBoundKind(kind))
    throw errors.badRequest(
      `cannot bind token for serviceaccount ${JSON.stringify(name)} to object with kind ${JSON.stringify(kind)}`,
    );
  const found = await findBound(request, kind, reference.name ?? '');
  const uid = found.metadata.uid ?? '';
  if (reference.uid && reference.uid !== uid) {
    const why = `the UID in the bound object reference (${reference.uid}) does not match the UID in record. The object might have been deleted and then recreated`;
    throw errors.conflict({ group: '', resource: `${kind.toLowerCase()}s` }, reference.name ?? '', why);
  }
  const boundObject = { kind, name: found.metadata.name ?? '', uid };
  if (kind !== 'Pod') return { boundObject };
  const { nodeName, serviceAccountName } = (found as Pod).spec;
  if (serviceAccountName !== account.metadata.name) {
    throw errors.badRequest(
      `cannot bind token for serviceaccount ${JSON.stringify(name)} to pod running with different serviceaccount name.`,
    );
  }
  const node = nodeName ? await request.client.resource(Resources.nodes).find({ name: nodeName }) : undefined;
  return {
    boundObject,
    ...(nodeName
      ? { node: { name: nodeName, ...(node?.metadata.uid === undefined ? {} : { uid: node.metadata.uid }) } }
      : {}),
  };
}

function isBoundKind(kind: string): kind is BoundKind {
  return kind === 'Pod' || kind === 'Secret' || kind === 'Node';
}

async function findBound(
  { registry, namespace }: SubresourceRequest,
  kind: BoundKind,
  name: string,
): Promise<KubeObject> {
  try {
    if (kind === 'Node') return await registry.get(Resources.nodes, { name });
    return await registry.get<KubeObject>(kind === 'Pod' ? Resources.pods : Resources.secrets, { namespace, name });
  } catch (error) {
    if (isNotFound(error)) throw errors.notFound({ group: '', resource: `${kind.toLowerCase()}s` }, name);
    throw error;
  }
}
