import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkWritable } from './adapters/machine.ts';
import { missingPackages, missingPackagesMessage, NODE_NEEDS } from './packages.ts';
import { checkRanges, freeRange, overlap } from './ranges.ts';
import { parseListeners } from './sockets.ts';

test('missingPackages() names every package once', () => {
  assert.deepEqual(
    missingPackages(NODE_NEEDS, (program) => !['containerd', 'ctr', 'nft'].includes(program)),
    ['containerd', 'nftables'],
  );
  assert.match(
    missingPackagesMessage(['runc'], '--runtime simulated'),
    /^missing packages: runc; run again with --install/,
  );
});

test('overlap() compares networks of one family', () => {
  assert.equal(overlap('10.0.0.0/8', '10.96.0.0/16'), true);
  assert.equal(overlap('10.96.0.0/16', '10.97.0.0/16'), false);
  assert.equal(overlap('10.96.0.53/32', '10.96.0.0/12'), true);
  assert.equal(overlap('::/0', '10.0.0.0/8'), false);
});

test('checkRanges() names the option, the range and what it collides with', () => {
  const pods = { option: '--pod-cidr', cidr: '10.244.0.0/16' };
  const services = { option: '--service-cidr', cidr: '10.96.0.0/16' };
  checkRanges([pods, services], [{ cidr: '192.0.2.0/24', what: 'the route 192.0.2.0/24 (eth0)' }]);
  assert.throws(() => checkRanges([pods, services], [{ cidr: '10.96.0.53/32', what: 'the resolver 10.96.0.53' }]), {
    code: 'range-overlap',
    message: '--service-cidr 10.96.0.0/16 overlaps the resolver 10.96.0.53; choose another range with --service-cidr',
  });
  assert.throws(() => checkRanges([pods, { ...services, cidr: '10.244.1.0/24' }], []), { code: 'range-overlap' });
  assert.throws(() => checkRanges([{ ...pods, cidr: '10.244.0.0' }], []), { code: 'invalid-option' });
});

test('freeRange() skips what is taken', () => {
  assert.equal(freeRange(['10.1.0.0/24', '10.2.0.0/24'], ['10.1.0.0/16'], '--host-cidr'), '10.2.0.0/24');
  assert.throws(() => freeRange(['10.1.0.0/24'], ['10.0.0.0/8'], '--host-cidr'), { code: 'range-overlap' });
});

test('parseListeners() finds listening sockets only', () => {
  const text = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:192B 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0',
    '   1: 0100007F:192C 0100007F:192B 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 20 4 0 10 -1',
  ].join('\n');
  assert.deepEqual(parseListeners(text), [{ addressHex: '0100007F', port: 6443, inode: '4711' }]);
});

test('checkWritable() makes the folder, or says which option chooses another', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'writable-'));
  t.after(() => rmSync(folder, { recursive: true }));
  checkWritable(join(folder, 'a/b'), '--data-dir');
  assert.throws(() => checkWritable('/dev/null/x', '--data-dir'), {
    code: 'unwritable',
    message: /choose another folder with --data-dir$/,
  });
});
