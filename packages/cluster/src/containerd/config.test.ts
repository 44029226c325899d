import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ContainerdSettings, containerdConfig, parseContainerdVersion } from './config.ts';

const settings: ContainerdSettings = {
  version: { major: 1, minor: 6 },
  root: '/data/containerd',
  state: '/run/containerd',
  address: '/run/containerd/containerd.sock',
  cniPrograms: '/usr/lib/cni',
  cniConfigs: '/etc/cni/net.d',
  sandboxImage: 'registry.k8s.io/pause:3.10',
  snapshotter: 'overlayfs',
  restrictOomScore: true,
};

test("parseContainerdVersion() reads Debian's and upstream's forms", () => {
  assert.deepEqual(
    parseContainerdVersion('containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u3'),
    {
      major: 1,
      minor: 6,
    },
  );
  assert.deepEqual(parseContainerdVersion('containerd github.com/containerd/containerd/v2 v2.1.4 abc'), {
    major: 2,
    minor: 1,
  });
  assert.equal(parseContainerdVersion('nonsense'), undefined);
});

test('containerdConfig() writes format 2 with one CRI plugin for 1.x', () => {
  const text = containerdConfig(settings);
  assert.match(text, /^version = 2\n/);
  assert.match(
    text,
    /\[plugins\."io\.containerd\.grpc\.v1\.cri"\]\nsandbox_image = "registry\.k8s\.io\/pause:3\.10"\nrestrict_oom_score_adj = true/,
  );
});

test('containerdConfig() writes format 3 with split plugins for 2.x', () => {
  const text = containerdConfig({ ...settings, version: { major: 2, minor: 1 } });
  assert.match(text, /^version = 3\n/);
  assert.match(text, /bin_dirs = \["\/usr\/lib\/cni"\]/);
  assert.doesNotMatch(text, /sandbox_image/);
});
