/** What needs containers: exec, logs, cp, run -i, attach, the proxy and debug. */
import type { Story } from './step.ts';

const LOOP =
  'echo start; mkdir -p /www; echo hello > /www/index.html; busybox httpd -p 8080 -h /www; while true; do sleep 1; done';

export const streaming: Story = {
  name: 'exec, logs, cp, run and debug',
  containers: true,
  steps: [
    { run: ['run', 'one', '--image=%IMAGE%', '--', 'sh', '-c', LOOP], says: 'pod/one created' },
    { run: 'wait --for=condition=Ready pod/one --timeout=60s', says: 'pod/one condition met' },
    { run: 'exec one -- echo hi', says: 'hi' },
    { run: ['exec', 'one', '--', 'sh', '-c', 'exit 3'], says: 'command terminated with exit code 3', code: 3 },
    { run: 'exec -i one -- cat', input: 'through\n', says: 'through' },
    { run: 'exec nope -- ls', says: 'Error from server (NotFound): pods "nope" not found', code: 1 },
    {
      run: 'exec one -c nope -- ls',
      says: 'Error from server (BadRequest): container nope is not valid for pod one',
      code: 1,
    },
    { run: 'exec one -- nothing', says: /executable file not found in \$PATH/, code: 1 },
    { run: 'logs one', says: 'start' },
    { run: 'logs one --timestamps', says: /^\d{4}-\d\d-\d\dT\S+Z start$/ },
    { run: 'logs one --limit-bytes=3', says: 'sta' },
    { run: 'logs -l run=one --prefix', says: '[pod/one/one] start' },
    {
      run: 'logs one -p',
      says: 'Error from server (BadRequest): previous terminated container "one" in pod "one" not found',
      code: 1,
    },
    { run: 'cp %DIR%/file one:/tmp/file', says: '' },
    { run: 'exec one -- cat /tmp/file', says: 'content' },
    { run: 'cp one:/tmp/file %DIR%/back', says: /^(tar: removing leading.*)?$/i },
    { run: 'exec -i one -- cp /dev/stdin /tmp/piped', input: 'piped', says: '' },
    {
      run: 'run echoed --image=%IMAGE% -i --rm --restart=Never -- cat',
      input: 'hello\n',
      says: /^hello\n?pod "echoed" deleted/m,
    },
    {
      run: [
        'run',
        'failed',
        '--image=%IMAGE%',
        '--attach',
        '--rm',
        '--restart=Never',
        '--',
        'sh',
        '-c',
        'sleep 1; exit 5',
      ],
      says: /terminated \(Error\)/,
      code: 5,
    },
    { run: 'expose pod one --port=80 --target-port=8080 --name=front', says: 'service/front exposed' },
    { run: 'get --raw /api/v1/namespaces/%NS%/pods/one:8080/proxy/index.html', says: 'hello' },
    {
      run: 'get --raw /api/v1/namespaces/%NS%/pods/one:9/proxy/',
      says: /error trying to reach service: dial tcp \S+:9: connect: connection refused/,
      code: 1,
    },
    {
      run: [
        'debug',
        'one',
        '--image=%IMAGE%',
        '--target=one',
        '--attach',
        '--quiet',
        '--',
        'sh',
        '-c',
        'sleep 1; echo debugging',
      ],
      says: /debugging$/,
      only: '1.32',
    },
    {
      run: 'debug one --image=%IMAGE% --copy-to=copied --set-image=*=%IMAGE% -c extra -- sleep 1',
      says: /^(?![\s\S]*error)/i,
      only: '1.32',
    },
    {
      run: [
        'debug',
        'node/%NODE%',
        '--image=%IMAGE%',
        '--attach',
        '--quiet',
        '--',
        'sh',
        '-c',
        'sleep 1; ls -d /host/etc',
      ],
      says: /\/host\/etc$/,
    },
    { run: 'delete pods --all --now --wait=false', says: /pod "one" deleted/ },
  ],
};
