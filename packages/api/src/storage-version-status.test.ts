import assert from 'node:assert/strict';
import { test } from 'node:test';
import { storageVersionStatus } from './storage-version-status.ts';

const server = (apiServerID: string, encodingVersion: string) => ({
  apiServerID,
  encodingVersion,
  decodableVersions: ['v1', 'v2'],
});
const metadata = { name: 'example.com.things' };

test('storageVersionStatus() says whether servers agree, and since when', () => {
  const one = storageVersionStatus({ metadata }, [server('a', 'v1')], 0);
  assert.equal(one.commonEncodingVersion, 'v1');
  assert.deepEqual(one.conditions, [
    {
      type: 'AllEncodingVersionsEqual',
      status: 'True',
      lastTransitionTime: '1970-01-01T00:00:00Z',
      reason: 'CommonEncodingVersionSet',
      message: 'Common encoding version set',
    },
  ]);
  const same = storageVersionStatus({ metadata, status: one }, [server('a', 'v1'), server('b', 'v1')], 60_000);
  assert.equal(same.conditions?.[0]?.lastTransitionTime, '1970-01-01T00:00:00Z');
  const apart = storageVersionStatus({ metadata, status: same }, [server('a', 'v1'), server('b', 'v2')], 60_000);
  assert.equal(apart.commonEncodingVersion, undefined);
  assert.deepEqual(
    [apart.conditions?.[0]?.status, apart.conditions?.[0]?.reason, apart.conditions?.[0]?.lastTransitionTime],
    ['False', 'CommonEncodingVersionUnset', '1970-01-01T00:01:00Z'],
  );
  const moved = storageVersionStatus({ metadata, status: one }, [server('a', 'v2')], 120_000);
  assert.deepEqual(
    [moved.commonEncodingVersion, moved.conditions?.[0]?.lastTransitionTime],
    ['v2', '1970-01-01T00:02:00Z'],
  );
});
