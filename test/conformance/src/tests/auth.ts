/** Who someone is and what he may do: service accounts, their tokens, reviews, and requests for certificates. */
import { createPublicKey, verify, type webcrypto } from 'node:crypto';
import { type ConfigMap, type KubeObject, nameOf, Resources, type ServiceAccount } from '@steersman/api';
import { scriptOutput } from '../framework/containers.ts';
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { everyVerb, pathOf } from '../framework/every-verb.ts';
import { expectEqual, expectIncludes, expectMatch, expectTrue, present } from '../framework/expect.ts';
import { raw, rawExpecting } from '../framework/raw.ts';
import { record } from '../framework/recorder.ts';
import { untilObject, WAIT_MS } from '../framework/wait.ts';
import { pod } from '../objects.ts';

const accountType = Resources.serviceAccounts;

async function accountLife(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const accounts = trial.client.resource(accountType);
  const labels = { 'test-serviceaccount-static': 'true' };
  const { resourceVersion } = await accounts.list({ namespace, labelSelector: 'test-serviceaccount-static=true' });
  const scope = { namespace, labelSelector: 'test-serviceaccount-static=true' };
  const watch = record(trial, accountType, { ...scope, resourceVersion });
  await accounts.create({ metadata: { namespace, name: 'tested', labels } });
  expectEqual('the label in the event', (await watch.nextIs('ADDED', 'tested')).metadata.labels, labels);
  const key = { namespace, name: 'tested' };
  const body = { automountServiceAccountToken: false };
  expectEqual(
    'as patched',
    (await accounts.patch(key, { type: 'strategic', body })).automountServiceAccountToken,
    false,
  );
  await watch.nextIs('MODIFIED', 'tested');
  const { items } = await accounts.list({ labelSelector: 'test-serviceaccount-static=true' });
  const found = items.find(({ metadata }) => metadata.namespace === namespace);
  expectEqual('as listed in all namespaces', found?.automountServiceAccountToken, false);
  await accounts.deleteCollection(scope);
  await watch.nextIs('DELETED', 'tested');
}

async function accountUpdate(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const accounts = trial.client.resource(accountType);
  const made = await accounts.create({ metadata: { namespace, name: 'tested' }, automountServiceAccountToken: false });
  const updated = await accounts.update({ ...made, automountServiceAccountToken: true });
  expectEqual('as updated', updated.automountServiceAccountToken, true);
  const read = await accounts.get({ namespace, name: 'tested' });
  expectEqual('as read', read.automountServiceAccountToken, true);
}

interface TokenRequest {
  readonly status: { readonly token: string };
}
interface TokenReview {
  readonly status: { readonly authenticated?: boolean; readonly error?: string; readonly user: { username: string } };
}

async function tokenReviewed(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const accounts = trial.client.resource(accountType);
  const key = { namespace, name: 'tested' };
  await accounts.create({ metadata: key });
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 600 } };
  const { status } = await accounts.subresource<TokenRequest>('POST', key, 'token', request);
  expectMatch('the token', status.token, /^[\w-]+\.[\w-]+\.[\w-]+$/);
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token: status.token } };
  const path = '/apis/authentication.k8s.io/v1/tokenreviews';
  const answer = await trial.client.json<TokenReview>('POST', path, review);
  expectEqual('authenticated', answer.status.authenticated, true);
  expectEqual('the error', answer.status.error ?? '', '');
  expectEqual('the user', answer.status.user.username, `system:serviceaccount:${namespace}:tested`);
  const broken = { ...review, spec: { token: `${status.token.slice(0, -8)}AAAAAAAA` } };
  const refused = await trial.client.json<TokenReview>('POST', path, broken);
  expectEqual('a token with another signature', refused.status.authenticated ?? false, false);
}

