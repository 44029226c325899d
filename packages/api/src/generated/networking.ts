// Generated from facts/ by generator/. To change it, change those and run: npm run generate
import type { Protocol, TypedLocalObjectReference } from './core.ts';
import type { Condition, LabelSelector, ListMeta, ObjectMeta } from './meta.ts';

export interface HTTPIngressPath {
  readonly path?: string | undefined;
  readonly pathType: PathType;
  readonly backend: IngressBackend;
}

export interface HTTPIngressRuleValue {
  readonly paths: readonly HTTPIngressPath[];
}

export interface IPAddress {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: IPAddressSpec;
}

export interface IPAddressList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly IPAddress[];
}

export interface IPAddressSpec {
  readonly parentRef: ParentReference;
}

export interface IPBlock {
  readonly cidr: string;
  readonly except?: readonly string[] | undefined;
}

export interface Ingress {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: IngressSpec;
  readonly status?: IngressStatus | undefined;
}

export interface IngressBackend {
  readonly service?: IngressServiceBackend | undefined;
  readonly resource?: TypedLocalObjectReference | undefined;
}

export interface IngressClass {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: IngressClassSpec;
}

export interface IngressClassList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly IngressClass[];
}

export interface IngressClassParametersReference {
  readonly apiGroup?: string | undefined;
  readonly kind: string;
  readonly name: string;
  readonly scope?: string | undefined;
  readonly namespace?: string | undefined;
}

export interface IngressClassSpec {
  readonly controller?: string | undefined;
  readonly parameters?: IngressClassParametersReference | undefined;
}

export interface IngressList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly Ingress[];
}

export interface IngressLoadBalancerIngress {
  readonly ip?: string | undefined;
  readonly hostname?: string | undefined;
  readonly ports?: readonly IngressPortStatus[] | undefined;
}

export interface IngressLoadBalancerStatus {
  readonly ingress?: readonly IngressLoadBalancerIngress[] | undefined;
}

export interface IngressPortStatus {
  readonly port: number;
  readonly protocol: Protocol;
  readonly error?: string | undefined;
}

export interface IngressRule {
  readonly host?: string | undefined;
  readonly http?: HTTPIngressRuleValue | undefined;
}

export interface IngressRuleValue {
  readonly http?: HTTPIngressRuleValue | undefined;
}

export interface IngressServiceBackend {
  readonly name: string;
  readonly port?: ServiceBackendPort | undefined;
}

export interface IngressSpec {
  readonly ingressClassName?: string | undefined;
  readonly defaultBackend?: IngressBackend | undefined;
  readonly tls?: readonly IngressTLS[] | undefined;
  readonly rules?: readonly IngressRule[] | undefined;
}

export interface IngressStatus {
  readonly loadBalancer?: IngressLoadBalancerStatus | undefined;
}

export interface IngressTLS {
  readonly hosts?: readonly string[] | undefined;
  readonly secretName?: string | undefined;
}

export interface NetworkPolicy {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: NetworkPolicySpec;
}

export interface NetworkPolicyEgressRule {
  readonly ports?: readonly NetworkPolicyPort[] | undefined;
  readonly to?: readonly NetworkPolicyPeer[] | undefined;
}

export interface NetworkPolicyIngressRule {
  readonly ports?: readonly NetworkPolicyPort[] | undefined;
  readonly from?: readonly NetworkPolicyPeer[] | undefined;
}

export interface NetworkPolicyList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly NetworkPolicy[];
}

export interface NetworkPolicyPeer {
  readonly podSelector?: LabelSelector | undefined;
  readonly namespaceSelector?: LabelSelector | undefined;
  readonly ipBlock?: IPBlock | undefined;
}

export interface NetworkPolicyPort {
  readonly protocol?: Protocol | undefined;
  readonly port?: number | string | undefined;
  readonly endPort?: number | undefined;
}

export interface NetworkPolicySpec {
  readonly podSelector?: LabelSelector | undefined;
  readonly ingress?: readonly NetworkPolicyIngressRule[] | undefined;
  readonly egress?: readonly NetworkPolicyEgressRule[] | undefined;
  readonly policyTypes?: readonly PolicyType[] | undefined;
}

export interface ParentReference {
  readonly group?: string | undefined;
  readonly resource: string;
  readonly namespace?: string | undefined;
  readonly name: string;
}

export type PathType = 'Exact' | 'Prefix' | 'ImplementationSpecific' | (string & {});

