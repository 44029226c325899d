package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	watchtools "k8s.io/client-go/tools/watch"
)

var informerChecks = []check{
	{name: "informers: list, then watch", run: informersFollow},
	{name: "informers: watch-list", features: []string{"WatchListClient"}, run: watchListInformers},
	{name: "informers: many kinds of one factory sync", run: manyInformers},
	{name: "informers: selectors turn updates into additions and deletions", run: selectedInformers},
	{name: "watches: bookmarks and the end of the initial events", run: bookmarks},
	{name: "watches: expired versions end in an error that says so", run: expiredWatch},
	{name: "watches: UntilWithSync and RetryWatcher wait for conditions", run: waits},
}

// requestLog remembers the queries that a client sent.
type requestLog struct {
	mutex   sync.Mutex
	queries []string
}

func (l *requestLog) wrap(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(request *http.Request) (*http.Response, error) {
		l.mutex.Lock()
		l.queries = append(l.queries, request.Method+" "+request.URL.Path+"?"+request.URL.RawQuery)
		l.mutex.Unlock()
		return next.RoundTrip(request)
	})
}

func (l *requestLog) has(parts ...string) bool {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for _, query := range l.queries {
		all := true
		for _, part := range parts {
			all = all && strings.Contains(query, part)
		}
		if all {
			return true
		}
	}
	return false
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }

// follow starts an informer of config maps and tries each kind of event on it.
func follow(ctx context.Context, c *cluster, client kubernetes.Interface) error {
	if err := c.manyConfigMaps(ctx, 12); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(c.namespace))
	informer, seen := factory.Core().V1().ConfigMaps(), newSightings()
	registration, err := informer.Informer().AddEventHandler(seen.handler())
	if err != nil {
		return err
	}
	factory.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), informer.Informer().HasSynced, registration.HasSynced) {
		return fmt.Errorf("the informer never synced")
	}
	held, err := informer.Lister().ConfigMaps(c.namespace).List(labels.SelectorFromSet(labels.Set{"odd": "true"}))
	if err != nil {
		return err
	}
	maps := c.typed.CoreV1().ConfigMaps(c.namespace)
	changed := held[0].DeepCopy()
	changed.Data["changed"] = "yes"
	if _, err := maps.Update(ctx, changed, metav1.UpdateOptions{}); err != nil {
		return err
	}
	if _, err := maps.Create(ctx, configMap("late", nil), metav1.CreateOptions{}); err != nil {
		return err
	}
	if err := first(seen.await(ctx, "updated "+changed.Name), seen.await(ctx, "added late")); err != nil {
		return err
	}
	if err := maps.Delete(ctx, "late", metav1.DeleteOptions{}); err != nil {
		return err
	}
	if err := seen.await(ctx, "deleted late"); err != nil {
		return err
	}
	kept, err := informer.Lister().ConfigMaps(c.namespace).Get(changed.Name)
	return first(err,
		expect("odd objects in the cache", len(held), 6),
		expect("the changed object in the cache", kept.Data["changed"], "yes"),
		expect("additions of one object", seen.count("added many-000"), 1))
}

func (c *cluster) logged() (*requestLog, kubernetes.Interface, error) {
	log, config := &requestLog{}, rest.CopyConfig(c.config)
	config.Wrap(log.wrap)
	client, err := kubernetes.NewForConfig(config)
	return log, client, err
}

func informersFollow(ctx context.Context, c *cluster) error {
	log, client, err := c.logged()
	if err != nil {
		return err
	}
	return first(
		follow(ctx, c, client),
		expect("a list from the cache", log.has("/configmaps?", "resourceVersion=0"), true),
		expect("a watch with bookmarks", log.has("watch=true", "allowWatchBookmarks=true"), true))
}

// The library's own detector lists beside the stream and panics when the two differ.
func watchListInformers(ctx context.Context, c *cluster) error {
	os.Setenv("KUBE_WATCHLIST_INCONSISTENCY_DETECTOR", "true")
	log, client, err := c.logged()
	if err != nil {
		return err
	}
	return first(
		follow(ctx, c, client),
		expect("the initial events were streamed", log.has("sendInitialEvents=true", "resourceVersionMatch=NotOlderThan"), true),
		expect("no list besides the detector's", log.has("/configmaps?limit"), false))
}

