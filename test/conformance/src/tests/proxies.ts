/** The way to pods and Services through the API server, and Services whose endpoints are made by hand. */
import { type EndpointSlice, type Endpoints, type Pod, Resources } from '@steersman/api';
import type { ConformanceTest, Trial } from '../framework/contract.ts';
import { expectEqual, expectMatch, present } from '../framework/expect.ts';
import { raw } from '../framework/raw.ts';
import { untilObject } from '../framework/wait.ts';
import { asking, askingPod, isReady, untilReady, WEB_PORT, whoAt } from '../framework/web-pods.ts';
import { pod, service } from '../objects.ts';

/** Answers every request with its method and path. */
const ECHO = `printf '#!/bin/sh\\nread method path rest\\nwhile read line; do [ "$line" = "$(printf "\\\\r")" ] && break; done\\ntext="$method $path"\\n[ $method = HEAD ] && text=\\nprintf "HTTP/1.1 200 OK\\\\r\\\\nContent-Type: text/plain\\\\r\\\\nConnection: close\\\\r\\\\n\\\\r\\\\n$text"\\n' > /srv.sh
chmod 755 /srv.sh
exec nc -ll -p ${WEB_PORT} -e /srv.sh`;

async function echoing(trial: Trial): Promise<readonly string[]> {
  const namespace = await trial.namespace();
  const labels = { app: 'echo' };
  const made = service({ namespace, name: 'echo' }, labels, 80, WEB_PORT);
  await trial.client.resource(Resources.services).create(made);
  const container = {
    command: ['sh', '-c', ECHO],
    readinessProbe: { httpGet: { path: '/', port: WEB_PORT }, periodSeconds: 1 },
  };
  await trial.client.resource(Resources.pods).create(pod({ namespace, name: 'echo', labels }, trial.image, container));
  await untilReady(trial, namespace, 'echo');
  const filled = (found: Endpoints | undefined) =>
    found?.subsets?.some(({ addresses = [] }) => addresses.length > 0) === true;
  await untilObject(trial, Resources.endpoints, { namespace, name: 'echo' }, 'endpoints', filled);
  const base = `/api/v1/namespaces/${namespace}`;
  return [`${base}/pods/echo:${WEB_PORT}/proxy`, `${base}/services/echo:80/proxy`];
}

const BODIES = ['DELETE', 'OPTIONS', 'PATCH', 'POST', 'PUT'];

/** Without a path, clients that read are sent to the folder; others reach the target as they are. */
async function proxyWithoutPath(trial: Trial): Promise<void> {
  for (const base of await echoing(trial)) {
    for (const method of BODIES) {
      const { status, text } = await raw(trial, `${base}?method=${method}`, { method, accept: '*/*' });
      expectEqual(`${method} ${base}: status`, status, 200);
      expectMatch(`${method} ${base}`, text, new RegExp(`^${method} /?\\?method=${method}$`));
    }
    for (const method of ['GET', 'HEAD']) {
      const { status, headers } = await raw(trial, `${base}?method=${method}`, { method, accept: '*/*' });
      expectEqual(`${method} ${base}: status`, status, 301);
      expectEqual(`${method} ${base}: where it is sent`, headers['location'], `${base}/?method=${method}`);
    }
  }
}

async function proxyWithPath(trial: Trial): Promise<void> {
  for (const base of await echoing(trial)) {
    for (const method of [...BODIES, 'GET', 'HEAD']) {
      const { status, text } = await raw(trial, `${base}/some/path/with/${method}`, { method, accept: '*/*' });
      expectEqual(`${method} ${base}: status`, status, 200);
      expectEqual(`${method} ${base}`, text, method === 'HEAD' ? '' : `${method} /some/path/with/${method}`);
    }
  }
}

function slice(namespace: string, name: string, address: string, port: number, portName: string): EndpointSlice {
  return {
    metadata: { namespace, name, labels: { 'kubernetes.io/service-name': 'manual' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [address] }],
    ports: [{ name: portName, port, protocol: 'TCP' }],
  } as EndpointSlice;
}

/** Two servers in one pod, which say which one they are. */
const TWO_SERVERS = `for port in 8081 8082; do
  mkdir -p /srv$port/cgi-bin
  printf "#!/bin/sh\\necho Content-Type: text/plain; echo; echo port $port\\n" > /srv$port/cgi-bin/who
  chmod 755 /srv$port/cgi-bin/who
  httpd -p $port -h /srv$port
done
trap "exit 0" TERM; sleep 3600 & wait`;

