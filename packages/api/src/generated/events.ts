// Generated from facts/ by generator/. To change it, change those and run: npm run generate
import type { EventSource, ObjectReference } from './core.ts';
import type { ListMeta, ObjectMeta } from './meta.ts';

export interface EventsEvent {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly eventTime: string;
  readonly series?: EventsEventSeries | undefined;
  readonly reportingController?: string | undefined;
  readonly reportingInstance?: string | undefined;
  readonly action?: string | undefined;
  readonly reason?: string | undefined;
  readonly regarding?: ObjectReference | undefined;
  readonly related?: ObjectReference | undefined;
  readonly note?: string | undefined;
  readonly type?: string | undefined;
  readonly deprecatedSource?: EventSource | undefined;
  readonly deprecatedFirstTimestamp?: string | undefined;
  readonly deprecatedLastTimestamp?: string | undefined;
  readonly deprecatedCount?: number | undefined;
}

export interface EventsEventList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly EventsEvent[];
}

export interface EventsEventSeries {
  readonly count: number;
  readonly lastObservedTime: string;
}
