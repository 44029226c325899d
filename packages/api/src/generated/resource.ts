// Generated from facts/ by generator/. To change it, change those and run: npm run generate
import type { NodeSelector } from './core.ts';
import type { Condition, ListMeta, ObjectMeta, UID } from './meta.ts';

export interface AllocatedDeviceStatus {
  readonly driver: string;
  readonly pool: string;
  readonly device: string;
  readonly shareID?: string | undefined;
  readonly conditions?: readonly Condition[] | undefined;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
  readonly networkData?: NetworkDeviceData | undefined;
}

export type AllocationConfigSource = 'FromClass' | 'FromClaim' | (string & {});

export interface AllocationResult {
  readonly devices?: DeviceAllocationResult | undefined;
  readonly nodeSelector?: NodeSelector | undefined;
  readonly allocationTimestamp?: string | undefined;
}

export interface CELDeviceSelector {
  readonly expression: string;
}

export interface CapacityRequestPolicy {
  readonly default?: string | undefined;
  readonly validValues?: readonly string[] | undefined;
  readonly validRange?: CapacityRequestPolicyRange | undefined;
}

export interface CapacityRequestPolicyRange {
  readonly min: string;
  readonly max?: string | undefined;
  readonly step?: string | undefined;
}

export interface CapacityRequirements {
  readonly requests?: Readonly<Record<string, string>> | undefined;
}

export interface Counter {
  readonly value: string;
}

export interface CounterSet {
  readonly name: string;
  readonly counters: Readonly<Record<string, Counter>>;
}

export interface Device {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, DeviceAttribute>> | undefined;
  readonly capacity?: Readonly<Record<string, DeviceCapacity>> | undefined;
  readonly consumesCounters?: readonly DeviceCounterConsumption[] | undefined;
  readonly nodeName?: string | undefined;
  readonly nodeSelector?: NodeSelector | undefined;
  readonly allNodes?: boolean | undefined;
  readonly taints?: readonly DeviceTaint[] | undefined;
  readonly bindsToNode?: boolean | undefined;
  readonly bindingConditions?: readonly string[] | undefined;
  readonly bindingFailureConditions?: readonly string[] | undefined;
  readonly allowMultipleAllocations?: boolean | undefined;
  readonly nodeAllocatableResourceMappings?: Readonly<Record<string, NodeAllocatableResourceMapping>> | undefined;
}

export interface DeviceAllocationConfiguration {
  readonly source: AllocationConfigSource;
  readonly requests?: readonly string[] | undefined;
  readonly opaque?: OpaqueDeviceConfiguration | undefined;
}

export type DeviceAllocationMode = 'ExactCount' | 'All' | (string & {});

export interface DeviceAllocationResult {
  readonly results?: readonly DeviceRequestAllocationResult[] | undefined;
  readonly config?: readonly DeviceAllocationConfiguration[] | undefined;
}

export interface DeviceAttribute {
  readonly int?: number | undefined;
  readonly bool?: boolean | undefined;
  readonly string?: string | undefined;
  readonly version?: string | undefined;
  readonly ints?: readonly number[] | undefined;
  readonly bools?: readonly boolean[] | undefined;
  readonly strings?: readonly string[] | undefined;
  readonly versions?: readonly string[] | undefined;
}

export interface DeviceCapacity {
  readonly value: string;
  readonly requestPolicy?: CapacityRequestPolicy | undefined;
}

export interface DeviceClaim {
  readonly requests?: readonly DeviceRequest[] | undefined;
  readonly constraints?: readonly DeviceConstraint[] | undefined;
  readonly config?: readonly DeviceClaimConfiguration[] | undefined;
}

export interface DeviceClaimConfiguration {
  readonly requests?: readonly string[] | undefined;
  readonly opaque?: OpaqueDeviceConfiguration | undefined;
}

export interface DeviceClass {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: DeviceClassSpec;
}

export interface DeviceClassConfiguration {
  readonly opaque?: OpaqueDeviceConfiguration | undefined;
}

export interface DeviceClassList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly DeviceClass[];
}

export interface DeviceClassSpec {
  readonly selectors?: readonly DeviceSelector[] | undefined;
  readonly config?: readonly DeviceClassConfiguration[] | undefined;
  readonly extendedResourceName?: string | undefined;
}

