/** Services and names as pods meet them: ClusterIP, NodePort, affinity, headless, ExternalName and DNS. */
import { type EndpointSlice, type Pod, Resources, type Service, type ServiceSpec } from '@steersman/api';
import { scriptOutput } from '../framework/containers.ts';
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { ConformanceError, expectEqual, expectMatch, present } from '../framework/expect.ts';
import { untilObjects } from '../framework/wait.ts';
import { asking, askingPod, isReady, WEB_PORT, webPod, whoAt } from '../framework/web-pods.ts';

const needs = ['containers', 'kubectl'] as const;
const SELECTOR = { app: 'web' };
const PORT = 80;

function createService(trial: Trial, namespace: string, spec: Partial<ServiceSpec>, name = 'web'): Promise<Service> {
  return trial.client.resource(Resources.services).create({
    metadata: { namespace, name },
    spec: { selector: SELECTOR, ports: [{ name: 'http', port: PORT, targetPort: WEB_PORT }], ...spec },
  });
}

/** Ready addresses of a Service, from its endpoint slices. */
function untilEndpoints(trial: Trial, namespace: string, name: string, expected: readonly string[]) {
  const scope = { namespace, labelSelector: `kubernetes.io/service-name=${name}` };
  const wanted = expected.toSorted().join(' ');
  const addresses = (slices: readonly EndpointSlice[]) =>
    slices
      .flatMap(({ endpoints }) => endpoints ?? [])
      .filter(({ conditions }) => conditions?.ready !== false)
      .flatMap((each) => each.addresses)
      .toSorted()
      .join(' ');
  const what = `endpoints of ${name} to be ${wanted}`;
  return untilObjects(trial, Resources.endpointSlices, scope, what, (slices) => addresses(slices) === wanted);
}
const ipOf = (pod: Pod): string => present('the pod IP', pod.status?.podIP);

async function endpoints(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  await createService(trial, namespace, {});
  await askingPod(trial, namespace);
  const pods = trial.client.resource(Resources.pods);
  await untilEndpoints(trial, namespace, 'web', []);
  const one = await webPod(trial, namespace, 'one', SELECTOR);
  await untilEndpoints(trial, namespace, 'web', [ipOf(one)]);
  await asking(trial, namespace, whoAt('web', PORT), /^one /);
  const two = await webPod(trial, namespace, 'two', SELECTOR);
  await untilEndpoints(trial, namespace, 'web', [ipOf(one), ipOf(two)]);
  await asking(trial, namespace, whoAt('web', PORT), /^two /);
  await pods.delete({ namespace, name: 'one' });
  await untilEndpoints(trial, namespace, 'web', [ipOf(two)]);
  for (let attempt = 0; attempt < 5; attempt += 1) await asking(trial, namespace, whoAt('web', PORT), /^two /);
  await pods.delete({ namespace, name: 'two' });
  await untilEndpoints(trial, namespace, 'web', []);
  await asking(trial, namespace, `${whoAt('web', PORT)} 2>&1; true`, /refused/);
}

async function multiplePorts(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const ports = [
    { name: 'one', port: 80, targetPort: WEB_PORT },
    { name: 'two', port: 81, targetPort: 'web' },
  ];
  await createService(trial, namespace, { ports });
  const pod = await webPod(trial, namespace, 'one', SELECTOR);
  const slices = await untilEndpoints(trial, namespace, 'web', [ipOf(pod)]);
  const found = slices.flatMap((slice) => (slice.ports ?? []).map(({ name, port }) => `${name} ${port}`));
  expectEqual('ports of the slices', found.toSorted(), [`one ${WEB_PORT}`, `two ${WEB_PORT}`]);
  await askingPod(trial, namespace);
  for (const port of [80, 81]) await asking(trial, namespace, whoAt('web', port), /^one /);
}

async function nodeAddress(trial: Trial): Promise<string> {
  const { items } = await trial.client.resource(Resources.nodes).list();
  const addresses = items[0]?.status?.addresses ?? [];
  return present('a node address', addresses.find(({ type }) => type === 'InternalIP')?.address);
}

