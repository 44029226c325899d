/**
 * Which fields each endpoint of a kind ignores, and so gives nobody the ownership of (KEP-555): upstream's `GetResetFields`.
 */
import { type ResetFields, resetFields } from '@steersman/api';
import type { UpdateView } from './engine.ts';
import type { ServedResource } from './served-resource.ts';

const STATUS = resetFields(['status']);
const SPEC = resetFields(['spec']);
const ALL_BUT_STATUS = resetFields(['spec'], ['metadata']);

/** What status endpoints ignore beyond the spec, by group and plural. */
const OF_STATUS: Readonly<Record<string, ResetFields>> = {
  '/pods': resetFields(['spec'], ['metadata', 'deletionTimestamp'], ['metadata', 'ownerReferences']),
  'admissionregistration.k8s.io/validatingadmissionpolicies': ALL_BUT_STATUS,
  'apiextensions.k8s.io/customresourcedefinitions': ALL_BUT_STATUS,
  'apps/deployments': resetFields(['spec'], ['metadata', 'labels']),
  'certificates.k8s.io/certificatesigningrequests': resetFields(['spec'], ['status', 'conditions']),
  'storage.k8s.io/volumeattachments': ALL_BUT_STATUS,
};

/** The fields that a write through this view of the resource leaves alone. */
export function resetFieldsFor({ info }: ServedResource, view: UpdateView): ResetFields | undefined {
  if (!info.subresources.some(({ name }) => name === 'status')) return undefined;
  if (view === 'main') return STATUS;
  return view === 'status' ? (OF_STATUS[`${info.group}/${info.plural}`] ?? SPEC) : undefined;
}