export interface DeviceConfiguration {
  readonly opaque?: OpaqueDeviceConfiguration | undefined;
}

export interface DeviceConstraint {
  readonly requests?: readonly string[] | undefined;
  readonly matchAttribute?: FullyQualifiedName | undefined;
  readonly distinctAttribute?: FullyQualifiedName | undefined;
}

export interface DeviceCounterConsumption {
  readonly counterSet: string;
  readonly counters: Readonly<Record<string, Counter>>;
}

export interface DeviceRequest {
  readonly name: string;
  readonly exactly?: ExactDeviceRequest | undefined;
  readonly firstAvailable?: readonly DeviceSubRequest[] | undefined;
}

export interface DeviceRequestAllocationResult {
  readonly request: string;
  readonly driver: string;
  readonly pool: string;
  readonly device: string;
  readonly adminAccess?: boolean | undefined;
  readonly tolerations?: readonly DeviceToleration[] | undefined;
  readonly bindingConditions?: readonly string[] | undefined;
  readonly bindingFailureConditions?: readonly string[] | undefined;
  readonly shareID?: UID | undefined;
  readonly consumedCapacity?: Readonly<Record<string, string>> | undefined;
}

export interface DeviceSelector {
  readonly cel?: CELDeviceSelector | undefined;
}

export interface DeviceSubRequest {
  readonly name: string;
  readonly deviceClassName: string;
  readonly selectors?: readonly DeviceSelector[] | undefined;
  readonly allocationMode?: DeviceAllocationMode | undefined;
  readonly count?: number | undefined;
  readonly tolerations?: readonly DeviceToleration[] | undefined;
  readonly capacity?: CapacityRequirements | undefined;
}

export interface DeviceTaint {
  readonly key: string;
  readonly value?: string | undefined;
  readonly effect: DeviceTaintEffect;
  readonly timeAdded?: string | undefined;
}

export type DeviceTaintEffect = 'None' | 'NoSchedule' | 'NoExecute' | (string & {});

export interface DeviceToleration {
  readonly key?: string | undefined;
  readonly operator?: DeviceTolerationOperator | undefined;
  readonly value?: string | undefined;
  readonly effect?: DeviceTaintEffect | undefined;
  readonly tolerationSeconds?: number | undefined;
}

export type DeviceTolerationOperator = 'Exists' | 'Equal' | (string & {});

export interface ExactDeviceRequest {
  readonly deviceClassName: string;
  readonly selectors?: readonly DeviceSelector[] | undefined;
  readonly allocationMode?: DeviceAllocationMode | undefined;
  readonly count?: number | undefined;
  readonly adminAccess?: boolean | undefined;
  readonly tolerations?: readonly DeviceToleration[] | undefined;
  readonly capacity?: CapacityRequirements | undefined;
}

export type FullyQualifiedName = string;

export interface NetworkDeviceData {
  readonly interfaceName?: string | undefined;
  readonly ips?: readonly string[] | undefined;
  readonly hardwareAddress?: string | undefined;
}

export interface NodeAllocatableResourceMapping {
  readonly capacityKey?: QualifiedName | undefined;
  readonly allocationMultiplier?: string | undefined;
}

export interface OpaqueDeviceConfiguration {
  readonly driver: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export type QualifiedName = string;

export interface ResourceClaimConsumerReference {
  readonly apiGroup?: string | undefined;
  readonly resource: string;
  readonly name: string;
  readonly uid: UID;
}

export interface ResourceClaimList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly ResourceResourceClaim[];
}

export interface ResourceClaimSpec {
  readonly devices?: DeviceClaim | undefined;
}

export interface ResourceClaimStatus {
  readonly allocation?: AllocationResult | undefined;
  readonly reservedFor?: readonly ResourceClaimConsumerReference[] | undefined;
  readonly devices?: readonly AllocatedDeviceStatus[] | undefined;
}

export interface ResourceClaimTemplate {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: ResourceClaimTemplateSpec;
}

export interface ResourceClaimTemplateList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly ResourceClaimTemplate[];
}

