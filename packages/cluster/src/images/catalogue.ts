/** The images a cluster brings along, as data: nothing here reads a file or runs a program. */
import type { ImageSpec } from './archive.ts';
import { initProgram } from './init-program.ts';
import type { LayerEntry } from './layer.ts';

export const PAUSE_IMAGE = 'registry.k8s.io/pause:3.10';
export const BUSYBOX_IMAGE = 'steersman.local/busybox:1';
export const steersmanImageName = (version: string) => `steersman.local/steersman:${version}`;

/** What holds a pod's namespaces. It bears upstream's name too, because runtimes ask for that one by default. */
export function pauseImage(): ImageSpec {
  const layer: readonly LayerEntry[] = [{ kind: 'file', path: 'pause', mode: 0o755, content: initProgram() }];
  const config = { Entrypoint: ['/pause'], User: '65535:65535', WorkingDir: '/' };
  return { names: [PAUSE_IMAGE, 'steersman.local/pause:1'], layers: [layer], config };
}

/**
 * For demonstrations and tests: busybox with all its applets; without a command it serves a page that names the pod
 * on port 80. It ends at once on SIGTERM, which a bare httpd as PID 1 would not.
 */
export function busyboxImage(binary: string, applets: readonly string[]): ImageSpec {
  const links = applets
    .filter((path) => path !== 'bin/busybox')
    .map((path): LayerEntry => ({ kind: 'link', path, target: '/bin/busybox' }));
  const layer: readonly LayerEntry[] = [
    { kind: 'copy', path: 'bin/busybox', mode: 0o755, from: binary },
    ...links,
    {
      kind: 'file',
      path: 'etc/passwd',
      content: 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
    },
    { kind: 'file', path: 'etc/group', content: 'root:x:0:\nnogroup:x:65534:\n' },
    { kind: 'file', path: 'etc/nsswitch.conf', content: 'hosts: files dns\n' },
    { kind: 'file', path: 'usr/local/bin/serve', mode: 0o755, content: SERVE },
    { kind: 'file', path: 'www/index.html', content: 'Hello from a Steersman cluster.\n' },
    {
      kind: 'file',
      path: 'www/cgi-bin/env',
      mode: 0o755,
      content: '#!/bin/sh\nprintf "Content-Type: text/plain\\n\\n"\nenv\n',
    },
    ...['root', 'home', 'proc', 'sys', 'dev', 'run', 'var/log'].map(
      (path): LayerEntry => ({ kind: 'directory', path }),
    ),
    { kind: 'directory', path: 'tmp', mode: 0o1777 },
    { kind: 'directory', path: 'var/tmp', mode: 0o1777 },
  ];
  const config = {
    Cmd: ['/usr/local/bin/serve'],
    Env: ['PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin'],
    WorkingDir: '/',
    ExposedPorts: { '80/tcp': {} },
  };
  return { names: [BUSYBOX_IMAGE], layers: [layer], config };
}

const SERVE = `#!/bin/sh
# serve [PORT [FOLDER]]: a web server that logs requests and ends when told to.
port=\${1:-80}
folder=\${2:-/www}
echo "Hello from $(hostname)." 2>/dev/null >"$folder/index.html"
httpd -f -vv -p "$port" -h "$folder" &
server=$!
trap 'kill $server; exit 0' TERM INT
echo "serving $folder on port $port"
wait $server
`;

/** What goes into the in-cluster image besides Node. */
export interface InCluster {
  readonly version: string;
  /** The Node binary and the shared libraries it is linked to. */
  readonly node: string;
  readonly libraries: readonly string[];
  /** The JavaScript file, and data files it reads, by their path in the image. */
  readonly bundle: Uint8Array;
  readonly data: Readonly<Record<string, string>>;
}

/** Where the loader finds a library in the image. One that the launcher unpacked into a folder of its own is no use there. */
export function libraryPath(from: string): string {
  return /^\/(usr\/)?lib(64)?\//.test(from) ? from.slice(1) : `usr/lib/${from.slice(from.lastIndexOf('/') + 1)}`;
}

/** Node with its libraries and one JavaScript file: everything of this project that runs inside the cluster. */
export function steersmanImage({ version, node, libraries, bundle, data }: InCluster): ImageSpec {
  const base: readonly LayerEntry[] = [
    { kind: 'copy', path: 'usr/local/bin/node', mode: 0o755, from: node },
    ...libraries.map((from): LayerEntry => ({ kind: 'copy', path: libraryPath(from), mode: 0o755, from })),
    {
      kind: 'file',
      path: 'etc/passwd',
      content: 'root:x:0:0:root:/root:/bin/false\nnobody:x:65534:65534:nobody:/:/bin/false\n',
    },
    { kind: 'file', path: 'etc/nsswitch.conf', content: 'hosts: files dns\n' },
    { kind: 'directory', path: 'tmp', mode: 0o1777 },
  ];
  const app: readonly LayerEntry[] = [
    { kind: 'file', path: 'app/steersman.mjs', content: bundle },
    ...Object.entries(data).map(([path, from]): LayerEntry => ({ kind: 'copy', path, from })),
  ];
  const config = {
    Entrypoint: ['/usr/local/bin/node', '/app/steersman.mjs'],
    Env: ['PATH=/usr/local/bin:/usr/bin:/bin', 'NODE_ENV=production'],
    WorkingDir: '/',
  };
  return { names: [steersmanImageName(version)], layers: [base, app], config };
}
