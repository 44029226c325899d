/**
 * `npm run bench`: measures what shared/reference/upstream-figures.md measured on upstream, on this machine, and prints one
 * table. Needs wrk; the pod rows need root and what `steersman up` needs. `--quick` shortens every load to two seconds;
 * `--only=api|fanout|big|etcd|face|start|pods` runs a part (etcd and face only when they are named: etcd needs Debian's etcd-server).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { apiRows, fanoutRows } from './api-rows.ts';
import { startApiServer } from './api-server.ts';
import { bigRows } from './big-rows.ts';
import { clusterRows, startRow } from './cluster-rows.ts';
import { etcdRows, faceRows } from './etcd-rows.ts';
import { markdown, type Row } from './report.ts';

const quick = process.argv.includes('--quick');
const only = process.argv.find((argument) => argument.startsWith('--only='))?.slice('--only='.length);
const folder = mkdtempSync(join(tmpdir(), 'steersman-bench-'));
const rows: Row[] = [];
const add = (row: Row) => {
  rows.push(row);
  console.error(`  ${row.work}: ${row.measured.toPrecision(4)} ${row.unit} ${row.note ?? ''}`);
};
try {
  if (only === undefined || only === 'api') {
    const server = await startApiServer(join(folder, 'api'));
    try {
      rows.push(...(await apiRows(server, { seconds: quick ? 2 : 10, folder })));
    } finally {
      await server.process.end();
    }
  }
  if (only === 'fanout') {
    const server = await startApiServer(join(folder, 'fanout'));
    await fanoutRows(server, add).finally(() => server.process.end());
  }
  if (only === undefined || only === 'big')
    await bigRows({ folder: join(folder, 'big'), seconds: quick ? 5 : 20, scale: quick ? 0.1 : 1 }, add);
  if (only === 'etcd') await etcdRows({ folder: join(folder, 'etcd'), seconds: quick ? 2 : 10 }, add);
  if (only === 'face') await faceRows({ folder: join(folder, 'face'), seconds: quick ? 2 : 10 }, add);
  if (only === undefined || only === 'start') rows.push(await startRow(join(folder, 'start')));
  if (only === undefined || only === 'pods') rows.push(...(await clusterRows(join(folder, 'cluster'))));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const [cpu] = cpus();
console.log(
  `\n${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores (${cpu?.model ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}\n`,
);
console.log(markdown(rows));