export interface ResourceClaimTemplateSpec {
  readonly metadata?: ObjectMeta | undefined;
  readonly spec: ResourceClaimSpec;
}

export interface ResourcePool {
  readonly name: string;
  readonly generation: number;
  readonly resourceSliceCount: number;
}

export interface ResourceResourceClaim {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: ResourceClaimSpec;
  readonly status?: ResourceClaimStatus | undefined;
}

export interface ResourceSlice {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: ResourceSliceSpec;
}

export interface ResourceSliceList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly ResourceSlice[];
}

export interface ResourceSliceSpec {
  readonly driver: string;
  readonly pool: ResourcePool;
  readonly nodeName?: string | undefined;
  readonly nodeSelector?: NodeSelector | undefined;
  readonly allNodes?: boolean | undefined;
  readonly devices?: readonly Device[] | undefined;
  readonly perDeviceNodeSelection?: boolean | undefined;
  readonly sharedCounters?: readonly CounterSet[] | undefined;
}

export interface V1alpha3CELDeviceSelector {
  readonly expression: string;
}

export interface V1alpha3DeviceSelector {
  readonly cel?: V1alpha3CELDeviceSelector | undefined;
}

export interface V1alpha3DeviceTaint {
  readonly key: string;
  readonly value?: string | undefined;
  readonly effect: V1alpha3DeviceTaintEffect;
  readonly timeAdded?: string | undefined;
}

export type V1alpha3DeviceTaintEffect = 'None' | 'NoSchedule' | 'NoExecute' | (string & {});

export interface V1alpha3DeviceTaintRule {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1alpha3DeviceTaintRuleSpec;
  readonly status?: V1alpha3DeviceTaintRuleStatus | undefined;
}

export interface V1alpha3DeviceTaintRuleList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1alpha3DeviceTaintRule[];
}

export interface V1alpha3DeviceTaintRuleSpec {
  readonly deviceSelector?: V1alpha3DeviceTaintSelector | undefined;
  readonly taint: V1alpha3DeviceTaint;
}

export interface V1alpha3DeviceTaintRuleStatus {
  readonly conditions?: readonly Condition[] | undefined;
}

export interface V1alpha3DeviceTaintSelector {
  readonly driver?: string | undefined;
  readonly pool?: string | undefined;
  readonly device?: string | undefined;
}

export interface V1alpha3PoolStatus {
  readonly driver: string;
  readonly poolName: string;
  readonly generation: number;
  readonly resourceSliceCount?: number | undefined;
  readonly totalDevices?: number | undefined;
  readonly allocatedDevices?: number | undefined;
  readonly availableDevices?: number | undefined;
  readonly unavailableDevices?: number | undefined;
  readonly nodeName?: string | undefined;
  readonly validationError?: string | undefined;
}

export interface V1alpha3ResourcePoolStatusRequest {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1alpha3ResourcePoolStatusRequestSpec;
  readonly status?: V1alpha3ResourcePoolStatusRequestStatus | undefined;
}

export interface V1alpha3ResourcePoolStatusRequestList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1alpha3ResourcePoolStatusRequest[];
}

export interface V1alpha3ResourcePoolStatusRequestSpec {
  readonly driver: string;
  readonly poolName?: string | undefined;
  readonly limit?: number | undefined;
}

export interface V1alpha3ResourcePoolStatusRequestStatus {
  readonly poolCount: number;
  readonly pools?: readonly V1alpha3PoolStatus[] | undefined;
  readonly conditions?: readonly Condition[] | undefined;
}

export interface V1beta1AllocatedDeviceStatus {
  readonly driver: string;
  readonly pool: string;
  readonly device: string;
  readonly shareID?: string | undefined;
  readonly conditions?: readonly Condition[] | undefined;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
  readonly networkData?: V1beta1NetworkDeviceData | undefined;
}

export type V1beta1AllocationConfigSource = 'FromClass' | 'FromClaim' | (string & {});

export interface V1beta1AllocationResult {
  readonly devices?: V1beta1DeviceAllocationResult | undefined;
  readonly nodeSelector?: NodeSelector | undefined;
  readonly allocationTimestamp?: string | undefined;
}