export type PolicyType = 'Ingress' | 'Egress' | (string & {});

export interface ServiceBackendPort {
  readonly name?: string | undefined;
  readonly number?: number | undefined;
}

export interface ServiceCIDR {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: ServiceCIDRSpec;
  readonly status?: ServiceCIDRStatus | undefined;
}

export interface ServiceCIDRList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly ServiceCIDR[];
}

export interface ServiceCIDRSpec {
  readonly cidrs?: readonly string[] | undefined;
}

export interface ServiceCIDRStatus {
  readonly conditions?: readonly Condition[] | undefined;
}

export interface V1beta1HTTPIngressPath {
  readonly path?: string | undefined;
  readonly pathType?: V1beta1PathType | undefined;
  readonly backend: V1beta1IngressBackend;
}

export interface V1beta1HTTPIngressRuleValue {
  readonly paths: readonly V1beta1HTTPIngressPath[];
}

export interface V1beta1IPAddress {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1beta1IPAddressSpec;
}

export interface V1beta1IPAddressList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1beta1IPAddress[];
}

export interface V1beta1IPAddressSpec {
  readonly parentRef: V1beta1ParentReference;
}

export interface V1beta1Ingress {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1beta1IngressSpec;
  readonly status?: V1beta1IngressStatus | undefined;
}

export interface V1beta1IngressBackend {
  readonly serviceName?: string | undefined;
  readonly servicePort?: number | string | undefined;
  readonly resource?: TypedLocalObjectReference | undefined;
}

export interface V1beta1IngressClass {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1beta1IngressClassSpec;
}

export interface V1beta1IngressClassList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1beta1IngressClass[];
}

export interface V1beta1IngressClassParametersReference {
  readonly apiGroup?: string | undefined;
  readonly kind: string;
  readonly name: string;
  readonly scope: string;
  readonly namespace?: string | undefined;
}

export interface V1beta1IngressClassSpec {
  readonly controller?: string | undefined;
  readonly parameters?: V1beta1IngressClassParametersReference | undefined;
}

export interface V1beta1IngressList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1beta1Ingress[];
}

export interface V1beta1IngressLoadBalancerIngress {
  readonly ip?: string | undefined;
  readonly hostname?: string | undefined;
  readonly ports?: readonly V1beta1IngressPortStatus[] | undefined;
}

export interface V1beta1IngressLoadBalancerStatus {
  readonly ingress?: readonly V1beta1IngressLoadBalancerIngress[] | undefined;
}

export interface V1beta1IngressPortStatus {
  readonly port: number;
  readonly protocol: Protocol;
  readonly error?: string | undefined;
}

export interface V1beta1IngressRule {
  readonly host?: string | undefined;
  readonly http?: V1beta1HTTPIngressRuleValue | undefined;
}

export interface V1beta1IngressRuleValue {
  readonly http?: V1beta1HTTPIngressRuleValue | undefined;
}

export interface V1beta1IngressSpec {
  readonly ingressClassName?: string | undefined;
  readonly backend?: V1beta1IngressBackend | undefined;
  readonly tls?: readonly V1beta1IngressTLS[] | undefined;
  readonly rules?: readonly V1beta1IngressRule[] | undefined;
}

export interface V1beta1IngressStatus {
  readonly loadBalancer?: V1beta1IngressLoadBalancerStatus | undefined;
}

export interface V1beta1IngressTLS {
  readonly hosts?: readonly string[] | undefined;
  readonly secretName?: string | undefined;
}

export interface V1beta1ParentReference {
  readonly group?: string | undefined;
  readonly resource: string;
  readonly namespace?: string | undefined;
  readonly name: string;
}

export type V1beta1PathType = 'Exact' | 'Prefix' | 'ImplementationSpecific' | (string & {});

export interface V1beta1ServiceCIDR {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ObjectMeta;
  readonly spec: V1beta1ServiceCIDRSpec;
  readonly status?: V1beta1ServiceCIDRStatus | undefined;
}

export interface V1beta1ServiceCIDRList {
  readonly kind?: string | undefined;
  readonly apiVersion?: string | undefined;
  readonly metadata: ListMeta;
  readonly items: readonly V1beta1ServiceCIDR[];
}

export interface V1beta1ServiceCIDRSpec {
  readonly cidrs?: readonly string[] | undefined;
}

export interface V1beta1ServiceCIDRStatus {
  readonly conditions?: readonly Condition[] | undefined;
}
