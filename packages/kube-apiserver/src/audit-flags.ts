/** The flags about audit logs, under upstream's names, and what they set up. */
import { createHttpTransport, loadKubeconfig } from '@steersman/client';
import type { Effects, Logger } from '@steersman/machinery';
import { type Flag, type FlagValues, readFlagFile, textFlag } from '@steersman/server';
import { openAuditLog } from './adapters/audit-log.ts';
import { batched, eventLine, legacyLine, webhookSender } from './audit/backends.ts';
import { auditPolicy } from './audit/policy.ts';
import { type AuditSizes, truncatingSink } from './audit/truncate.ts';
import { ConfigurationError } from './configuration-error.ts';
import type { AuditOptions, AuditSink } from './pipeline/audit.ts';

export const auditFlags: readonly Flag[] = [
  textFlag('audit-policy-file', 'File with the audit Policy: what is recorded of which requests.'),
  textFlag('audit-log-path', 'File that audit events are written to; - is the standard output.'),
  textFlag('audit-log-format', 'json, or legacy for a short line per event.', 'json'),
  textFlag(
    'audit-log-mode',
    'blocking: an event is written before its request goes on; batch: events are written together.',
    'blocking',
  ),
  { name: 'audit-log-maxsize', type: 'int', default: 0, help: 'Megabytes after which a new file is begun. 0: 100.' },
  { name: 'audit-log-maxbackup', type: 'int', default: 0, help: 'Old files that are kept; 0: all.' },
  { name: 'audit-log-maxage', type: 'int', default: 0, help: 'Days that old files are kept; 0: for ever.' },
  { name: 'audit-log-compress', type: 'bool', default: false, help: 'Compress old files with gzip.' },
  textFlag('audit-webhook-config-file', 'Kubeconfig of a server that audit events are sent to.'),
  ...truncateFlags('log'),
  ...truncateFlags('webhook'),
];

function truncateFlags(backend: string): readonly Flag[] {
  const flag = (name: string) => `audit-${backend}-truncate-${name}`;
  return [
    { name: flag('enabled'), type: 'bool', default: false, help: 'Keep events and batches below the two sizes.' },
    {
      name: flag('max-event-size'),
      type: 'int',
      default: 100 * 1024,
      help: 'Bytes beyond which an event loses the objects in it, and is dropped if that does not help.',
    },
    {
      name: flag('max-batch-size'),
      type: 'int',
      default: 10 * 1024 * 1024,
      help: 'Bytes of the events that are sent together.',
    },
  ];
}

/** Undefined where nothing is to be kept small. */
function sizesOf(values: FlagValues, backend: string): AuditSizes | undefined {
  const flag = (name: string) => `audit-${backend}-truncate-${name}`;
  if (!values.bool(flag('enabled'))) return undefined;
  const [eventMax, batchMax] = [values.number(flag('max-event-size')), values.number(flag('max-batch-size'))];
  if (eventMax <= 0 || batchMax < eventMax)
    throw new ConfigurationError(
      'bad-flag',
      `--${flag('max-event-size')} and --${flag('max-batch-size')} must be positive, and a batch at least as large as an event`,
    );
  return { eventMax, batchMax };
}

function keptSmall(sink: AuditSink | undefined, sizes: AuditSizes | undefined, log: Logger): AuditSink | undefined {
  return sink === undefined || sizes === undefined ? sink : truncatingSink(sink, sizes, log);
}

export interface Auditing {
  readonly options: AuditOptions | undefined;
  /** Writes and sends what is left. */
  readonly close: () => Promise<void>;
}

/** Throws ConfigurationError or ServerError. Without a policy nothing is recorded, as upstream. */
export function auditing(values: FlagValues, effects: Effects): Auditing {
  const policyFile = values.string('audit-policy-file');
  const closers: (() => Promise<void> | void)[] = [];
  if (policyFile === '') return { options: undefined, close: async () => undefined };
  const sinks = [
    keptSmall(logSink(values, effects, closers), sizesOf(values, 'log'), effects.log),
    keptSmall(webhookSink(values, effects, closers), sizesOf(values, 'webhook'), effects.log),
  ].filter((sink) => sink !== undefined);
  const policy = auditPolicy(readFlagFile(policyFile, 'audit-policy-file'));
  return {
    options:
      sinks.length === 0
        ? undefined
        : {
            policy,
            sink(event) {
              for (const sink of sinks) sink(event);
            },
          },
    async close() {
      for (const close of closers) await close();
    },
  };
}

type Closers = (() => Promise<void> | void)[];

function logSink(values: FlagValues, { clock, log }: Effects, closers: Closers): AuditSink | undefined {
  const path = values.string('audit-log-path');
  if (path === '') return undefined;
  const line = values.string('audit-log-format') === 'legacy' ? legacyLine : eventLine;
  const file = openAuditLog({
    path,
    sizeMax: values.number('audit-log-maxsize'),
    backupsMax: values.number('audit-log-maxbackup'),
    ageDaysMax: values.number('audit-log-maxage'),
    compress: values.bool('audit-log-compress'),
    now: () => clock.now(),
  });
  const mode = values.string('audit-log-mode');
  if (mode === 'blocking' || mode === 'blocking-strict') {
    closers.push(() => file.close());
    return (event) => file.write(line(event));
  }
  if (mode !== 'batch')
    throw new ConfigurationError(
      'bad-flag',
      `invalid audit log mode ${mode}, allowed modes are "batch,blocking,blocking-strict"`,
    );
  const { sink, flush } = batched({
    clock,
    log,
    send: async (events) => file.write(events.map(line).join('')),
  });
  closers.push(flush, () => file.close());
  return sink;
}

function webhookSink(values: FlagValues, { clock, log }: Effects, closers: Closers): AuditSink | undefined {
  const path = values.string('audit-webhook-config-file');
  if (path === '') return undefined;
  const transport = createHttpTransport(loadKubeconfig(path));
  const { sink, flush } = batched({
    clock,
    log,
    send: webhookSender(transport, clock),
    batchBytesMax: sizesOf(values, 'webhook')?.batchMax,
  });
  closers.push(flush, () => transport.close());
  return sink;
}