export interface V1beta1BasicDevice {
  readonly attributes?: Readonly<Record<string, V1beta1DeviceAttribute>> | undefined;
  readonly capacity?: Readonly<Record<string, V1beta1DeviceCapacity>> | undefined;
  readonly consumesCounters?: readonly V1beta1DeviceCounterConsumption[] | undefined;
  readonly nodeName?: string | undefined;
  readonly nodeSelector?: NodeSelector | undefined;
  readonly allNodes?: boolean | undefined;
  readonly taints?: readonly V1beta1DeviceTaint[] | undefined;
  readonly bindsToNode?: boolean | undefined;
  readonly bindingConditions?: readonly string[] | undefined;
  readonly bindingFailureConditions?: readonly string[] | undefined;
  readonly allowMultipleAllocations?: boolean | undefined;
  readonly nodeAllocatableResourceMappings?: Readonly<Record<string, V1beta1NodeAllocatableResourceMapping>> | undefined;
}

export interface V1beta1CELDeviceSelector {
  readonly expression: string;
}

export interface V1beta1CapacityRequestPolicy {
  readonly default?: string | undefined;
  readonly validValues?: readonly string[] | undefined;
  readonly validRange?: V1beta1CapacityRequestPolicyRange | undefined;
}

export interface V1beta1CapacityRequestPolicyRange {
  readonly min: string;
  readonly max?: string | undefined;
  readonly step?: string | undefined;
}

export interface V1beta1CapacityRequirements {
  readonly requests?: Readonly<Record<string, string>> | undefined;
}

export interface V1beta1Counter {
  readonly value: string;
}

export interface V1beta1CounterSet {
  readonly name: string;
  readonly counters: Readonly<Record<string, V1beta1Counter>>;
}

export interface V1beta1Device {
  readonly name: string;
  readonly basic?: V1beta1BasicDevice | undefined;
}

export interface V1beta1DeviceAllocationConfiguration {
  readonly source: V1beta1AllocationConfigSource;
  readonly requests?: readonly string[] | undefined;
  readonly opaque?: V1beta1OpaqueDeviceConfiguration | undefined;
}

export type V1beta1DeviceAllocationMode = 'ExactCount' | 'All' | (string & {});

export interface V1beta1DeviceAllocationResult {
  readonly results?: readonly V1beta1DeviceRequestAllocationResult[] | undefined;
  readonly config?: readonly V1beta1DeviceAllocationConfiguration[] | undefined;
}

export interface V1beta1DeviceAttribute {
  readonly int?: number | undefined;
  readonly bool?: boolean | undefined;
  readonly string?: string | undefined;
  readonly version?: string | undefined;
  readonly ints?: readonly number[] | undefined;
  readonly bools?: readonly boolean[] | undefined;
  readonly strings?: readonly string[] | undefined;
  readonly versions?: readonly string[] | undefined;
}

export interface V1beta1DeviceCapacity {
  readonly value: string;
  readonly requestPolicy?: V1beta1CapacityRequestPolicy | undefined;
}

export interface V1beta1DeviceClaim {
  readonly requests?: readonly V1beta1DeviceRequest[] | undefined;
  readonly constraints?: readonly V1beta1DeviceConstraint[] | undefined;
  readonly config?: readonly V1beta1DeviceClaimConfiguration[] | undefined;
}

export interface V1beta1DeviceClaimConfiguration {
  readonly requests?: readonly string[] | undefined;
  readonly opaque?: V1beta1OpaqueDeviceConfiguration | undefined;
}

export interface V1beta1DeviceClass {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1beta1DeviceClassSpec;
}

export interface V1beta1DeviceClassConfiguration {
  readonly opaque?: V1beta1OpaqueDeviceConfiguration | undefined;
}

export interface V1beta1DeviceClassList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1beta1DeviceClass[];
}

export interface V1beta1DeviceClassSpec {
  readonly selectors?: readonly V1beta1DeviceSelector[] | undefined;
  readonly config?: readonly V1beta1DeviceClassConfiguration[] | undefined;
  readonly extendedResourceName?: string | undefined;
}

export interface V1beta1DeviceConfiguration {
  readonly opaque?: V1beta1OpaqueDeviceConfiguration | undefined;
}