async function rootCertificate(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const key = { namespace, name: 'kube-root-ca.crt' };
  const configMaps = trial.client.resource(Resources.configMaps);
  const full = (found: ConfigMap | undefined) => /^-----BEGIN CERTIFICATE-----/.test(found?.data?.['ca.crt'] ?? '');
  const first = await untilObject(trial, Resources.configMaps, key, 'it to be made', full);
  await configMaps.delete(key);
  const again = (found: ConfigMap | undefined) => full(found) && found?.metadata.uid !== first?.metadata.uid;
  await untilObject(trial, Resources.configMaps, key, 'it to be made again', again);
  await configMaps.patch(key, { type: 'merge', body: { data: { 'ca.crt': '' } } });
  await untilObject(trial, Resources.configMaps, key, 'it to be put right', full);
}

interface AccessReview {
  readonly status: { readonly allowed: boolean };
}

/** What two reviews say of a service account must be what happens to it. */
async function subjectReviews(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const user = `system:serviceaccount:${namespace}:tested`;
  await trial.client.resource(accountType).create({ metadata: { namespace, name: 'tested' } });
  const attributes = { namespace, verb: 'list', resource: 'configmaps', version: 'v1' };
  const allowed = async (kind: string, path: string) => {
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind,
      metadata: { namespace: kind.startsWith('Local') ? namespace : '' },
      spec: { user, resourceAttributes: attributes },
    };
    return (await trial.client.json<AccessReview>('POST', `/apis/authorization.k8s.io/v1/${path}`, review)).status
      .allowed;
  };
  const reviews = async () => [
    await allowed('SubjectAccessReview', 'subjectaccessreviews'),
    await allowed('LocalSubjectAccessReview', `namespaces/${namespace}/localsubjectaccessreviews`),
  ];
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const listed = async () => (await raw(trial, path, { headers: { 'impersonate-user': user } })).status;
  expectEqual('reviews without a role', await reviews(), [false, false]);
  expectEqual('status of its list without a role', await listed(), 403);
  const metadata = { namespace, name: 'tested' };
  const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list'] }];
  await trial.client.resource(Resources.roles).create({ metadata, rules });
  await trial.client.resource(Resources.roleBindings).create({
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'tested' },
    subjects: [{ kind: 'ServiceAccount', name: 'tested', namespace }],
  });
  // Authorizers read roles through caches of their own.
  for (const end = performance.now() + WAIT_MS; performance.now() < end && (await listed()) !== 200; )
    await new Promise((resolve) => setTimeout(resolve, 100));
  expectEqual('reviews with a role', await reviews(), [true, true]);
  expectEqual('status of its list with a role', await listed(), 200);
}

const TOKENS = '/var/run/secrets/kubernetes.io/serviceaccount';
const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
    readonly iss: string;
    readonly sub: string;
    readonly aud: readonly string[];
  };

/** A pod's own token, checked with nothing but what the issuer publishes, read as the service account itself. */
async function issuerDiscovery(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const token = await scriptOutput(trial, namespace, 'reader', `cat ${TOKENS}/token`);
  const { iss, sub } = claimsOf(token);
  expectEqual('the subject', sub, `system:serviceaccount:${namespace}:default`);
  const headers = { 'impersonate-user': sub };
  const discovered = await rawExpecting(trial, 200, '/.well-known/openid-configuration', { headers });
  const configuration = discovered.json<{ issuer: string; jwks_uri: string }>();
  expectEqual('the issuer', configuration.issuer, iss);
  const keySet = await rawExpecting(trial, 200, new URL(configuration.jwks_uri).pathname, { headers });
  expectMatch('the type of the key set', keySet.headers['content-type'], /^application\/jwk-set\+json/);
  const [head = '', body = '', signature = ''] = token.split('.');
  const { kid, alg } = JSON.parse(Buffer.from(head, 'base64url').toString()) as { kid: string; alg: string };
  const keys = keySet.json<{ keys: readonly (webcrypto.JsonWebKey & { kid: string; alg: string })[] }>().keys;
  const jwk = present(
    `the key ${kid}`,
    keys.find((key) => key.kid === kid),
  );
  expectEqual('its algorithm', jwk.alg, alg);
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  const bytes = Buffer.from(signature, 'base64url');
  const signed = Buffer.from(`${head}.${body}`);
  const dsa = alg.startsWith('ES') ? { key, dsaEncoding: 'ieee-p1363' as const } : key;
  expectTrue('the signature verifies', verify(`sha${alg.slice(2)}`, signed, dsa, bytes), { kid, alg });
}

