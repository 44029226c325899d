package main

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/tools/cache"
)

var (
	configMaps  = corev1.SchemeGroupVersion.WithResource("configmaps")
	deployments = appsv1.SchemeGroupVersion.WithResource("deployments")
)

var dynamicChecks = []check{
	{name: "dynamic client: objects without types from create to delete", run: dynamicLife},
	{name: "dynamic client: subresources", run: dynamicSubresources},
	{name: "dynamic client: informers", run: dynamicInformers},
	{name: "dynamic client: strict validation refuses unknown fields by name", run: strictValidation},
}

func untypedConfigMap(name string, data map[string]any) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": name}, "data": data,
	}}
}

func (c *cluster) untypedMaps() dynamic.ResourceInterface {
	return c.dynamic.Resource(configMaps).Namespace(c.namespace)
}

func dynamicLife(ctx context.Context, c *cluster) error {
	maps := c.untypedMaps()
	made, err := maps.Create(ctx, untypedConfigMap("untyped", map[string]any{"a": "1"}), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	_ = unstructured.SetNestedField(made.Object, "2", "data", "b")
	if _, err := maps.Update(ctx, made, metav1.UpdateOptions{}); err != nil {
		return err
	}
	if _, err := maps.Patch(ctx, "untyped", types.MergePatchType, []byte(`{"data":{"a":null,"c":"3"}}`), metav1.PatchOptions{}); err != nil {
		return err
	}
	list, err := maps.List(ctx, metav1.ListOptions{FieldSelector: "metadata.name=untyped"})
	if err != nil {
		return err
	}
	if err := expect("listed objects", len(list.Items), 1); err != nil {
		return err
	}
	data, _, _ := unstructured.NestedStringMap(list.Items[0].Object, "data")
	if err := maps.Delete(ctx, "untyped", metav1.DeleteOptions{}); err != nil {
		return err
	}
	_, missing := maps.Get(ctx, "untyped", metav1.GetOptions{})
	return first(
		expect("the list's kind", list.GetKind(), "ConfigMapList"),
		expect("the data", data, map[string]string{"b": "2", "c": "3"}),
		expect("a get after the delete", apierrors.IsNotFound(missing), true))
}

func dynamicSubresources(ctx context.Context, c *cluster) error {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(webDeployment(c.image, 0))
	if err != nil {
		return err
	}
	object := &unstructured.Unstructured{Object: content}
	object.SetAPIVersion("apps/v1")
	object.SetKind("Deployment")
	client := c.dynamic.Resource(deployments).Namespace(c.namespace)
	if _, err := client.Create(ctx, object, metav1.CreateOptions{}); err != nil {
		return err
	}
	scale, err := client.Patch(ctx, "web", types.MergePatchType, []byte(`{"spec":{"replicas":1}}`), metav1.PatchOptions{}, "scale")
	if err != nil {
		return err
	}
	status, err := client.Get(ctx, "web", metav1.GetOptions{}, "status")
	if err != nil {
		return err
	}
	replicas, _, _ := unstructured.NestedInt64(scale.Object, "spec", "replicas")
	return first(
		expect("the scale's kind", scale.GroupVersionKind().String(), "autoscaling/v1, Kind=Scale"),
		expect("its replicas", replicas, int64(1)),
		expect("the status' kind", status.GetKind(), "Deployment"))
}

func dynamicInformers(ctx context.Context, c *cluster) error {
	factory := dynamicinformer.NewFilteredDynamicSharedInformerFactory(c.dynamic, 0, c.namespace, nil)
	informer := factory.ForResource(configMaps)
	seen := newSightings()
	if _, err := informer.Informer().AddEventHandler(seen.handler()); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	factory.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), informer.Informer().HasSynced) {
		return fmt.Errorf("the informer never synced")
	}
	maps := c.untypedMaps()
	if _, err := maps.Create(ctx, untypedConfigMap("informed", nil), metav1.CreateOptions{}); err != nil {
		return err
	}
	if err := seen.await(ctx, "added informed"); err != nil {
		return err
	}
	if _, err := maps.Patch(ctx, "informed", types.MergePatchType, []byte(`{"data":{"a":"b"}}`), metav1.PatchOptions{}); err != nil {
		return err
	}
	if err := seen.await(ctx, "updated informed"); err != nil {
		return err
	}
	if err := maps.Delete(ctx, "informed", metav1.DeleteOptions{}); err != nil {
		return err
	}
	return seen.await(ctx, "deleted informed")
}

func strictValidation(ctx context.Context, c *cluster) error {
	object := untypedConfigMap("strict", nil)
	object.Object["dat"] = map[string]any{}
	_, err := c.untypedMaps().Create(ctx, object, metav1.CreateOptions{FieldValidation: metav1.FieldValidationStrict})
	if err == nil {
		return fmt.Errorf("an unknown field was taken")
	}
	return first(
		expect("a bad request", apierrors.IsBadRequest(err), true),
		expect("its text", err.Error(), `ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "dat"`))
}