export interface V1beta1DeviceConstraint {
  readonly requests?: readonly string[] | undefined;
  readonly matchAttribute?: V1beta1FullyQualifiedName | undefined;
  readonly distinctAttribute?: V1beta1FullyQualifiedName | undefined;
}

export interface V1beta1DeviceCounterConsumption {
  readonly counterSet: string;
  readonly counters: Readonly<Record<string, V1beta1Counter>>;
}

export interface V1beta1DeviceRequest {
  readonly name: string;
  readonly deviceClassName?: string | undefined;
  readonly selectors?: readonly V1beta1DeviceSelector[] | undefined;
  readonly allocationMode?: V1beta1DeviceAllocationMode | undefined;
  readonly count?: number | undefined;
  readonly adminAccess?: boolean | undefined;
  readonly firstAvailable?: readonly V1beta1DeviceSubRequest[] | undefined;
  readonly tolerations?: readonly V1beta1DeviceToleration[] | undefined;
  readonly capacity?: V1beta1CapacityRequirements | undefined;
}

export interface V1beta1DeviceRequestAllocationResult {
  readonly request: string;
  readonly driver: string;
  readonly pool: string;
  readonly device: string;
  readonly adminAccess?: boolean | undefined;
  readonly tolerations?: readonly V1beta1DeviceToleration[] | undefined;
  readonly bindingConditions?: readonly string[] | undefined;
  readonly bindingFailureConditions?: readonly string[] | undefined;
  readonly shareID?: UID | undefined;
  readonly consumedCapacity?: Readonly<Record<string, string>> | undefined;
}

export interface V1beta1DeviceSelector {
  readonly cel?: V1beta1CELDeviceSelector | undefined;
}

export interface V1beta1DeviceSubRequest {
  readonly name: string;
  readonly deviceClassName: string;
  readonly selectors?: readonly V1beta1DeviceSelector[] | undefined;
  readonly allocationMode?: V1beta1DeviceAllocationMode | undefined;
  readonly count?: number | undefined;
  readonly tolerations?: readonly V1beta1DeviceToleration[] | undefined;
  readonly capacity?: V1beta1CapacityRequirements | undefined;
}

export interface V1beta1DeviceTaint {
  readonly key: string;
  readonly value?: string | undefined;
  readonly effect: V1beta1DeviceTaintEffect;
  readonly timeAdded?: string | undefined;
}

export type V1beta1DeviceTaintEffect = 'None' | 'NoSchedule' | 'NoExecute' | (string & {});

export interface V1beta1DeviceToleration {
  readonly key?: string | undefined;
  readonly operator?: V1beta1DeviceTolerationOperator | undefined;
  readonly value?: string | undefined;
  readonly effect?: V1beta1DeviceTaintEffect | undefined;
  readonly tolerationSeconds?: number | undefined;
}

export type V1beta1DeviceTolerationOperator = 'Exists' | 'Equal' | (string & {});

export type V1beta1FullyQualifiedName = string;

export interface V1beta1NetworkDeviceData {
  readonly interfaceName?: string | undefined;
  readonly ips?: readonly string[] | undefined;
  readonly hardwareAddress?: string | undefined;
}

export interface V1beta1NodeAllocatableResourceMapping {
  readonly capacityKey?: V1beta1QualifiedName | undefined;
  readonly allocationMultiplier?: string | undefined;
}

export interface V1beta1OpaqueDeviceConfiguration {
  readonly driver: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export type V1beta1QualifiedName = string;

export interface V1beta1ResourceClaim {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1beta1ResourceClaimSpec;
  readonly status?: V1beta1ResourceClaimStatus | undefined;
}

export interface V1beta1ResourceClaimConsumerReference {
  readonly apiGroup?: string | undefined;
  readonly resource: string;
  readonly name: string;
  readonly uid: UID;
}

export interface V1beta1ResourceClaimList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1beta1ResourceClaim[];
}

export interface V1beta1ResourceClaimSpec {
  readonly devices?: V1beta1DeviceClaim | undefined;
}

