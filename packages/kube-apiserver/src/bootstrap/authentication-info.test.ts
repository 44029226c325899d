import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_CONFIG } from '../server-options.ts';
import { authenticationInfo } from './authentication-info.ts';

test('authenticationInfo publishes the authorities and the headers of proxies', () => {
  assert.deepEqual(authenticationInfo({ config: DEFAULT_CONFIG }).data, {});
  const requestHeader = {
    authority: 'PROXY',
    allowedNames: ['front'],
    usernameHeaders: ['X-Remote-User'],
    uidHeaders: ['X-Remote-Uid'],
    groupHeaders: ['X-Remote-Group'],
    extraPrefixes: ['X-Remote-Extra-'],
  };
  const { data } = authenticationInfo({
    config: { ...DEFAULT_CONFIG, clientCertificateAuthority: 'CLIENTS', requestHeader },
  });
  assert.equal(data?.['client-ca-file'], 'CLIENTS');
  assert.equal(data?.['requestheader-allowed-names'], '["front"]');
  assert.equal(data?.['requestheader-username-headers'], '["X-Remote-User"]');
});