func manyInformers(ctx context.Context, c *cluster) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	factory := informers.NewSharedInformerFactory(c.typed, 0)
	all := []cache.SharedIndexInformer{
		factory.Core().V1().Pods().Informer(), factory.Core().V1().Nodes().Informer(), factory.Core().V1().Services().Informer(),
		factory.Core().V1().Secrets().Informer(), factory.Core().V1().Namespaces().Informer(), factory.Core().V1().Events().Informer(),
		factory.Core().V1().PersistentVolumeClaims().Informer(), factory.Core().V1().ServiceAccounts().Informer(),
		factory.Apps().V1().Deployments().Informer(), factory.Apps().V1().ReplicaSets().Informer(), factory.Apps().V1().DaemonSets().Informer(),
		factory.Apps().V1().StatefulSets().Informer(), factory.Apps().V1().ControllerRevisions().Informer(),
		factory.Batch().V1().Jobs().Informer(), factory.Batch().V1().CronJobs().Informer(),
		factory.Autoscaling().V2().HorizontalPodAutoscalers().Informer(), factory.Policy().V1().PodDisruptionBudgets().Informer(),
		factory.Networking().V1().Ingresses().Informer(), factory.Networking().V1().NetworkPolicies().Informer(),
		factory.Discovery().V1().EndpointSlices().Informer(), factory.Storage().V1().StorageClasses().Informer(),
		factory.Rbac().V1().ClusterRoles().Informer(), factory.Rbac().V1().RoleBindings().Informer(),
		factory.Coordination().V1().Leases().Informer(), factory.Scheduling().V1().PriorityClasses().Informer(),
		factory.Certificates().V1().CertificateSigningRequests().Informer(), factory.Node().V1().RuntimeClasses().Informer(),
		factory.Admissionregistration().V1().ValidatingWebhookConfigurations().Informer(),
		factory.Flowcontrol().V1().FlowSchemas().Informer(),
	}
	factory.Start(ctx.Done())
	for kind, synced := range factory.WaitForCacheSync(ctx.Done()) {
		if !synced {
			return fmt.Errorf("the informer of %s never synced", kind)
		}
	}
	roles := len(factory.Rbac().V1().ClusterRoles().Informer().GetStore().List())
	return first(
		expect("informers", len(all), 29),
		expect("there are cluster roles", roles > 10, true),
		expect("there are nodes", len(factory.Core().V1().Nodes().Informer().GetStore().List()) > 0, true))
}

func selectedInformers(ctx context.Context, c *cluster) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	factory := informers.NewSharedInformerFactoryWithOptions(c.typed, 0, informers.WithNamespace(c.namespace),
		informers.WithTweakListOptions(func(options *metav1.ListOptions) { options.LabelSelector = "chosen=yes" }))
	informer, seen := factory.Core().V1().ConfigMaps().Informer(), newSightings()
	if _, err := informer.AddEventHandler(seen.handler()); err != nil {
		return err
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	maps := c.typed.CoreV1().ConfigMaps(c.namespace)
	if _, err := maps.Create(ctx, configMap("candidate", nil), metav1.CreateOptions{}); err != nil {
		return err
	}
	label := func(value string) error {
		patch := []byte(`{"metadata":{"labels":{"chosen":` + value + `}}}`)
		_, err := maps.Patch(ctx, "candidate", "application/merge-patch+json", patch, metav1.PatchOptions{})
		return err
	}
	return first(
		label(`"yes"`), seen.await(ctx, "added candidate"),
		label(`null`), seen.await(ctx, "deleted candidate"),
		expect("what the cache holds", len(informer.GetStore().List()), 0))
}

func bookmarks(ctx context.Context, c *cluster) error {
	if err := c.manyConfigMaps(ctx, 3); err != nil {
		return err
	}
	yes := true
	events, err := c.typed.CoreV1().ConfigMaps(c.namespace).Watch(ctx, metav1.ListOptions{
		LabelSelector: "made-by", AllowWatchBookmarks: true, SendInitialEvents: &yes, ResourceVersionMatch: metav1.ResourceVersionMatchNotOlderThan,
	})
	if err != nil {
		return err
	}
	defer events.Stop()
	for _, want := range []watch.EventType{watch.Added, watch.Added, watch.Added, watch.Bookmark} {
		event := <-events.ResultChan()
		object, isMap := event.Object.(*corev1.ConfigMap)
		if err := first(expect("the event", event.Type, want), expect("its object's type", isMap, true)); err != nil {
			return err
		}
		if want == watch.Bookmark {
			return first(
				expect("the end of the initial events", object.Annotations[metav1.InitialEventsAnnotationKey], "true"),
				expect("the bookmark has a version", object.ResourceVersion != "", true))
		}
	}
	return nil
}

// Version 1 is older than anything the server remembers, so it either still has all of history or says that it is gone.
func expiredWatch(ctx context.Context, c *cluster) error {
	events, err := c.typed.CoreV1().ConfigMaps(c.namespace).Watch(ctx, metav1.ListOptions{ResourceVersion: "1"})
	if err != nil {
		return err
	}
	defer events.Stop()
	select {
	case event := <-events.ResultChan():
		if event.Type == watch.Error {
			status, isStatus := event.Object.(*metav1.Status)
			return first(
				expect("an error is a status", isStatus, true),
				expect("its code", status.Code, int32(http.StatusGone)),
				expect("its reason", status.Reason, metav1.StatusReasonExpired))
		}
		return expect("the first event", event.Type, watch.Added)
	case <-time.After(patience):
		return fmt.Errorf("no event from version 1")
	}
}

func waits(ctx context.Context, c *cluster) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	pod, err := c.typed.CoreV1().Pods(c.namespace).Create(ctx, sleepingPod("awaited", c.image), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	running := func(event watch.Event) (bool, error) {
		current, isPod := event.Object.(*corev1.Pod)
		return isPod && current.Status.Phase == corev1.PodRunning, nil
	}
	selected := cache.NewListWatchFromClient(c.typed.CoreV1().RESTClient(), "pods", c.namespace, fields.OneTermEqualSelector("metadata.name", "awaited"))
	if _, err := watchtools.Until(ctx, pod.ResourceVersion, selected, running); err != nil {
		return fmt.Errorf("Until: %w", err)
	}
	_, err = watchtools.UntilWithSync(ctx, selected, &corev1.Pod{}, nil, running)
	return err
}
