/** get in its forms, describe, explain, events, discovery, authorization and raw paths. */
import type { Story } from './step.ts';

export const reading: Story = {
  name: 'get, describe and wait',
  steps: [
    { run: 'run one --image=%IMAGE% -- sleep 3600', says: 'pod/one created' },
    { run: 'wait --for=condition=Ready pod/one --timeout=60s', says: 'pod/one condition met' },
    {
      run: 'wait --for=jsonpath={.status.phase}=Running pod/one --timeout=60s',
      says: 'pod/one condition met',
      only: '1.32',
    },
    {
      run: 'wait --for=condition=Nope pod/one --timeout=1s',
      says: 'error: timed out waiting for the condition on pods/one',
      code: 1,
    },
    { run: 'get pods', says: /^NAME\s+READY\s+STATUS\s+RESTARTS\s+AGE\none\s+1\/1\s+Running\s+0\s/ },
    { run: 'get pods -o wide', says: /IP\s+NODE\s+NOMINATED NODE\s+READINESS GATES\n/ },
    { run: 'get pods -o name', says: 'pod/one' },
    {
      run: ['get', 'pods', '-o', 'jsonpath={range .items[*]}{.metadata.name}:{.status.phase}{end}'],
      says: 'one:Running',
    },
    { run: ['get', 'pods', '-o', 'go-template={{range .items}}{{.metadata.name}}{{end}}'], says: 'one' },
    { run: 'get pods -o custom-columns=NAME:.metadata.name,PHASE:.status.phase', says: 'NAME   PHASE\none    Running' },
    { run: 'get pod one -o yaml', says: /^apiVersion: v1\nkind: Pod\n.*^ {2}phase: Running$/ms },
    { run: 'get pods --show-labels', says: /run=one$/ },
    { run: 'get pods -L run', says: /RUN\n.*\sone$/ },
    { run: 'get pods --field-selector=status.phase=Running -o name', says: 'pod/one' },
    {
      run: 'get pods --field-selector=bad.field=1',
      says: 'Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector "", field selector "bad.field=1": field label not supported: bad.field',
      code: 1,
    },
    { run: ['get', 'pods', '-l', 'run in (one)', '-o', 'name'], says: 'pod/one' },
    {
      run: ['get', 'pods', '-l', 'run in one'],
      says: `Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector "run in one", field selector "": unable to parse requirement: found 'one', expected: '('`,
      code: 1,
    },
    { run: 'get pods -A --field-selector=spec.nodeName=nowhere', says: 'No resources found' },
    { run: 'get pods nope', says: 'Error from server (NotFound): pods "nope" not found', code: 1 },
    { run: 'get nope', says: `error: the server doesn't have a resource type "nope"`, code: 1 },
    { run: 'get namespaces --chunk-size=2 -o name', says: /namespace\/kube-system/ },
    {
      run: 'get events --sort-by=.metadata.creationTimestamp',
      says: /Normal\s+Scheduled\s+pod\/one\s+Successfully assigned %NS%\/one to/,
    },
    { run: 'events --for pod/one', says: /Normal\s+Scheduled\s+Pod\/one/, only: '1.32' },
    { run: 'describe pod one', says: /^Name:\s+one\n.*^Events:\n.*Scheduled/ms },
    { run: 'describe node %NODE%', says: /^Conditions:\n.*^Allocated resources:/ms },
    { run: 'get all', says: /^NAME.*\npod\/one/ },
    {
      run: 'get pods --as=stranger',
      says: /^Error from server \(Forbidden\): pods is forbidden: User "stranger" cannot list resource "pods" in API group "" in the namespace "%NS%"$/,
      code: 1,
    },
    { run: 'top pod', says: 'error: Metrics API not available', code: 1 },
    { run: 'cluster-info dump --namespaces %NS%', says: /"kind": "NodeList"/ },
    { run: 'delete pod one --now', says: 'pod "one" deleted' },
  ],
};

export const discovering: Story = {
  name: 'discovery, explain and authorization',
  steps: [
    { run: 'version', says: /Server Version: .*v1\.36\./ },
    { run: 'cluster-info', says: /Kubernetes control plane.* is running at/ },
    { run: 'api-versions', says: /^apps\/v1$/m },
    { run: 'api-resources', says: /^deployments\s+deploy\s+apps\/v1\s+true\s+Deployment$/m },
    { run: 'api-resources --namespaced=false -o name', says: /^nodes$/m },
    { run: 'explain deployment.spec.replicas', says: /replicas <integer>[\s\S]*Number of desired pods/ },
    { run: 'explain pod --recursive', says: /topologySpreadConstraints/ },
    { run: 'explain pod.spec.nope', says: /field "nope" does not exist/, code: 1 },
    { run: 'auth can-i create pods', says: 'yes' },
    { run: 'auth can-i create pods --as=nobody', says: 'no', code: 1 },
    { run: 'auth can-i --list', says: /^\*\.\*\s+\[\]\s+\[\]\s+\[\*\]$/m },
    { run: 'auth can-i get /healthz', says: 'yes' },
    { run: 'auth whoami', says: /^Username\s+kubernetes-admin$/m, only: '1.32' },
    { run: 'get --raw /readyz', says: 'ok' },
    { run: 'get --raw /apis/apps/v1/nope', says: /the server could not find the requested resource/, code: 1 },
    { run: 'get componentstatuses', says: /Warning: v1 ComponentStatus is deprecated in v1\.19\+/ },
  ],
};

export const nodes: Story = {
  name: 'nodes and certificates',
  steps: [
    { run: 'taint node %NODE% key=v:NoSchedule', says: 'node/%NODE% tainted' },
    { run: 'taint node %NODE% key=v2:NoSchedule --overwrite', says: 'node/%NODE% modified' },
    { run: 'taint node %NODE% key:NoSchedule-', says: 'node/%NODE% untainted' },
    { run: 'taint node %NODE% key:NoSchedule-', says: 'error: taint "key:NoSchedule" not found', code: 1 },
    { run: 'create deployment drained --image=%IMAGE% --replicas=4', says: 'deployment.apps/drained created' },
    { run: 'rollout status deployment/drained', says: /successfully rolled out$/ },
    { run: 'cordon %NODE%', says: 'node/%NODE% cordoned' },
    { run: 'cordon %NODE%', says: 'node/%NODE% already cordoned' },
    { run: 'get node %NODE%', says: /Ready,SchedulingDisabled/ },
    // 1.20 writes evictions in policy/v1beta1.
    {
      run: 'drain %NODE% --ignore-daemonsets --force --timeout=60s',
      says: /evicting pod %NS%\/drained[\s\S]*node\/%NODE% (drained|evicted)$/,
    },
    { run: 'uncordon %NODE%', says: 'node/%NODE% uncordoned' },
    { run: 'uncordon %NODE%', says: 'node/%NODE% already uncordoned' },
  ],
};