export interface V1beta1ResourceClaimStatus {
  readonly allocation?: V1beta1AllocationResult | undefined;
  readonly reservedFor?: readonly V1beta1ResourceClaimConsumerReference[] | undefined;
  readonly devices?: readonly V1beta1AllocatedDeviceStatus[] | undefined;
}

export interface V1beta1ResourceClaimTemplate {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1beta1ResourceClaimTemplateSpec;
}

export interface V1beta1ResourceClaimTemplateList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1beta1ResourceClaimTemplate[];
}

export interface V1beta1ResourceClaimTemplateSpec {
  readonly metadata?: ObjectMeta | undefined;
  readonly spec: V1beta1ResourceClaimSpec;
}

export interface V1beta1ResourcePool {
  readonly name: string;
  readonly generation: number;
  readonly resourceSliceCount: number;
}

export interface V1beta1ResourceSlice {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1beta1ResourceSliceSpec;
}

export interface V1beta1ResourceSliceList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1beta1ResourceSlice[];
}

export interface V1beta1ResourceSliceSpec {
  readonly driver: string;
  readonly pool: V1beta1ResourcePool;
  readonly nodeName?: string | undefined;
  readonly nodeSelector?: NodeSelector | undefined;
  readonly allNodes?: boolean | undefined;
  readonly devices?: readonly V1beta1Device[] | undefined;
  readonly perDeviceNodeSelection?: boolean | undefined;
  readonly sharedCounters?: readonly V1beta1CounterSet[] | undefined;
}

export interface V1beta2AllocatedDeviceStatus {
  readonly driver: string;
  readonly pool: string;
  readonly device: string;
  readonly shareID?: string | undefined;
  readonly conditions?: readonly Condition[] | undefined;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
  readonly networkData?: V1beta2NetworkDeviceData | undefined;
}

export type V1beta2AllocationConfigSource = 'FromClass' | 'FromClaim' | (string & {});

export interface V1beta2AllocationResult {
  readonly devices?: V1beta2DeviceAllocationResult | undefined;
  readonly nodeSelector?: NodeSelector | undefined;
  readonly allocationTimestamp?: string | undefined;
}

export interface V1beta2CELDeviceSelector {
  readonly expression: string;
}

export interface V1beta2CapacityRequestPolicy {
  readonly default?: string | undefined;
  readonly validValues?: readonly string[] | undefined;
  readonly validRange?: V1beta2CapacityRequestPolicyRange | undefined;
}

export interface V1beta2CapacityRequestPolicyRange {
  readonly min: string;
  readonly max?: string | undefined;
  readonly step?: string | undefined;
}

export interface V1beta2CapacityRequirements {
  readonly requests?: Readonly<Record<string, string>> | undefined;
}

export interface V1beta2Counter {
  readonly value: string;
}

export interface V1beta2CounterSet {
  readonly name: string;
  readonly counters: Readonly<Record<string, V1beta2Counter>>;
}

export interface V1beta2Device {
  readonly name: string;
  readonly attributes?: Readonly<Record<string, V1beta2DeviceAttribute>> | undefined;
  readonly capacity?: Readonly<Record<string, V1beta2DeviceCapacity>> | undefined;
  readonly consumesCounters?: readonly V1beta2DeviceCounterConsumption[] | undefined;
  readonly nodeName?: string | undefined;
  readonly nodeSelector?: NodeSelector | undefined;
  readonly allNodes?: boolean | undefined;
  readonly taints?: readonly V1beta2DeviceTaint[] | undefined;
  readonly bindsToNode?: boolean | undefined;
  readonly bindingConditions?: readonly string[] | undefined;
  readonly bindingFailureConditions?: readonly string[] | undefined;
  readonly allowMultipleAllocations?: boolean | undefined;
  readonly nodeAllocatableResourceMappings?: Readonly<Record<string, V1beta2NodeAllocatableResourceMapping>> | undefined;
}

export interface V1beta2DeviceAllocationConfiguration {
  readonly source: V1beta2AllocationConfigSource;
  readonly requests?: readonly string[] | undefined;
  readonly opaque?: V1beta2OpaqueDeviceConfiguration | undefined;
}

export type V1beta2DeviceAllocationMode = 'ExactCount' | 'All' | (string & {});

