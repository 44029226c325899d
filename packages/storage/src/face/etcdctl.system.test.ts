/** etcdctl must not be able to tell the face from etcd: the same commands on both, and the same answers. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { startEtcd, withoutEtcd } from '../etcd/test-member/etcd.ts';
import { lmdbSnapshotStatus } from '../lmdb/snapshot.ts';
import { type Etcdctl, etcdctl, plain, withoutEtcdctl } from './test-face/etcdctl.ts';
import { startTestFace } from './test-face/start.ts';

type Command = readonly [args: string, input?: string];

/** Words are told apart by blanks. Revisions begin at 1 on both. */
const SCRIPTS: Readonly<Record<string, readonly Command[]>> = {
  'reads, writes and deletes': [
    ['put a/1 one'],
    ['put a/2 two --prev-kv'],
    ['put a/1 uno --prev-kv -w json'],
    ['put b three'],
    ['get a/ --prefix -w json'],
    ['get a/ --prefix --keys-only'],
    ['get a/1 --rev=2 -w json'],
    ['get a/1 --rev=99'],
    ['get a/ --prefix --limit=1 -w json'],
    ['get a/ --prefix --sort-by=MODIFY --order=DESCEND -w json'],
    ['get a/ --prefix --sort-by=VALUE -w json'],
    ['get a/ --prefix --sort-by=VERSION --order=ASCEND --limit=1 -w json'],
    ['get a/ c -w json'],
    ['get b --from-key -w json'],
    ['get none -w json'],
    ['put a/1 --ignore-value'],
    ['put none --ignore-value'],
    ['put a/1 x --ignore-lease'],
    ['put a/1 x --lease=77'],
    ['get a/1 -w json'],
    ['del a/2 --prev-kv -w json'],
    ['del none -w json'],
    ['del a/ --prefix -w json'],
    ['get a --from-key -w json'],
  ],
  transactions: [
    ['put k 1'],
    ['txn -w json', 'mod("k") = "999"\n\nput k 2\n\nput k 3\nput l 3\n\n'],
    ['txn -w json', 'value("k") = "3"\n\nput k 4\nget k\ndel l\nget l\n\nget k\n\n'],
    ['txn -w json', 'version("k") > "1"\ncreate("none") = "0"\n\nget k\n\nput k 9\n\n'],
    ['txn -w json', 'value("none") = "x"\n\nget k\n\nget l\n\n'],
    ['txn -w json', '\nput same 1\nput same 2\n\n\n'],
    ['txn -w json', '\nput same 1\ndel same\n\n\n'],
    ['txn -w json', '\ndel same\nget --prefix k\n\n\n'],
    ['txn', 'mod("k") > "0"\n\nput m 1\nput n 1\nput o 1\n\n\n'],
    ['get a --from-key -w json'],
    ['get m -w json'],
    ['get o -w json'],
  ],
  compaction: [
    ['put k 1'],
    ['put k 2'],
    ['del k'],
    ['put k 3'],
    ['compact 4'],
    ['compact 4'],
    ['compact 3'],
    ['compact 99'],
    ['get k --rev=3'],
    ['get k --rev=4 -w json'],
    ['compact 5 --physical'],
    ['get k --rev=5 -w json'],
    ['defrag'],
    ['alarm list'],
    ['alarm disarm'],
  ],
};

