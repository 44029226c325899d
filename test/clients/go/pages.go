package main

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/tools/pager"
)

var pageChecks = []check{
	{name: "lists: the pager reads every page of one snapshot", run: pages},
	{name: "lists: remaining counts, exact versions and selectors", run: lists},
	{name: "metadata client: gets, lists, watches and deletes objects by their metadata alone", run: metadataOnly},
}

func (c *cluster) manyConfigMaps(ctx context.Context, count int) error {
	for n := range count {
		object := configMap(fmt.Sprintf("many-%03d", n), map[string]string{"n": fmt.Sprint(n)})
		object.Labels["odd"] = fmt.Sprint(n%2 == 1)
		if _, err := c.typed.CoreV1().ConfigMaps(c.namespace).Create(ctx, object, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	return nil
}

func pages(ctx context.Context, c *cluster) error {
	const count = 23
	if err := c.manyConfigMaps(ctx, count); err != nil {
		return err
	}
	versions, asked := map[string]bool{}, 0
	reader := pager.New(func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
		options.LabelSelector = "made-by"
		list, err := c.typed.CoreV1().ConfigMaps(c.namespace).List(ctx, options)
		if err == nil {
			versions[list.ResourceVersion] = true
			asked++
		}
		return list, err
	})
	reader.PageSize = 5
	names := []string{}
	err := reader.EachListItem(ctx, metav1.ListOptions{}, func(object runtime.Object) error {
		names = append(names, object.(*corev1.ConfigMap).Name)
		return nil
	})
	if err != nil {
		return err
	}
	for n, name := range names {
		if err := expect("the order of names", name, fmt.Sprintf("many-%03d", n)); err != nil {
			return err
		}
	}
	whole, paginated, err := reader.List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	return first(
		expect("objects", len(names), count),
		expect("lists in one go", meta.LenList(whole), count),
		expect("it came in pages", paginated, true),
		expect("pages", asked, 10),
		expect("versions seen in two readings of nothing new", len(versions) <= 2, true))
}

func lists(ctx context.Context, c *cluster) error {
	if err := c.manyConfigMaps(ctx, 9); err != nil {
		return err
	}
	maps := c.typed.CoreV1().ConfigMaps(c.namespace)
	page, err := maps.List(ctx, metav1.ListOptions{Limit: 4, FieldSelector: "metadata.namespace=" + c.namespace})
	if err != nil {
		return err
	}
	all, err := maps.List(ctx, metav1.ListOptions{Limit: 4})
	if err != nil {
		return err
	}
	if err := maps.Delete(ctx, "many-008", metav1.DeleteOptions{}); err != nil {
		return err
	}
	exact, err := maps.List(ctx, metav1.ListOptions{LabelSelector: "made-by", ResourceVersion: all.ResourceVersion, ResourceVersionMatch: metav1.ResourceVersionMatchExact})
	if err != nil {
		return err
	}
	rest, err := maps.List(ctx, metav1.ListOptions{Limit: 100, Continue: all.Continue})
	if err != nil {
		return err
	}
	odd, err := maps.List(ctx, metav1.ListOptions{LabelSelector: "odd in (true),made-by=check", ResourceVersion: "0"})
	if err != nil {
		return err
	}
	named, err := maps.List(ctx, metav1.ListOptions{FieldSelector: "metadata.name=many-003"})
	if err != nil {
		return err
	}
	remaining := all.RemainingItemCount != nil && *all.RemainingItemCount+4 == int64(len(all.Items)+len(rest.Items))
	return first(
		expect("no count with a selector", page.RemainingItemCount == nil, true),
		expect("the count without one agrees with what follows", remaining, true),
		expect("objects at an old version", len(exact.Items), 9),
		expect("the version of the second page", rest.ResourceVersion, all.ResourceVersion),
		expect("odd objects", len(odd.Items), 4),
		expect("objects of that name", len(named.Items), 1))
}

func metadataOnly(ctx context.Context, c *cluster) error {
	client, err := metadata.NewForConfig(c.config)
	if err != nil {
		return err
	}
	if err := c.manyConfigMaps(ctx, 3); err != nil {
		return err
	}
	maps := client.Resource(corev1.SchemeGroupVersion.WithResource("configmaps")).Namespace(c.namespace)
	list, err := maps.List(ctx, metav1.ListOptions{LabelSelector: "made-by"})
	if err != nil {
		return err
	}
	one, err := maps.Get(ctx, "many-001", metav1.GetOptions{})
	if err != nil {
		return err
	}
	changes, err := maps.Watch(ctx, metav1.ListOptions{ResourceVersion: list.ResourceVersion, LabelSelector: "made-by"})
	if err != nil {
		return err
	}
	defer changes.Stop()
	if err := maps.Delete(ctx, "many-001", metav1.DeleteOptions{}); err != nil {
		return err
	}
	event := <-changes.ResultChan()
	gone, isMetadata := event.Object.(*metav1.PartialObjectMetadata)
	_, missing := maps.Get(ctx, "many-001", metav1.GetOptions{})
	return first(
		expect("objects", len(list.Items), 3),
		expect("labels", one.Labels["odd"], "true"),
		expect("the event", string(event.Type), "DELETED"),
		expect("its object is metadata", isMetadata && gone.Name == "many-001", true),
		expect("a get after the delete", apierrors.IsNotFound(missing), true))
}
