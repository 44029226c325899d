/**
 * The feature gates that a v1.36 component knows, and what `--feature-gates` may do with them.
 * Source of names, stages and defaults: the versioned gate tables of Kubernetes v1.36.
 */
import { FlagError } from './flag-error.ts';

export type GateStage = 'ALPHA' | 'BETA' | '' | 'DEPRECATED';

export interface FeatureGate {
  /** Upstream's word for it in metrics; empty is generally available. */
  readonly stage: GateStage;
  readonly on: boolean;
  /** Nobody may change it any more. */
  readonly locked: boolean;
}

const KNOWN: readonly (readonly [gate: FeatureGate, names: string])[] = [
  [
    { stage: 'ALPHA', on: false, locked: false },
    `APIServingWithRoutine AllowUnsafeMalformedObjectDeletion CBORServingAndStorage CPUManagerPolicyAlphaOptions
    CRIListStreaming CSIVolumeHealth ClientsAllowCBOR ClientsPreferCBOR CloudControllerManagerWatchBasedRoutesReconciliation
    CloudControllerManagerWebhook ContainerStopSignals CrossNamespaceVolumeDataSource DRAListTypeAttributes
    DRANodeAllocatableResources DRAResourcePoolStatus DRAWorkloadResourceClaims EventedPLEG GangScheduling GenericWorkload
    HPAScaleToZero ImageVolumeWithDigest InPlacePodVerticalScalingExclusiveCPUs InPlacePodVerticalScalingExclusiveMemory
    KubeletInUserNamespace LoggingAlphaOptions ManifestBasedAdmissionControlConfig MemoryQoS MutablePVNodeAffinity
    PersistentVolumeClaimUnusedSinceTime PodAndContainerStatsFromCRI PodLevelResourceManagers PodLogsQuerySplitStreams PodsAPI
    QOSReserved ReduceDefaultCrashLoopBackOffDecay RuntimeClassInImageCriAPI ShardedListAndWatch StorageCapacityScoring
    StorageVersionAPI TaintTolerationComparisonOperators TopologyAwareWorkloadScheduling TopologyManagerPolicyAlphaOptions
    UserNamespacesHostNetworkSupport VolumeLimitScaling WindowsCPUAndMemoryAffinity WorkloadAwarePreemption WorkloadWithJob`,
  ],
  [
    { stage: 'BETA', on: false, locked: false },
    `ClusterTrustBundle ClusterTrustBundleProjection ConcurrentWatchObjectDecode CoordinatedLeaderElection DRADeviceTaintRules
    LocalStorageCapacityIsolationFSQuotaMonitoring MaxUnavailableStatefulSet PodCertificateRequest SELinuxMount
    SchedulerAsyncAPICalls StorageVersionMigrator`,
  ],
  [
    { stage: 'BETA', on: true, locked: false },
    `APIResponseCompression APIServerIdentity AllowParsingUserUIDFromCertAuth AtomicFIFO
    AuthorizePodWebsocketUpgradeCreatePermission CPUManagerPolicyBetaOptions CRDObservedGenerationTracking
    ClearingNominatedNodeNameAfterBinding ComponentFlagz ComponentStatusz ConstrainedImpersonation ContainerCheckpoint
    ContainerRestartRules ContextualLogging DRAConsumableCapacity DRADeviceBindingConditions DRADeviceTaints
    DRAExtendedResource DRAPartitionableDevices DRAResourceClaimDeviceStatus DRAResourceClaimGranularStatusAuthorization
    DRASchedulerFilterTimeout DeclarativeValidationBeta DeploymentReplicaSetTerminatingReplicas DetectCacheInconsistency
    EnvFiles ExtendWebSocketsToKubelet GracefulNodeShutdown GracefulNodeShutdownBasedOnPodPriority HPAConfigurableTolerance
    HostnameOverride InOrderInformers InPlacePodLevelResourcesVerticalScaling InPlacePodVerticalScalingInitContainers
    InformerResourceVersion KubeletCrashLoopBackOffMax KubeletEnsureSecretPulledImages KubeletSeparateDiskGC
    KubeletServiceAccountTokenForCredentialProviders ListFromCacheSnapshot LoggingBetaOptions
    MatchLabelKeysInPodTopologySpread MatchLabelKeysInPodTopologySpreadSelectorMerge MutablePodResourcesForSuspendedJobs
    MutableSchedulingDirectivesForSuspendedJobs NodeDeclaredFeatures NominatedNodeNameForExpectation OpenAPIEnums
    OpportunisticBatching PLEGOnDemandRelist PodDeletionCost PodLevelResources PodReadyToStartContainersCondition
    PodTopologyLabelsAdmission PortForwardWebsockets PreventStaticPodAPIReferences RelaxedServiceNameValidation
    ReloadKubeletClientCAFile ReloadKubeletServerCertificateFile RemoteRequestHeaderUID ResourceHealthStatus
    ResourceHealthStatusMessage RestartAllContainersOnContainerExits RotateKubeletServerCertificate SchedulerAsyncPreemption
    SchedulerPopFromBackoffQ ServiceAccountNodeAudienceRestriction SizeBasedListCostEstimate
    StaleControllerConsistencyDaemonSet StaleControllerConsistencyJob StaleControllerConsistencyReplicaSet
    StaleControllerConsistencyStatefulSet StatefulSetSemanticRevisionComparison StorageVersionHash StrictIPCIDRValidation
    StructuredAuthenticationConfigurationEgressSelector StructuredAuthenticationConfigurationJWKSMetrics
    TokenRequestServiceAccountUIDValidation TopologyManagerPolicyBetaOptions TranslateStreamCloseWebsocketRequests
    UnauthenticatedHTTP2DOSMitigation UnknownVersionInteroperabilityProxy WatchCacheInitializationPostStartHook WatchList
    WatchListClient WindowsGracefulNodeShutdown`,
  ],
  [
    { stage: '', on: true, locked: false },
    'AllowServiceExternalIPs CPUCFSQuotaPeriod DRAPrioritizedList MutatingAdmissionPolicy',
  ],
  [
    { stage: '', on: true, locked: true },
    `APIServerTracing AnonymousAuthConfigurableEndpoints AuthorizeNodeWithSelectors AuthorizeWithSelectors BtreeWatchCache
    CPUManagerPolicyOptions CRDValidationRatcheting CSIServiceAccountTokenSecrets ConsistentListFromCache
    CustomResourceFieldSelectors DRAAdminAccess DeclarativeValidation DisableAllocatorDualWrite DynamicResourceAllocation
    ExecProbeTimeout ExternalServiceAccountTokenSigner ImageMaximumGCAge ImageVolume InPlacePodVerticalScaling
    JobBackoffLimitPerIndex JobManagedBy JobPodReplacementPolicy JobSuccessPolicy KubeletCgroupDriverFromCRI
    KubeletFineGrainedAuthz KubeletPSI KubeletPodResourcesDynamicResources KubeletPodResourcesGet KubeletTracing
    LogarithmicScaleDown MatchLabelKeysInPodAffinity MultiCIDRServiceAllocator MutableCSINodeAllocatableCount
    NFTablesProxyMode NodeInclusionPolicyInPodTopologySpread NodeLogQuery NodeSwap OrderedNamespaceDeletion
    PodLifecycleSleepAction PodLifecycleSleepActionAllowZero PodObservedGenerationTracking PodSchedulingReadiness
    PreferSameTrafficDistribution ProcMountType RecoverVolumeExpansionFailure RecursiveReadOnlyMounts
    RelaxedDNSSearchValidation RelaxedEnvironmentVariableValidation ResilientWatchCacheInitialization RetryGenerateName
    SELinuxChangePolicy SELinuxMountReadWriteOncePod SeparateTaintEvictionController ServiceAccountTokenJTI
    ServiceAccountTokenNodeBinding ServiceAccountTokenNodeBindingValidation ServiceAccountTokenPodNodeInfo
    StreamingCollectionEncodingToJSON StreamingCollectionEncodingToProtobuf SupplementalGroupsPolicy SystemdWatchdog
    TopologyManagerPolicyOptions UserNamespacesSupport VolumeAttributesClass WinDSR WinOverlay`,
  ],
  [
    { stage: 'DEPRECATED', on: false, locked: false },
    `AllowDNSOnlyNodeCSR AllowInsecureKubeletCertificateSigningRequests ChangeContainerStatusOnKubeletRestart
    DeclarativeValidationTakeover KMSv1 KubeletRegistrationGetOnExistsOnly WindowsHostNetwork`,
  ],
  [
    { stage: 'DEPRECATED', on: true, locked: false },
    `DisableCPUQuotaWithExclusiveCPUs KubeletPodResourcesListUseActivePods ServiceCIDRStatusFieldWiping StorageNamespaceIndex`,
  ],
  [
    { stage: 'DEPRECATED', on: false, locked: true },
    'AllowOverwriteTerminationGracePeriodSeconds GitRepoVolumeDriver SeparateCacheWatchRPC',
  ],
  [{ stage: 'DEPRECATED', on: true, locked: true }, 'AggregatedDiscoveryRemoveBetaType DisableNodeKubeProxyVersion'],
];

