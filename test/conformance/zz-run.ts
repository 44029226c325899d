import { connect } from './src/framework/environment.ts';
import { runAll } from './src/framework/run-all.ts';
const files = process.argv[2]!.split(','); const focus = new RegExp(process.argv[3] ?? '');
const tests: any[] = [];
for (const f of files) for (const v of Object.values(await import(`./src/tests/${f}.ts`))) if (Array.isArray(v)) tests.push(...v.filter((t: any) => focus.test(t.name)));
await using environment = await connect({ kubeconfig: '/tmp/nb/kubeconfig', kubectl: '/usr/bin/kubectl', slow: true });
let n = 0;
const out = await runAll({ tests, environment, parallelMax: Number(process.env.PAR ?? 8), report: (o: any) => { n++; if (o.kind !== 'passed') console.log(o.kind, o.name, o.error?.message ?? o.reason); else if (process.env.V) console.log('ok', o.name, o.seconds.toFixed(1)); }, complain: console.error });
console.log(out.filter((o) => o.kind === 'passed').length, 'of', tests.length);
