import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PodSpec } from '@steersman/api';
import { sysctlFault } from './sysctls.ts';

const faultOf = (name: string, spec: Partial<PodSpec> = {}) =>
  sysctlFault({
    metadata: {},
    spec: { containers: [], securityContext: { sysctls: [{ name, value: '1' }] }, ...spec },
  });

test('sysctlFault() lets safe settings through, in both spellings', () => {
  assert.equal(sysctlFault({ metadata: {}, spec: { containers: [] } }), undefined);
  assert.equal(faultOf('kernel.shm_rmid_forced'), undefined);
  assert.equal(faultOf('net/ipv4/tcp_syncookies'), undefined);
});

test("sysctlFault() refuses unsafe settings, and safe ones that would be the node's own", () => {
  assert.equal(faultOf('kernel.msgmax'), 'forbidden sysctl: "kernel.msgmax" not allowlisted');
  assert.equal(
    faultOf('kernel.shm_rmid_forced', { hostIPC: true }),
    'forbidden sysctl: "kernel.shm_rmid_forced" not allowed with host ipc enabled',
  );
  assert.equal(
    faultOf('net.ipv4.tcp_rmem', { hostNetwork: true }),
    'forbidden sysctl: "net.ipv4.tcp_rmem" not allowed with host net enabled',
  );
});
