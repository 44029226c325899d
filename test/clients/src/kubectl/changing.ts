/** apply, diff, edit, patch, replace, label, annotate, set, scale and rollout. */
import type { Step, Story } from './step.ts';

const manifest = (data: object) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'map', labels: { app: 'x' } }, data });
const patch = (type: string, body: unknown, more: Omit<Step, 'run'>): Step => ({
  run: ['patch', 'configmap', 'map', `--type=${type}`, '-p', JSON.stringify(body)],
  ...more,
});

export const applying: Story = {
  name: 'apply and diff',
  steps: [
    { run: 'diff -f -', input: manifest({ a: '1' }), says: /^\+ {2}a: "1"$/m, code: 1 },
    { run: 'apply -f -', input: manifest({ a: '1', b: '2' }), says: 'configmap/map created' },
    { run: 'apply -f -', input: manifest({ a: '1', b: '2' }), says: 'configmap/map unchanged' },
    { run: 'diff -f -', input: manifest({ a: '1', b: '2' }), says: '' },
    // Nothing but the changed line, in particular no resourceVersion.
    {
      run: 'diff -f -',
      input: manifest({ a: '1', b: '3' }),
      says: /^(?![\s\S]*^[-+][^\n]*resourceVersion)[\s\S]*^- {2}b: "2"\n\+ {2}b: "3"$/m,
      code: 1,
    },
    { run: 'apply -f -', input: manifest({ a: '1' }), says: 'configmap/map configured' },
    { run: ['get', 'cm', 'map', '-o', 'jsonpath={.data}'], says: '{"a":"1"}' },
    { run: 'apply view-last-applied cm/map', says: /a: "1"/ },
    { run: 'apply --server-side -f -', input: manifest({ a: '4' }), says: 'configmap/map serverside-applied' },
    {
      run: 'apply --server-side --field-manager=other -f -',
      input: manifest({ a: '5' }),
      says: /conflict with "kubectl".*\.data\.a/s,
      code: 1,
    },
    {
      run: 'apply --server-side --field-manager=other --force-conflicts -f -',
      input: manifest({ a: '5' }),
      says: 'configmap/map serverside-applied',
    },
    {
      run: 'diff --server-side --field-manager=other --force-conflicts -f -',
      input: manifest({ a: '6' }),
      says: /\+ {2}a: "6"/,
      code: 1,
    },
    {
      run: 'apply --dry-run=server -f -',
      input: manifest({ a: '7' }),
      says: /configmap\/map configured \(server dry run\)$/,
    },
    { run: 'delete -f -', input: manifest({}), says: 'configmap "map" deleted' },
    {
      run: 'apply -f -',
      input: '{"apiVersion":"nope/v1","kind":"Pod","metadata":{"name":"x"}}',
      says: /no matches for kind "Pod" in version "nope\/v1"/,
      code: 1,
    },
  ],
};

export const patching: Story = {
  name: 'patch, edit, replace, label and annotate',
  steps: [
    { run: 'create configmap map --from-literal=a=1', says: 'configmap/map created' },
    patch('strategic', { data: { b: '2' } }, { says: 'configmap/map patched' }),
    patch('merge', { data: { b: null } }, { says: 'configmap/map patched' }),
    patch('merge', { data: { b: null } }, { says: 'configmap/map patched (no change)' }),
    patch('json', [{ op: 'replace', path: '/data/a', value: 'before' }], { says: 'configmap/map patched' }),
    patch('json', [{ op: 'replace', path: '/nope/a', value: '9' }], { says: /^The request is invalid/, code: 1 }),
    { run: 'edit configmap map', env: { KUBE_EDITOR: 'sed -i s/before/after/' }, says: 'configmap/map edited' },
    { run: 'edit configmap map', env: { KUBE_EDITOR: 'true' }, says: 'Edit cancelled, no changes made.' },
    { run: ['get', 'cm', 'map', '-o', 'go-template={{.data.a}}'], says: 'after' },
    { run: 'label cm/map x=y', says: 'configmap/map labeled' },
    { run: 'label cm/map x=z', says: "error: 'x' already has a value (y), and --overwrite is false", code: 1 },
    { run: 'label cm/map x=z --overwrite', says: 'configmap/map labeled' },
    { run: 'label cm/map x-', says: /^configmap\/map (un)?labeled$/ },
    { run: 'annotate cm/map note=hello', says: 'configmap/map annotated' },
    { run: 'annotate cm/map note-', says: 'configmap/map annotated' },
    { run: 'create service clusterip fixed --tcp=80', says: 'service/fixed created' },
    {
      run: ['patch', 'service', 'fixed', '--type=merge', '-p', '{"spec":{"clusterIP":"10.96.99.99"}}'],
      says: /spec.clusterIPs\[0\]: Invalid value: .*may not change once set/,
      code: 1,
    },
  ],
};

export const rollingOut: Story = {
  name: 'rollouts, set and scale',
  steps: [
    { run: 'create deployment web --image=%IMAGE% --replicas=2', says: 'deployment.apps/web created' },
    { run: 'rollout status deployment/web', says: /deployment "web" successfully rolled out$/ },
    { run: 'set env deployment/web COLOUR=blue', says: 'deployment.apps/web env updated' },
    { run: 'set env deployment/web --list', says: /^COLOUR=blue$/m },
    {
      run: 'set resources deployment/web --limits=memory=64Mi',
      says: 'deployment.apps/web resource requirements updated',
    },
    { run: 'set serviceaccount deployment/web default', says: 'deployment.apps/web serviceaccount updated' },
    { run: 'rollout status deployment/web', says: /successfully rolled out$/ },
    { run: 'rollout history deployment/web', says: /^deployment.apps\/web \nREVISION {2}CHANGE-CAUSE\n1 {9}<none>/ },
    { run: 'rollout history deployment/web --revision=2', says: /COLOUR:\s+blue/ },
    { run: 'rollout undo deployment/web --to-revision=1', says: 'deployment.apps/web rolled back' },
    { run: 'rollout pause deployment/web', says: 'deployment.apps/web paused' },
    { run: 'rollout resume deployment/web', says: 'deployment.apps/web resumed' },
    { run: 'rollout restart deployment/web', says: 'deployment.apps/web restarted' },
    { run: 'rollout status deployment/web', says: /successfully rolled out$/ },
    { run: 'scale deployment/web --replicas=3', says: 'deployment.apps/web scaled' },
    {
      run: 'scale deployment/web --replicas=1 --current-replicas=7',
      says: 'error: Expected replicas to be 7, was 3',
      code: 1,
    },
    { run: 'rollout status deployment/web', says: /successfully rolled out$/ },
    { run: 'get deployment web', says: /^NAME\s+READY\s+UP-TO-DATE\s+AVAILABLE\s+AGE\nweb\s+3\/3\s+3\s+3\s/ },
    { run: 'get deployment web -o wide', says: /CONTAINERS\s+IMAGES\s+SELECTOR\n/ },
    { run: 'delete deployment web', says: 'deployment.apps "web" deleted' },
    { run: 'wait --for=delete pod -l app=web --timeout=60s', says: /condition met|^$/, only: '1.32' },
  ],
};