async function nodePort(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const service = await createService(trial, namespace, { type: 'NodePort' });
  const port = present('the node port', service.spec.ports?.[0]?.nodePort);
  await webPod(trial, namespace, 'one', SELECTOR);
  await askingPod(trial, namespace);
  await asking(trial, namespace, whoAt('web', PORT), /^one /);
  await asking(trial, namespace, whoAt(await nodeAddress(trial), port), /^one /);
}

/** Which pods answer many requests in a row. */
async function whoAnswers(trial: Trial, namespace: string, host: string, port: number): Promise<ReadonlySet<string>> {
  const script = `for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do ${whoAt(host, port)} || true; done`;
  const output = await asking(trial, namespace, script, /\S/);
  return new Set(
    output
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[0] ?? ''),
  );
}

const AFFINITY_CHANGES_MAX = 40;

function affinity(type: 'ClusterIP' | 'NodePort', spec: Partial<ServiceSpec>, switches: boolean) {
  return async (trial: Trial): Promise<void> => {
    const namespace = await trial.namespace();
    const service = await createService(trial, namespace, { type, sessionAffinity: 'ClientIP', ...spec });
    const pods = await Promise.all(['one', 'two', 'three'].map((name) => webPod(trial, namespace, name, SELECTOR)));
    await askingPod(trial, namespace);
    await untilEndpoints(trial, namespace, 'web', pods.map(ipOf));
    const isNodePort = type === 'NodePort';
    const host = isNodePort ? await nodeAddress(trial) : 'web';
    const port = isNodePort ? present('the node port', service.spec.ports?.[0]?.nodePort) : PORT;
    await untilSpread(trial, namespace, host, port, 1);
    if (!switches) return;
    const key = { namespace, name: 'web' };
    const none = { spec: { sessionAffinity: 'None', sessionAffinityConfig: null } };
    await trial.client.resource(Resources.services).patch(key, { type: 'merge', body: none });
    await untilSpread(trial, namespace, host, port, 2);
  };
}

/** Asks until exactly one pod answers a whole round (`atLeast` 1), or several do. */
async function untilSpread(trial: Trial, namespace: string, host: string, port: number, atLeast: number) {
  let last: ReadonlySet<string> = new Set();
  for (let round = 0; round < AFFINITY_CHANGES_MAX && !trial.signal.aborted; round += 1) {
    last = await whoAnswers(trial, namespace, host, port);
    if (atLeast === 1 ? last.size === 1 : last.size >= atLeast) return;
  }
  throw new ConformanceError(`expected ${atLeast} pod(s) to answer, got ${[...last].join(', ')}`);
}

const timeout = { sessionAffinityConfig: { clientIP: { timeoutSeconds: 2 } } };

/** After the timeout of the affinity another pod may answer. */
function affinityTimeout(type: 'ClusterIP' | 'NodePort') {
  return async (trial: Trial): Promise<void> => {
    const namespace = await trial.namespace();
    const service = await createService(trial, namespace, { type, sessionAffinity: 'ClientIP', ...timeout });
    const pods = await Promise.all(['one', 'two', 'three'].map((name) => webPod(trial, namespace, name, SELECTOR)));
    await askingPod(trial, namespace);
    await untilEndpoints(trial, namespace, 'web', pods.map(ipOf));
    const host = type === 'NodePort' ? await nodeAddress(trial) : 'web';
    const port = type === 'NodePort' ? present('the node port', service.spec.ports?.[0]?.nodePort) : PORT;
    await untilSpread(trial, namespace, host, port, 1);
    const rounds = Array.from({ length: 12 }, () => `${whoAt(host, port)}; sleep 3`).join('; ');
    const answers = (await asking(trial, namespace, rounds, /\S/)).trim().split('\n');
    const names = new Set(answers.map((line) => line.split(' ')[0]));
    if (names.size < 2) throw new ConformanceError(`expected several pods to answer over time, got ${[...names]}`);
  };
}