/** Every gate by its name. */
export const FEATURE_GATES: ReadonlyMap<string, FeatureGate> = new Map(
  KNOWN.flatMap(([gate, names]) => names.split(/\s+/).map((name) => [name, gate] as const)),
);

/** Switches that stand for all gates of a stage. */
const ALL: Readonly<Record<string, GateStage>> = { AllAlpha: 'ALPHA', AllBeta: 'BETA' };
const TRUE = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

/** What the gates are set to. */
export interface FeatureGates {
  /** False for names that nobody knows. */
  enabled(name: string): boolean;
  readonly gates: ReadonlyMap<string, FeatureGate>;
}

/** The gates as a `--feature-gates` flag sets them. Throws FlagError with upstream's words. */
export function featureGatesOf(flag: ReadonlyMap<string, string>): FeatureGates {
  const chosen = new Map<string, boolean>();
  for (const [name, text] of flag) chosen.set(name, booleanOf(name, text));
  const gates = new Map(FEATURE_GATES);
  for (const [name, stage] of Object.entries(ALL)) {
    const on = chosen.get(name);
    if (on === undefined) continue;
    for (const [gateName, gate] of FEATURE_GATES)
      if (gate.stage === stage && !gate.locked) gates.set(gateName, { ...gate, on });
  }
  for (const [name, on] of chosen) {
    if (ALL[name] !== undefined) continue;
    const gate = FEATURE_GATES.get(name);
    if (gate === undefined) throw new FlagError('invalid-value', refusal(flag, `unrecognized feature gate: ${name}`));
    if (gate.locked && gate.on !== on)
      throw new FlagError(
        'invalid-value',
        refusal(flag, `cannot set feature gate ${name} to ${on}, feature is locked to ${gate.on}`),
      );
    gates.set(name, { ...gate, on });
  }
  return { gates, enabled: (name) => gates.get(name)?.on ?? false };
}

function booleanOf(name: string, text: string): boolean {
  if (TRUE.has(text)) return true;
  if (FALSE.has(text)) return false;
  const why =
    text === ''
      ? `missing bool value for ${name}`
      : `invalid value of ${name}=${text}, err: strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`;
  throw new FlagError('invalid-value', `invalid argument "${name}=${text}" for "--feature-gates" flag: ${why}`);
}

function refusal(flag: ReadonlyMap<string, string>, why: string): string {
  const given = [...flag].map(([name, text]) => `${name}=${text}`).join(',');
  return `invalid argument ${JSON.stringify(given)} for "--feature-gates" flag: ${why}`;
}
