/** Every generator of `kubectl create`, and `run` and `expose`. */
import type { Step, Story } from './step.ts';

const made = (what: string, kind: string, name: string): Step => ({
  run: `create ${what}`,
  says: `${kind}/${name} created`,
});

export const creating: Story = {
  name: 'create',
  steps: [
    made('configmap map --from-literal=a=b', 'configmap', 'map'),
    made('secret generic opaque --from-literal=a=b', 'secret', 'opaque'),
    made('secret docker-registry pull --docker-username=u --docker-password=p --docker-email=e@x', 'secret', 'pull'),
    made('serviceaccount account', 'serviceaccount', 'account'),
    made('role reader --verb=get,list --resource=pods,deployments.apps', 'role.rbac.authorization.k8s.io', 'reader'),
    made(
      'rolebinding readers --role=reader --serviceaccount=%NS%:account',
      'rolebinding.rbac.authorization.k8s.io',
      'readers',
    ),
    made('clusterrole %NS% --verb=get --resource=nodes', 'clusterrole.rbac.authorization.k8s.io', '%NS%'),
    made(
      'clusterrole %NS%-sum --aggregation-rule=example.com/x=true',
      'clusterrole.rbac.authorization.k8s.io',
      '%NS%-sum',
    ),
    made(
      'clusterrole %NS%-path --verb=get --non-resource-url=/logs/*',
      'clusterrole.rbac.authorization.k8s.io',
      '%NS%-path',
    ),
    made('clusterrolebinding %NS% --clusterrole=%NS% --user=u', 'clusterrolebinding.rbac.authorization.k8s.io', '%NS%'),
    made('deployment made --image=%IMAGE% --replicas=0 --port=80', 'deployment.apps', 'made'),
    made('job once --image=%IMAGE% -- true', 'job.batch', 'once'),
    made('ingress way --rule=foo.com/bar=svc:8080,tls=cert', 'ingress.networking.k8s.io', 'way'),
    made('priorityclass %NS% --value=1000 --description=x', 'priorityclass.scheduling.k8s.io', '%NS%'),
    made('quota limit --hard=pods=50', 'resourcequota', 'limit'),
    made('service clusterip inner --tcp=5678:8080', 'service', 'inner'),
    made('service nodeport outer --tcp=5678:8080', 'service', 'outer'),
    made('service loadbalancer balanced --tcp=5678:8080', 'service', 'balanced'),
    made('service externalname alias --external-name=bar.com', 'service', 'alias'),
    // 1.20 writes versions that v1.25 took away.
    {
      ...made('cronjob often --image=%IMAGE% --schedule=@hourly', 'cronjob.batch', 'often'),
      only: '1.32',
    },
    {
      run: 'create cronjob often --image=%IMAGE% --schedule=@hourly',
      says: 'error: failed to create cronjob: the server could not find the requested resource (post cronjobs.batch)',
      code: 1,
      only: '1.20',
    },
    { ...made('job now --from=cronjob/often', 'job.batch', 'now'), only: '1.32' },
    {
      ...made('poddisruptionbudget guard --selector=app=x --min-available=1', 'poddisruptionbudget.policy', 'guard'),
      only: '1.32',
    },
    {
      run: 'create poddisruptionbudget guard --selector=app=x --min-available=1',
      says: 'error: no matches for kind "PodDisruptionBudget" in version "policy/v1beta1"',
      code: 1,
      only: '1.20',
    },
    { run: 'create token account --duration=10m', says: /^eyJ\S+$/, only: '1.32' },
    {
      run: 'create configmap map',
      says: /\(AlreadyExists\).*configmaps "map" already exists|^error: failed to create configmap: configmaps "map" already exists$/,
      code: 1,
    },
    {
      run: 'create deployment dry --image=%IMAGE% --dry-run=server',
      says: 'deployment.apps/dry created (server dry run)',
    },
    { run: 'create deployment dry --image=%IMAGE% --dry-run=client -o name', says: 'deployment.apps/dry' },
    { run: 'get deployment dry', says: 'Error from server (NotFound): deployments.apps "dry" not found', code: 1 },
    { run: 'expose deployment made --port=80 --name=front', says: 'service/front exposed' },
    { run: 'autoscale deployment made --min=1 --max=3', says: 'horizontalpodautoscaler.autoscaling/made autoscaled' },
    { run: 'delete clusterrole,clusterrolebinding,priorityclass %NS%', says: /"%NS%" deleted/ },
    { run: 'delete clusterrole %NS%-sum %NS%-path', says: /"%NS%-path" deleted/ },
  ],
};