describe('startEtcdFace() as etcdctl sees it', { skip: withoutEtcd || withoutEtcdctl }, () => {
  for (const [title, commands] of Object.entries(SCRIPTS))
    test(`startEtcdFace() answers etcdctl's ${title} as etcd does`, async () => {
      const [etcd, face] = await Promise.all([startEtcd(), startTestFace('lmdb')]);
      try {
        const [one, other] = [etcdctl(etcd.endpoints[0]!), etcdctl(face.endpoint)];
        for (const [args, input] of commands) {
          const words = args.split(' ');
          const [expected, actual] = await Promise.all([one(words, input), other(words, input)]);
          assert.equal(plain(actual), plain(expected), `etcdctl ${args} ${input ?? ''}`);
        }
      } finally {
        await Promise.all([etcd.stop(), face.stop()]);
      }
    });

  const withFace = async (body: (run: Etcdctl, host: string) => Promise<void>) => {
    const face = await startTestFace('lmdb');
    try {
      await body(etcdctl(face.endpoint), face.endpoint);
    } finally {
      await face.stop();
    }
  };

  test('startEtcdFace() tells watches of etcdctl what happened since a revision, each revision whole', () =>
    withFace(async (run, host) => {
      for (const command of ['put k 1', 'put k 2', 'put other 1', 'del k']) await run(command.split(' '));
      const commands = 'watch k --rev=2 --prev-kv\nwatch o --prefix --rev=3\n';
      const watching = spawn('etcdctl', [`--endpoints=${host}`, 'watch', '-i'], {
        env: { ...process.env, ETCDCTL_API: '3' },
        timeout: 120_000,
      });
      watching.stdin.write(commands);
      let output = '';
      for await (const text of watching.stdout.setEncoding('utf8')) {
        output += text as string;
        if (/DELETE/.test(output) && /other/.test(output)) break;
      }
      watching.kill('SIGKILL');
      assert.match(output, /PUT\nk\n1\nPUT\nk\n1\nk\n2\nDELETE\nk\n2\nk\n\n/);
      assert.match(output, /PUT\nother\n1\n/);
    }));

  test('startEtcdFace() deletes the keys of a lease when it is revoked and when its time is over', () =>
    withFace(async (run, host) => {
      const grant = async (seconds: string) => (await run(['lease', 'grant', seconds])).split(' ')[1]!;
      const [short, long] = [await grant('5'), await grant('600')];
      // Until it is ended, it is not over, however long the commands below take.
      const keeping = spawn('etcdctl', [`--endpoints=${host}`, 'lease', 'keep-alive', short], {
        env: { ...process.env, ETCDCTL_API: '3' },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      await new Promise((resolve) => keeping.stdout.once('data', resolve));
      for (const key of ['s/1', 's/2']) await run(['put', key, 'x', `--lease=${short}`]);
      for (const key of ['l/1', 'l/2']) await run(['put', key, 'x', `--lease=${long}`]);
      assert.match(
        await run(['lease', 'timetolive', long, '--keys']),
        /granted with TTL\(600s\).*attached keys\(\[l\/1 l\/2\]\)/,
      );
      assert.match(await run(['lease', 'keep-alive', long, '--once']), /keepalived with TTL\(600\)/);
      assert.match(await run(['lease', 'list']), /found 2 leases/);
      assert.match(await run(['lease', 'revoke', long]), /revoked/);
      assert.match(await run(['get', 'l/', '--prefix', '-w', 'json']), /"revision":6,/);
      keeping.kill('SIGKILL');
      while ((await run(['get', 's/', '--prefix', '--keys-only'])) !== '');
      assert.match(await run(['get', 's/', '--prefix', '-w', 'json']), /"revision":7,/);
      assert.match(await run(['lease', 'timetolive', short]), /already expired/);
      assert.match(await run(['lease', 'revoke', short]), /requested lease not found/);
      assert.match(await run(['lease', 'list']), /found 0 leases/);
    }));

  test('startEtcdFace() is one healthy member, which can be hashed and saved', (t) =>
    withFace(async (run) => {
      const folder = mkdtempSync(join(tmpdir(), 'steersman-saved-'));
      t.after(() => rmSync(folder, { recursive: true }));
      const file = join(folder, 'snapshot');
      for (let index = 0; index < 20; index += 1) await run(['put', `k${index}`, 'x']);
      assert.match(await run(['endpoint', 'health']), /is healthy/);
      assert.match(await run(['endpoint', 'status']), /, 3\.5\.\d+, .*, true, false, 2, 21, 21, $/m);
      assert.match(await run(['member', 'list']), /, started, default, , http:/);
      const hash = await run(['endpoint', 'hashkv']);
      assert.match(hash, /, \d+\n/);
      assert.equal(await run(['endpoint', 'hashkv']), hash);
      await run(['put', 'k0', 'y']);
      assert.notEqual(await run(['endpoint', 'hashkv']), hash);
      assert.match(await run(['snapshot', 'save', file]), /Snapshot saved/);
      const { keys, revision } = await lmdbSnapshotStatus(file);
      assert.deepEqual({ keys, revision }, { keys: 20, revision: 22 });
    }));
});