export interface V1beta2DeviceAllocationResult {
  readonly results?: readonly V1beta2DeviceRequestAllocationResult[] | undefined;
  readonly config?: readonly V1beta2DeviceAllocationConfiguration[] | undefined;
}

export interface V1beta2DeviceAttribute {
  readonly int?: number | undefined;
  readonly bool?: boolean | undefined;
  readonly string?: string | undefined;
  readonly version?: string | undefined;
  readonly ints?: readonly number[] | undefined;
  readonly bools?: readonly boolean[] | undefined;
  readonly strings?: readonly string[] | undefined;
  readonly versions?: readonly string[] | undefined;
}

export interface V1beta2DeviceCapacity {
  readonly value: string;
  readonly requestPolicy?: V1beta2CapacityRequestPolicy | undefined;
}

export interface V1beta2DeviceClaim {
  readonly requests?: readonly V1beta2DeviceRequest[] | undefined;
  readonly constraints?: readonly V1beta2DeviceConstraint[] | undefined;
  readonly config?: readonly V1beta2DeviceClaimConfiguration[] | undefined;
}

export interface V1beta2DeviceClaimConfiguration {
  readonly requests?: readonly string[] | undefined;
  readonly opaque?: V1beta2OpaqueDeviceConfiguration | undefined;
}

export interface V1beta2DeviceClass {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1beta2DeviceClassSpec;
}

export interface V1beta2DeviceClassConfiguration {
  readonly opaque?: V1beta2OpaqueDeviceConfiguration | undefined;
}

export interface V1beta2DeviceClassList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1beta2DeviceClass[];
}

export interface V1beta2DeviceClassSpec {
  readonly selectors?: readonly V1beta2DeviceSelector[] | undefined;
  readonly config?: readonly V1beta2DeviceClassConfiguration[] | undefined;
  readonly extendedResourceName?: string | undefined;
}

export interface V1beta2DeviceConfiguration {
  readonly opaque?: V1beta2OpaqueDeviceConfiguration | undefined;
}

export interface V1beta2DeviceConstraint {
  readonly requests?: readonly string[] | undefined;
  readonly matchAttribute?: V1beta2FullyQualifiedName | undefined;
  readonly distinctAttribute?: V1beta2FullyQualifiedName | undefined;
}

export interface V1beta2DeviceCounterConsumption {
  readonly counterSet: string;
  readonly counters: Readonly<Record<string, V1beta2Counter>>;
}

export interface V1beta2DeviceRequest {
  readonly name: string;
  readonly exactly?: V1beta2ExactDeviceRequest | undefined;
  readonly firstAvailable?: readonly V1beta2DeviceSubRequest[] | undefined;
}

export interface V1beta2DeviceRequestAllocationResult {
  readonly request: string;
  readonly driver: string;
  readonly pool: string;
  readonly device: string;
  readonly adminAccess?: boolean | undefined;
  readonly tolerations?: readonly V1beta2DeviceToleration[] | undefined;
  readonly bindingConditions?: readonly string[] | undefined;
  readonly bindingFailureConditions?: readonly string[] | undefined;
  readonly shareID?: UID | undefined;
  readonly consumedCapacity?: Readonly<Record<string, string>> | undefined;
}

export interface V1beta2DeviceSelector {
  readonly cel?: V1beta2CELDeviceSelector | undefined;
}

export interface V1beta2DeviceSubRequest {
  readonly name: string;
  readonly deviceClassName: string;
  readonly selectors?: readonly V1beta2DeviceSelector[] | undefined;
  readonly allocationMode?: V1beta2DeviceAllocationMode | undefined;
  readonly count?: number | undefined;
  readonly tolerations?: readonly V1beta2DeviceToleration[] | undefined;
  readonly capacity?: V1beta2CapacityRequirements | undefined;
}

export interface V1beta2DeviceTaint {
  readonly key: string;
  readonly value?: string | undefined;
  readonly effect: V1beta2DeviceTaintEffect;
  readonly timeAdded?: string | undefined;
}

export type V1beta2DeviceTaintEffect = 'None' | 'NoSchedule' | 'NoExecute' | (string & {});

export interface V1beta2DeviceTaintRule {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1beta2DeviceTaintRuleSpec;
  readonly status?: V1beta2DeviceTaintRuleStatus | undefined;
}

