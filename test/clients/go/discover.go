package main

import (
	"context"
	"strings"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/openapi3"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/scale"
	"k8s.io/client-go/util/retry"
)

var discoveryChecks = []check{
	{name: "discovery: aggregated and by group agree", run: discoveries},
	{name: "discovery: kinds, short names and resources map to each other", run: mapping},
	{name: "discovery: OpenAPI v2 and v3 describe the kinds", run: openAPI},
	{name: "scale client: any kind with a scale subresource, by discovery", run: scaling},
}

func resourceNames(lists []*metav1.APIResourceList) map[string]bool {
	names := map[string]bool{}
	for _, list := range lists {
		for _, resource := range list.APIResources {
			names[list.GroupVersion+" "+resource.Name+" "+resource.Kind+" "+strings.Join(resource.Verbs, ",")] = true
		}
	}
	return names
}

func discoveries(_ context.Context, c *cluster) error {
	client, err := discovery.NewDiscoveryClientForConfig(c.config)
	if err != nil {
		return err
	}
	version, err := client.ServerVersion()
	if err != nil {
		return err
	}
	_, aggregated, err := client.ServerGroupsAndResources()
	if err != nil {
		return err
	}
	legacy := discovery.NewDiscoveryClientForConfigOrDie(c.config)
	legacy.UseLegacyDiscovery = true
	_, byGroup, err := legacy.ServerGroupsAndResources()
	if err != nil {
		return err
	}
	preferred, err := client.ServerPreferredNamespacedResources()
	if err != nil {
		return err
	}
	names := resourceNames(aggregated)
	return first(
		expect("the major version", version.Major, "1"),
		expect("resources by both ways", resourceNames(byGroup), names),
		expect("some resources", len(names) > 100, true),
		expect("some are namespaced", len(preferred) > 5, true),
		discovery.ServerSupportsVersion(client, schema.GroupVersion{Group: "apps", Version: "v1"}),
	)
}

func mapping(_ context.Context, c *cluster) error {
	cached := memory.NewMemCacheClient(c.typed.Discovery())
	mapper := restmapper.NewShortcutExpander(restmapper.NewDeferredDiscoveryRESTMapper(cached), cached, nil)
	deployment, err := mapper.RESTMapping(schema.GroupKind{Group: "apps", Kind: "Deployment"})
	if err != nil {
		return err
	}
	short, err := mapper.ResourceFor(schema.GroupVersionResource{Resource: "po"})
	if err != nil {
		return err
	}
	singular, err := mapper.KindFor(schema.GroupVersionResource{Resource: "ingress"})
	if err != nil {
		return err
	}
	all, found := restmapper.NewDiscoveryCategoryExpander(cached).Expand("all")
	return first(
		expect("the resource of deployments", deployment.Resource.Resource, "deployments"),
		expect("their scope", string(deployment.Scope.Name()), "namespace"),
		expect("the short name po", short, corev1.SchemeGroupVersion.WithResource("pods")),
		expect("the kind of ingress", singular.Kind, "Ingress"),
		expect("the category all", found && len(all) > 5, true))
}

func openAPI(_ context.Context, c *cluster) error {
	document, err := c.typed.Discovery().OpenAPISchema()
	if err != nil {
		return err
	}
	found := false
	for _, definition := range document.GetDefinitions().GetAdditionalProperties() {
		found = found || definition.GetName() == "io.k8s.api.core.v1.Pod"
	}
	root := openapi3.NewRoot(c.typed.Discovery().OpenAPIV3())
	apps, err := root.GVSpec(schema.GroupVersion{Group: "apps", Version: "v1"})
	if err != nil {
		return err
	}
	versions, err := root.GroupVersions()
	if err != nil {
		return err
	}
	_, described := apps.Components.Schemas["io.k8s.api.apps.v1.Deployment"]
	return first(
		expect("pods in version 2", found, true),
		expect("deployments in version 3", described, true),
		expect("the path of deployments", apps.Paths.Paths["/apis/apps/v1/namespaces/{namespace}/deployments"] != nil, true),
		expect("groups of version 3", len(versions) > 15, true))
}

func scaling(ctx context.Context, c *cluster) error {
	cached := memory.NewMemCacheClient(c.typed.Discovery())
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(cached)
	client, err := scale.NewForConfig(c.config, mapper, dynamic.LegacyAPIPathResolverFunc, scale.NewDiscoveryScaleKindResolver(c.typed.Discovery()))
	if err != nil {
		return err
	}
	if _, err := c.typed.AppsV1().Deployments(c.namespace).Create(ctx, webDeployment(c.image, 1), metav1.CreateOptions{}); err != nil {
		return err
	}
	resource := schema.GroupResource{Group: "apps", Resource: "deployments"}
	var updated *autoscalingv1.Scale
	if err := retry.RetryOnConflict(retry.DefaultBackoff, func() error { // The controller writes the deployment's status.
		current, err := client.Scales(c.namespace).Get(ctx, resource, "web", metav1.GetOptions{})
		if err != nil {
			return err
		}
		current.Spec.Replicas = 0
		updated, err = client.Scales(c.namespace).Update(ctx, resource, current, metav1.UpdateOptions{})
		return err
	}); err != nil {
		return err
	}
	patched, err := client.Scales(c.namespace).Patch(ctx, resource.WithVersion("v1"), "web", types.MergePatchType, []byte(`{"spec":{"replicas":3}}`), metav1.PatchOptions{})
	if err != nil {
		return err
	}
	read, err := c.typed.AppsV1().Deployments(c.namespace).GetScale(ctx, "web", metav1.GetOptions{})
	return first(err,
		expect("the scale after an update", updated.Spec.Replicas, int32(0)),
		expect("the scale after a patch", patched.Spec.Replicas, int32(3)),
		expect("the scale by the typed client", read.Spec, autoscalingv1.ScaleSpec{Replicas: 3}))
}