async function serverPod(trial: Trial, namespace: string, name: string): Promise<string> {
  const command = ['sh', '-c', TWO_SERVERS];
  const readinessProbe = { tcpSocket: { port: 8082 }, periodSeconds: 1 };
  await trial.client
    .resource(Resources.pods)
    .create(pod({ namespace, name }, trial.image, { command, readinessProbe }));
  return present('the IP', (await untilReady(trial, namespace, name)).status?.podIP);
}

/** A Service without a selector, whose two slices are made by hand: both of its ports are served. */
function manualSlices(pods: 1 | 2) {
  return async (trial: Trial): Promise<void> => {
    const namespace = await trial.namespace();
    const ports = [
      { name: 'one', port: 81, targetPort: 8081 },
      { name: 'two', port: 82, targetPort: 8082 },
    ];
    await trial.client
      .resource(Resources.services)
      .create({ metadata: { namespace, name: 'manual' }, spec: { ports } });
    const first = await serverPod(trial, namespace, 'first');
    const second = pods === 1 ? first : await serverPod(trial, namespace, 'second');
    const slices = trial.client.resource(Resources.endpointSlices);
    await slices.create(slice(namespace, 'one', first, 8081, 'one'));
    await slices.create(slice(namespace, 'two', second, 8082, 'two'));
    await askingPod(trial, namespace);
    await asking(trial, namespace, whoAt('manual', 81), /^port 8081$/m);
    await asking(trial, namespace, whoAt('manual', 82), /^port 8082$/m);
  };
}

/** busybox has no UDP server, but the cluster's DNS serves both protocols on one port: a Service of our own leads to it. */
async function samePortTwoProtocols(trial: Trial): Promise<void> {
  const namespace = await trial.namespace();
  const key = { namespace, name: 'both' };
  const dns = await trial.client
    .resource(Resources.pods)
    .list({ namespace: 'kube-system', labelSelector: 'k8s-app=kube-dns' });
  const target: Pod | undefined = dns.items.find(isReady);
  const address = present('the IP of a pod with k8s-app=kube-dns', target?.status?.podIP);
  const port = (protocol: string) => ({ name: protocol.toLowerCase(), port: 53, protocol, targetPort: 53 });
  const services = trial.client.resource(Resources.services);
  const made = await services.create({ metadata: key, spec: { ports: [port('TCP'), port('UDP')] } });
  await trial.client.resource(Resources.endpointSlices).create({
    metadata: { namespace, name: 'both', labels: { 'kubernetes.io/service-name': 'both' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [address] }],
    ports: ['TCP', 'UDP'].map((protocol) => ({ name: protocol.toLowerCase(), port: 53, protocol })),
  } as EndpointSlice);
  await askingPod(trial, namespace);
  const ip = present('the ClusterIP', made.spec.clusterIP);
  const overTcp = (reached: boolean) =>
    asking(trial, namespace, `nc -w 2 ${ip} 53 < /dev/null && echo in || echo out`, reached ? /^in$/m : /^out$/m);
  const overUdp = (reached: boolean) => {
    const look = `timeout 3 nslookup kubernetes.default.svc.cluster.local ${ip} > /dev/null 2>&1 && echo in || echo out`;
    return asking(trial, namespace, look, reached ? /^in$/m : /^out$/m);
  };
  await overTcp(true);
  await overUdp(true);
  const expose = async (protocol: string) => {
    const found = await services.get(key);
    await services.update({ ...found, spec: { ...found.spec, ports: [port(protocol)] } });
  };
  await expose('TCP');
  await overUdp(false);
  await overTcp(true);
  await expose('UDP');
  await overTcp(false);
  await overUdp(true);
}

export const proxyTests: readonly ConformanceTest[] = [
  { name: 'Proxy, validate Proxy responses', needs: ['containers'], run: proxyWithoutPath },
  { name: 'Proxy, validate ProxyWithPath responses', needs: ['containers'], run: proxyWithPath },
  { name: 'EndpointSlice, single IP, multiple ports', needs: ['containers', 'kubectl'], run: manualSlices(1) },
  { name: 'EndpointSlice, multiple IPs, multiple ports', needs: ['containers', 'kubectl'], run: manualSlices(2) },
  {
    name: 'Service, should serve endpoints on same port and different protocols.',
    needs: ['containers', 'kubectl'],
    run: samePortTwoProtocols,
  },
];