async function tokenMounted(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const script = `cat ${TOKENS}/token; echo; cat ${TOKENS}/namespace; echo; cat ${TOKENS}/ca.crt`;
  const [token = '', own, ...certificate] = (await scriptOutput(trial, namespace, 'reader', script)).split('\n');
  expectEqual('the subject of the token', claimsOf(token).sub, `system:serviceaccount:${namespace}:default`);
  expectEqual('the namespace', own, namespace);
  const key = { namespace, name: 'kube-root-ca.crt' };
  const { data } = await trial.client.resource(Resources.configMaps).get(key);
  expectEqual('the root certificate', certificate.join('\n').trim(), data?.['ca.crt']?.trim());
}

const CHOICES = [undefined, true, false] as const;
const chosen = (automountServiceAccountToken: boolean | undefined) =>
  automountServiceAccountToken === undefined ? {} : { automountServiceAccountToken };

/** Pods and accounts may each say yes, no or nothing: the pod has the last word. */
async function optingOut(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  for (const [index, account] of CHOICES.entries()) {
    const made: ServiceAccount = { metadata: { namespace, name: `account-${index}` }, ...chosen(account) };
    await trial.client.resource(accountType).create(made);
    for (const [each, own] of CHOICES.entries()) {
      const name = `pod-${index}-${each}`;
      const spec = { serviceAccountName: `account-${index}`, restartPolicy: 'Never', ...chosen(own) };
      const command = ['sh', '-c', `ls ${TOKENS}/token 2>/dev/null || echo none`];
      const { spec: admitted } = await trial.client
        .resource(Resources.pods)
        .create(pod({ namespace, name }, trial.image, { command }, spec));
      const paths = admitted.containers
        .flatMap(({ volumeMounts }) => volumeMounts ?? [])
        .map((mount) => mount.mountPath);
      const expected = own ?? account ?? true;
      expectEqual(`the mount of a pod saying ${own} whose account says ${account}`, paths.includes(TOKENS), expected);
    }
  }
}

async function optingOutRuns(trial: Trial): Promise<void> {
  await optingOut(trial);
  const namespace = await trial.namespace();
  const script = `ls ${TOKENS} 2>/dev/null || echo none`;
  const without = { automountServiceAccountToken: false };
  expectEqual('mounted by itself', await scriptOutput(trial, namespace, 'plain', script), 'ca.crt\nnamespace\ntoken\n');
  expectEqual('opted out', await scriptOutput(trial, namespace, 'without', script, {}, without), 'none\n');
}

async function projectedToken(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const source = { serviceAccountToken: { path: 'token', expirationSeconds: 600, audience: 'tested' } };
  const token = await scriptOutput(
    trial,
    namespace,
    'audience',
    'cat /tokens/token',
    { volumeMounts: [{ name: 'tokens', mountPath: '/tokens' }] },
    { volumes: [{ name: 'tokens', projected: { sources: [source] } }] },
  );
  const { aud, sub } = claimsOf(token);
  expectEqual('audience', aud, ['tested']);
  expectEqual('its subject', sub, `system:serviceaccount:${namespace}:default`);
}