export interface V1beta2DeviceTaintRuleList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1beta2DeviceTaintRule[];
}

export interface V1beta2DeviceTaintRuleSpec {
  readonly deviceSelector?: V1beta2DeviceTaintSelector | undefined;
  readonly taint: V1beta2DeviceTaint;
}

export interface V1beta2DeviceTaintRuleStatus {
  readonly conditions?: readonly Condition[] | undefined;
}

export interface V1beta2DeviceTaintSelector {
  readonly driver?: string | undefined;
  readonly pool?: string | undefined;
  readonly device?: string | undefined;
}

export interface V1beta2DeviceToleration {
  readonly key?: string | undefined;
  readonly operator?: V1beta2DeviceTolerationOperator | undefined;
  readonly value?: string | undefined;
  readonly effect?: V1beta2DeviceTaintEffect | undefined;
  readonly tolerationSeconds?: number | undefined;
}

export type V1beta2DeviceTolerationOperator = 'Exists' | 'Equal' | (string & {});

export interface V1beta2ExactDeviceRequest {
  readonly deviceClassName: string;
  readonly selectors?: readonly V1beta2DeviceSelector[] | undefined;
  readonly allocationMode?: V1beta2DeviceAllocationMode | undefined;
  readonly count?: number | undefined;
  readonly adminAccess?: boolean | undefined;
  readonly tolerations?: readonly V1beta2DeviceToleration[] | undefined;
  readonly capacity?: V1beta2CapacityRequirements | undefined;
}

export type V1beta2FullyQualifiedName = string;

export interface V1beta2NetworkDeviceData {
  readonly interfaceName?: string | undefined;
  readonly ips?: readonly string[] | undefined;
  readonly hardwareAddress?: string | undefined;
}

export interface V1beta2NodeAllocatableResourceMapping {
  readonly capacityKey?: V1beta2QualifiedName | undefined;
  readonly allocationMultiplier?: string | undefined;
}

export interface V1beta2OpaqueDeviceConfiguration {
  readonly driver: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export type V1beta2QualifiedName = string;

export interface V1beta2ResourceClaim {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1beta2ResourceClaimSpec;
  readonly status?: V1beta2ResourceClaimStatus | undefined;
}

export interface V1beta2ResourceClaimConsumerReference {
  readonly apiGroup?: string | undefined;
  readonly resource: string;
  readonly name: string;
  readonly uid: UID;
}

export interface V1beta2ResourceClaimList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1beta2ResourceClaim[];
}

export interface V1beta2ResourceClaimSpec {
  readonly devices?: V1beta2DeviceClaim | undefined;
}

export interface V1beta2ResourceClaimStatus {
  readonly allocation?: V1beta2AllocationResult | undefined;
  readonly reservedFor?: readonly V1beta2ResourceClaimConsumerReference[] | undefined;
  readonly devices?: readonly V1beta2AllocatedDeviceStatus[] | undefined;
}

export interface V1beta2ResourceClaimTemplate {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1beta2ResourceClaimTemplateSpec;
}

export interface V1beta2ResourceClaimTemplateList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1beta2ResourceClaimTemplate[];
}

export interface V1beta2ResourceClaimTemplateSpec {
  readonly metadata?: ObjectMeta | undefined;
  readonly spec: V1beta2ResourceClaimSpec;
}

export interface V1beta2ResourcePool {
  readonly name: string;
  readonly generation: number;
  readonly resourceSliceCount: number;
}

export interface V1beta2ResourceSlice {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1beta2ResourceSliceSpec;
}

export interface V1beta2ResourceSliceList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1beta2ResourceSlice[];
}

export interface V1beta2ResourceSliceSpec {
  readonly driver: string;
  readonly pool: V1beta2ResourcePool;
  readonly nodeName?: string | undefined;
  readonly nodeSelector?: NodeSelector | undefined;
  readonly allNodes?: boolean | undefined;
  readonly devices?: readonly V1beta2Device[] | undefined;
  readonly perDeviceNodeSelection?: boolean | undefined;
  readonly sharedCounters?: readonly V1beta2CounterSet[] | undefined;
}