async function kubernetesService(trial: Trial): Promise<void> {
  const service = await trial.client.resource(Resources.services).get({ namespace: 'default', name: 'kubernetes' });
  expectMatch('its ClusterIP', service.spec.clusterIP, /^[0-9a-f.:]+$/);
}

const NAME = 'web.NAMESPACE.svc.cluster.local';
const inNamespace = (text: string, namespace: string) => text.replaceAll('NAMESPACE', namespace);

function lookUps(lookups: readonly (readonly [script: string, expected: RegExp])[], spec: Partial<ServiceSpec> = {}) {
  return async (trial: Trial): Promise<void> => {
    const namespace = await trial.namespace();
    const service = await createService(trial, namespace, spec);
    const pod = await webPod(trial, namespace, 'one', SELECTOR, { hostname: 'named', subdomain: 'web' });
    await askingPod(trial, namespace);
    const address = service.spec.clusterIP === 'None' ? ipOf(pod) : service.spec.clusterIP;
    for (const [script, expected] of lookups) {
      const pattern = inNamespace(expected.source, namespace).replaceAll(
        'ADDRESS',
        (address ?? '').replaceAll('.', '\\.'),
      );
      await asking(trial, namespace, `${inNamespace(script, namespace)} 2>&1; true`, new RegExp(pattern));
    }
  };
}

async function reverse(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const { spec } = await createService(trial, namespace, {});
  await webPod(trial, namespace, 'one', SELECTOR);
  await askingPod(trial, namespace);
  for (const name of ['web', `web.${namespace}`, inNamespace(NAME, namespace)])
    await asking(trial, namespace, whoAt(name, PORT), /^one /);
  await asking(
    trial,
    namespace,
    `nslookup -type=a ${inNamespace(NAME, namespace)}`,
    new RegExp(`Address.*: ${spec.clusterIP}`),
  );
  const srv = new RegExp(`service = \\d+ \\d+ ${PORT} ${inNamespace(NAME, namespace)}`);
  await asking(trial, namespace, inNamespace(`nslookup -type=srv _http._tcp.${NAME}`, namespace), srv);
  await asking(trial, namespace, `nslookup ${spec.clusterIP}`, new RegExp(`name = ${inNamespace(NAME, namespace)}`));
}

async function customDns(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const dnsConfig = {
    nameservers: ['1.1.1.1'],
    searches: ['resolv.conf.local'],
    options: [{ name: 'ndots', value: '2' }],
  };
  const output = await scriptOutput(
    trial,
    namespace,
    'custom',
    'cat /etc/resolv.conf',
    {},
    { dnsPolicy: 'None', dnsConfig },
  );
  expectEqual('/etc/resolv.conf', output, 'search resolv.conf.local\nnameserver 1.1.1.1\noptions ndots:2\n');
}

const external: Partial<ServiceSpec> = { type: 'ExternalName', externalName: 'foo.example.com' };

/** Changes a Service from one type to another; what it was before must be gone. */
function changeType(from: Partial<ServiceSpec>, to: Partial<ServiceSpec>, answers: boolean) {
  return async (trial: Trial): Promise<void> => {
    const namespace = await trial.namespace();
    await createService(trial, namespace, from);
    await webPod(trial, namespace, 'one', SELECTOR);
    await askingPod(trial, namespace);
    const services = trial.client.resource(Resources.services);
    const key = { namespace, name: 'web' };
    const before = await services.get(key);
    const { clusterIP: _ip, clusterIPs: _ips, ...rest } = before.spec;
    const { spec } = await services.update({ ...before, spec: { ...rest, ...to } as ServiceSpec });
    if (answers) {
      expectMatch('the ClusterIP', spec.clusterIP, /^[0-9a-f.:]+$/);
      await asking(trial, namespace, whoAt('web', PORT), /^one /);
      const port = spec.ports?.[0]?.nodePort;
      if (to.type === 'NodePort')
        await asking(trial, namespace, whoAt(await nodeAddress(trial), present('the node port', port)), /^one /);
      return;
    }
    expectEqual('the ClusterIP', spec.clusterIP ?? '', '');
    await asking(
      trial,
      namespace,
      inNamespace(`nslookup ${NAME} 2>&1; true`, namespace),
      /canonical name = foo\.example\.com/,
    );
  };
}
const toExternal = { ...external, selector: undefined, ports: undefined } as unknown as Partial<ServiceSpec>;