/** A request with a key of no use: P-256, O=e2e, CN=e2e. */
const REQUEST = [
  'MIHXMH4CAQAwHDEMMAoGA1UECgwDZTJlMQwwCgYDVQQDDANlMmUwWTATBgcqhkjO',
  'PQIBBggqhkjOPQMBBwNCAARkNxQhFi6tZaCjotrqsXPNtIORhJh0GlZv08356Ott',
  '/vtae8NYxz9WUmo1z1d5FMJNQpG+OuWafxZIBzBj89vioAAwCgYIKoZIzj0EAwID',
  'SQAwRgIhALNRtnD4slzhw2nKu5rDbwAe5rIX7oY31f4TcyEFpPRGAiEAhqSOc7Ew',
  'NJrw1Ads2ZII1LazYeuUFVF/l+enht5lgt8=',
];

async function certificateRequests(trial: Trial): Promise<void> {
  const type = Resources.certificateSigningRequests;
  const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${REQUEST.join('\n')}\n-----END CERTIFICATE REQUEST-----\n`;
  const object = (name: string) => ({
    metadata: { name },
    spec: { request: btoa(pem), signerName: 'example.com/e2e', usages: ['digital signature', 'client auth'] },
  });
  await everyVerb(trial, { type, object, subresources: ['approval', 'status'] });
  const name = `${await trial.namespace()}-approved`;
  const made = await trial.client.resource(type as never).create(object(name) as KubeObject);
  trial.cleanup(() => trial.client.resource(type).delete({ name }));
  expectTrue('who asks is recorded', nameOf(made) === name && JSON.stringify(made).includes('"username"'), made);
  const condition = (kind: string) => ({ type: kind, status: 'True', reason: 'Tested', message: 'seen' });
  const patch = (subresource: string, body: object) =>
    rawExpecting(trial, 200, `${pathOf(type, made)}/${subresource}`, {
      method: 'PATCH',
      contentType: 'application/merge-patch+json',
      body,
    });
  const approved = await patch('approval', { status: { conditions: [condition('Approved')] } });
  const { status } = approved.json<{ status: { conditions: readonly { type: string }[] } }>();
  expectIncludes('the approved condition', status.conditions[0], {
    type: 'Approved',
    status: 'True',
    reason: 'Tested',
  });
  const conditions = [...status.conditions, condition('StatusPatched')];
  const patched = await patch('status', { status: { conditions } });
  const found = patched.json<{ status: { conditions: readonly { type: string }[] } }>();
  expectEqual(
    'all conditions',
    found.status.conditions.map((each) => each.type),
    ['Approved', 'StatusPatched'],
  );
  await rawExpecting(trial, 200, `${pathOf(type, made)}/approval`);
}

async function twoNodes(trial: Trial): Promise<void> {
  const { items } = await trial.client.resource(Resources.nodes).list();
  const usable = items.filter(({ spec }) => spec?.unschedulable !== true && (spec?.taints ?? []).length === 0);
  expectTrue('at least two nodes without taints', usable.length >= 2, items.map(nameOf));
}

const needs = ['containers'] as const;

export const authTests: readonly ConformanceTest[] = [
  { name: 'ServiceAccount lifecycle test', run: accountLife },
  { name: 'ServiceAccount, update a ServiceAccount', run: accountUpdate },
  { name: 'ServiceAccount, create and review token', run: tokenReviewed },
  { name: 'RootCA ConfigMap test', run: rootCertificate },
  { name: 'SubjectReview, API Operations', run: subjectReviews },
  { name: 'CertificateSigningRequest API', run: certificateRequests },
  { name: 'Conformance tests minimum number of nodes.', run: twoNodes },
  { name: 'OIDC Discovery (ServiceAccountIssuerDiscovery)', needs, run: issuerDiscovery },
  { name: 'Service Account Tokens Must AutoMount', needs, run: tokenMounted },
  { name: 'Service account tokens auto mount optionally', needs, run: optingOutRuns },
  {
    name: 'TokenRequestProjection should mount a projected volume with token using TokenRequest API.',
    needs,
    run: projectedToken,
  },
];
