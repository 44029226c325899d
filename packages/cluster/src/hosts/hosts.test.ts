import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bridgeSetupBatch, cableBatch, deviceName, hostAddress, hostBatch, hostCommand } from './plan.ts';
import { podResolvers } from './resolvers.ts';

const plan = { name: 'node-1', folder: "/data/it's/node-1", init: '/data/init', ownNetwork: true };

test('hostCommand() quotes folders and executes the init program last', () => {
  const command = hostCommand(plan);
  const script = command.find((part) => part.includes('mount --make-rslave'))!;
  assert.match(script, /mount --bind '\/data\/it'\\''s\/node-1\/cni' \/var\/lib\/cni/);
  assert.match(script, /echo ready\nexec "\$1"/);
  assert.equal(command.at(-1), '/data/init');
});

test("hostCommand() leaves the machine's network alone when the node uses it", () => {
  const command = hostCommand({ ...plan, ownNetwork: false });
  assert.equal(command.includes('--net'), false);
  assert.equal(
    command.some((part) => part.includes('sysfs') || part.includes('ip_forward')),
    false,
  );
});

test('deviceName() fits the kernel and differs per cluster', () => {
  const name = deviceName('/var/lib/steersman/a', 'h12345');
  assert.equal(name.length <= 15, true);
  assert.notEqual(deviceName('/a', ''), deviceName('/b', ''));
});

test('hostAddress() counts within the network', () => {
  assert.equal(hostAddress('10.245.0.0/24', 2), '10.245.0.2');
  assert.equal(hostAddress('10.96.0.0', 266), '10.96.1.10');
});

test('the batches join a host to the bridge and give it no route', () => {
  const network = { bridge: 'stbridge', cidr: '10.245.0.0/24' };
  assert.match(bridgeSetupBatch(network), /address replace 10\.245\.0\.1\/24 dev stbridge/);
  assert.match(cableBatch('stcable', 42), /peer name eth0 netns 42/);
  assert.equal(hostBatch(network, '10.245.0.2').includes('route'), false);
});

test('podResolvers() replaces a resolver on loopback by the ones behind it, or leaves it out', () => {
  const stub = 'nameserver 127.0.0.53\nsearch example.org\n';
  assert.equal(podResolvers(stub, 'nameserver 192.0.2.53\n'), 'nameserver 192.0.2.53\n');
  assert.equal(podResolvers(stub, undefined), 'search example.org\n');
  assert.equal(podResolvers('nameserver 192.0.2.1\n', 'nameserver 192.0.2.53\n'), 'nameserver 192.0.2.1\n');
});
