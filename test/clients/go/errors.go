package main

import (
	"context"
	"errors"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

var errorChecks = []check{
	{name: "errors: each has the type that the library tests for", run: errorTypes},
	{name: "errors: invalid objects name every cause", run: invalidCauses},
	{name: "errors: impersonated strangers are forbidden and bad tokens unauthorized", run: deniedUsers},
	{name: "errors: warnings reach the warning handler", run: warnings},
	{name: "errors: versions of the future and of the past", run: badVersions},
}

func errorTypes(ctx context.Context, c *cluster) error {
	maps := c.typed.CoreV1().ConfigMaps(c.namespace)
	made, err := maps.Create(ctx, configMap("there", nil), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	_, exists := maps.Create(ctx, configMap("there", nil), metav1.CreateOptions{})
	_, missing := maps.Get(ctx, "nowhere", metav1.GetOptions{})
	stale := made.DeepCopy()
	made.Data = map[string]string{"a": "b"}
	if _, err := maps.Update(ctx, made, metav1.UpdateOptions{}); err != nil {
		return err
	}
	stale.Data = map[string]string{"c": "d"}
	_, conflict := maps.Update(ctx, stale, metav1.UpdateOptions{})
	_, badRequest := maps.List(ctx, metav1.ListOptions{FieldSelector: "data.nothing=1"})
	_, notAllowed := c.typed.CoreV1().ComponentStatuses().Create(ctx, &corev1.ComponentStatus{ObjectMeta: metav1.ObjectMeta{Name: "x"}}, metav1.CreateOptions{})
	unknown := c.typed.CoreV1().RESTClient().Get().AbsPath("/apis/nobody.example.com/v1/things").Do(ctx).Error()
	var status apierrors.APIStatus
	return first(
		expect("create twice", apierrors.IsAlreadyExists(exists), true),
		expect("its text", exists.Error(), `configmaps "there" already exists`),
		expect("get of nothing", apierrors.IsNotFound(missing), true),
		expect("its text", missing.Error(), `configmaps "nowhere" not found`),
		expect("a stale update", apierrors.IsConflict(conflict), true),
		expect("its text", conflict.Error(), `Operation cannot be fulfilled on configmaps "there": the object has been modified; please apply your changes to the latest version and try again`),
		expect("an unknown field selector", apierrors.IsBadRequest(badRequest), true),
		expect("a verb that is not there", apierrors.IsMethodNotSupported(notAllowed), true),
		expect("an unknown group", apierrors.IsNotFound(unknown), true),
		expect("its text", unknown.Error(), "the server could not find the requested resource"),
		expect("a status inside", errors.As(missing, &status) && status.Status().Details.Kind == "configmaps", true),
	)
}

func invalidCauses(ctx context.Context, c *cluster) error {
	pod := sleepingPod("Wrong_Name", c.image)
	pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{Name: "main"})
	pod.Spec.RestartPolicy = "Sometimes"
	_, err := c.typed.CoreV1().Pods(c.namespace).Create(ctx, pod, metav1.CreateOptions{})
	var status *apierrors.StatusError
	if !apierrors.IsInvalid(err) || !errors.As(err, &status) {
		return expect("a pod with three mistakes", err, "an invalid error")
	}
	fields := map[string]metav1.CauseType{}
	for _, cause := range status.ErrStatus.Details.Causes {
		fields[cause.Field] = cause.Type
	}
	return expect("the causes", fields, map[string]metav1.CauseType{
		"metadata.name":            metav1.CauseTypeFieldValueInvalid,
		"spec.containers[1].name":  metav1.CauseTypeFieldValueDuplicate,
		"spec.containers[1].image": metav1.CauseTypeFieldValueRequired,
		"spec.restartPolicy":       metav1.CauseTypeFieldValueNotSupported,
	})
}

func deniedUsers(ctx context.Context, c *cluster) error {
	config := rest.CopyConfig(c.config)
	config.Impersonate = rest.ImpersonationConfig{UserName: "stranger", Groups: []string{"system:authenticated"}}
	stranger, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	_, forbidden := stranger.CoreV1().Secrets(c.namespace).List(ctx, metav1.ListOptions{})
	anonymous := rest.AnonymousClientConfig(c.config)
	anonymous.BearerToken = "not-a-token"
	nobody, err := kubernetes.NewForConfig(anonymous)
	if err != nil {
		return err
	}
	_, unauthorized := nobody.CoreV1().Secrets(c.namespace).List(ctx, metav1.ListOptions{})
	want := `secrets is forbidden: User "stranger" cannot list resource "secrets" in API group "" in the namespace "` + c.namespace + `"`
	return first(
		expect("a stranger", apierrors.IsForbidden(forbidden), true),
		expect("the text", forbidden.Error(), want),
		expect("a bad token", apierrors.IsUnauthorized(unauthorized), true),
	)
}

type warningLog struct{ texts []string }

func (w *warningLog) HandleWarningHeader(_ int, _ string, text string) {
	w.texts = append(w.texts, text)
}

func warnings(ctx context.Context, c *cluster) error {
	log := &warningLog{}
	config := rest.CopyConfig(c.config)
	config.WarningHandler = log
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	pod := sleepingPod("warned", c.image)
	pod.Spec.DeprecatedServiceAccount = "default"
	pod.Spec.Containers[0].Env = []corev1.EnvVar{{Name: "A", Value: "1"}, {Name: "A", Value: "2"}}
	if _, err := client.CoreV1().Pods(c.namespace).Create(ctx, pod, metav1.CreateOptions{}); err != nil {
		return err
	}
	if _, err := client.CoreV1().ComponentStatuses().List(ctx, metav1.ListOptions{}); err != nil {
		return err
	}
	all := strings.Join(log.texts, "\n")
	return first(
		expect("the warning of a repeated variable", strings.Contains(all, `hides previous definition of "A"`), true),
		expect("the warning of a deprecated kind", strings.Contains(all, "v1 ComponentStatus is deprecated in v1.19+"), true),
	)
}

func badVersions(ctx context.Context, c *cluster) error {
	maps := c.typed.CoreV1().ConfigMaps(c.namespace)
	// The library would ask ten times before it gave up.
	future := c.typed.CoreV1().RESTClient().Get().MaxRetries(0).Namespace(c.namespace).Resource("configmaps").
		Param("resourceVersion", "999999999999").Param("resourceVersionMatch", "NotOlderThan").Do(ctx).Error()
	_, nonsense := maps.List(ctx, metav1.ListOptions{ResourceVersion: "yesterday"})
	_, token := maps.List(ctx, metav1.ListOptions{Continue: "bm9uc2Vuc2U", Limit: 1})
	return first(
		expect("a version of the future is a timeout", apierrors.IsTimeout(future), true),
		expect("with a cause that clients test for", apierrors.HasStatusCause(future, metav1.CauseTypeResourceVersionTooLarge), true),
		expect("a version that is no number is a bad request", apierrors.IsBadRequest(nonsense) || apierrors.IsInvalid(nonsense), true),
		expect("a continue token that is none is a bad request", apierrors.IsBadRequest(token), true),
	)
}