async function intraPod(trial: Trial, fromNode: boolean): Promise<void> {
  const namespace = await trial.namespace();
  const pods = await Promise.all(['one', 'two'].map((name) => webPod(trial, namespace, name)));
  await askingPod(trial, namespace, { hostNetwork: fromNode });
  for (const pod of pods)
    await asking(trial, namespace, whoAt(ipOf(pod), WEB_PORT), new RegExp(`^${pod.metadata.name} `));
}

/** busybox has no UDP server, but the cluster's DNS is one, and its pods are like any other. */
async function udp(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const scope = { namespace: 'kube-system', labelSelector: 'k8s-app=kube-dns' };
  const { items } = await trial.client.resource(Resources.pods).list(scope);
  await askingPod(trial, namespace);
  const servers = items.filter(isReady).map(ipOf);
  if (servers.length === 0) throw new ConformanceError('expected ready pods with k8s-app=kube-dns, got none');
  for (const ip of servers)
    await asking(trial, namespace, `nslookup kubernetes.default.svc.cluster.local ${ip}`, /Name:/);
}

const headless: Partial<ServiceSpec> = { clusterIP: 'None' };
const runs: Readonly<Record<string, ConformanceTest['run']>> = {
  'Kubernetes Service': kubernetesService,
  'Find Kubernetes Service in default Namespace': kubernetesService,
  'Service, endpoints': endpoints,
  'Service, endpoints with multiple ports': multiplePorts,
  'Service, NodePort Service': nodePort,
  'Service, ClusterIP type, session affinity to ClientIP': affinity('ClusterIP', {}, false),
  'Service, ClusterIP type, session affinity to None': affinity('ClusterIP', {}, true),
  'Service, ClusterIP type, session affinity to ClientIP with timeout': affinityTimeout('ClusterIP'),
  'Service, NodePort type, session affinity to ClientIP': affinity('NodePort', {}, false),
  'Service, NodePort type, session affinity to None': affinity('NodePort', {}, true),
  'Service, NodePort type, session affinity to ClientIP with timeout': affinityTimeout('NodePort'),
  'Service, change type, ExternalName to ClusterIP': changeType(external, { type: 'ClusterIP' }, true),
  'Service, change type, ExternalName to NodePort': changeType(external, { type: 'NodePort' }, true),
  'Service, change type, ClusterIP to ExternalName': changeType({}, toExternal, false),
  'Service, change type, NodePort to ExternalName': changeType({ type: 'NodePort' }, toExternal, false),
  'DNS, cluster': lookUps([['nslookup kubernetes.default.svc.cluster.local', /Address/]]),
  'DNS, services': reverse,
  'DNS, PQDN for services': lookUps([['wget -q -O - http://web.NAMESPACE.svc/cgi-bin/who', /^named /]]),
  'DNS, resolve the hostname': lookUps([[`nslookup named.${NAME}`, /ADDRESS/]], headless),
  'DNS, resolve the subdomain': lookUps(
    [
      [`nslookup ${NAME}`, /ADDRESS/],
      [`nslookup -type=srv _http._tcp.${NAME}`, /named\.web\.NAMESPACE\.svc\.cluster\.local/],
    ],
    headless,
  ),
  'DNS, for ExternalName Services': lookUps([[`nslookup ${NAME}`, /canonical name = foo\.example\.com/]], toExternal),
  'DNS, custom dnsConfig': customDns,
  'Networking, intra pod http': (trial) => intraPod(trial, false),
  'Networking, intra pod http, from node': (trial) => intraPod(trial, true),
  'Networking, intra pod udp': udp,
};

export const networkServiceTests: readonly ConformanceTest[] = Object.entries(runs).map(([name, run]) => ({
  name,
  needs,
  run,
}));
