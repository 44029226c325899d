package main

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/util/retry"
)

var typedChecks = []check{
	{name: "typed client: config maps from create to delete", run: configMapLife},
	{name: "typed client: concurrent writers retry their conflicts and lose nothing", run: conflictRetries},
	{name: "typed client: pods, their status and all three patches", run: podLife},
	{name: "typed client: a deployment rolls out, scales by its scale subresource and is collected", run: deploymentLife},
	{name: "typed client: services keep their addresses across updates", run: serviceLife},
	{name: "typed client: evictions honour a disruption budget", run: evictions},
	{name: "typed client: deletes with preconditions, propagation and in bulk", run: deletes},
	{name: "typed client: token requests and reviews", run: tokens},
}

func configMapLife(ctx context.Context, c *cluster) error {
	maps := c.typed.CoreV1().ConfigMaps(c.namespace)
	made, err := maps.Create(ctx, configMap("life", map[string]string{"a": "1"}), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	made.Data["b"] = "2"
	made.BinaryData = map[string][]byte{"bytes": {0, 1, 255}}
	updated, err := maps.Update(ctx, made, metav1.UpdateOptions{})
	if err != nil {
		return err
	}
	read, err := maps.Get(ctx, "life", metav1.GetOptions{})
	if err != nil {
		return err
	}
	dry, err := maps.Create(ctx, configMap("dry", nil), metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	if err != nil {
		return err
	}
	_, missing := maps.Get(ctx, "dry", metav1.GetOptions{})
	return first(
		expect("what is read", read, updated),
		expect("binary data", read.BinaryData["bytes"], []byte{0, 1, 255}),
		expect("a dry run has a uid", dry.UID != "", true),
		expect("a dry run stores nothing", apierrors.IsNotFound(missing), true),
		maps.Delete(ctx, "life", metav1.DeleteOptions{}),
	)
}

func conflictRetries(ctx context.Context, c *cluster) error {
	const writers, each = 4, 5
	maps := c.typed.CoreV1().ConfigMaps(c.namespace)
	if _, err := maps.Create(ctx, configMap("contended", map[string]string{}), metav1.CreateOptions{}); err != nil {
		return err
	}
	results := make(chan error, writers)
	write := func(writer int) error {
		for n := range each {
			backoff := retry.DefaultBackoff
			backoff.Steps = 100
			if err := retry.RetryOnConflict(backoff, func() error {
				current, err := maps.Get(ctx, "contended", metav1.GetOptions{})
				if err != nil {
					return err
				}
				if current.Data == nil {
					current.Data = map[string]string{}
				}
				current.Data[fmt.Sprintf("%d-%d", writer, n)] = "written"
				_, err = maps.Update(ctx, current, metav1.UpdateOptions{})
				return err
			}); err != nil {
				return err
			}
		}
		return nil
	}
	for writer := range writers {
		go func() { results <- write(writer) }()
	}
	for range writers {
		if err := <-results; err != nil {
			return err
		}
	}
	end, err := maps.Get(ctx, "contended", metav1.GetOptions{})
	return first(err, expect("keys written", len(end.Data), writers*each))
}

func podLife(ctx context.Context, c *cluster) error {
	pods := c.typed.CoreV1().Pods(c.namespace)
	made, err := pods.Create(ctx, sleepingPod("patched", c.image), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	if err := first(expect("the default restart policy", made.Spec.RestartPolicy, corev1.RestartPolicyAlways), c.untilRunning(ctx, "patched")); err != nil {
		return err
	}
	patches := []struct {
		kind types.PatchType
		body string
	}{
		{types.StrategicMergePatchType, `{"metadata":{"labels":{"strategic":"yes"}},"spec":{"containers":[{"name":"main","image":"` + c.image + `"}]}}`},
		{types.MergePatchType, `{"metadata":{"labels":{"merge":"yes","app":null}}}`},
		{types.JSONPatchType, `[{"op":"add","path":"/metadata/labels/json","value":"yes"}]`},
	}
	var last *corev1.Pod
	for _, patch := range patches {
		if last, err = pods.Patch(ctx, "patched", patch.kind, []byte(patch.body), metav1.PatchOptions{}); err != nil {
			return fmt.Errorf("%s: %w", patch.kind, err)
		}
	}
	last.Status.Conditions = append(last.Status.Conditions, corev1.PodCondition{Type: "example.com/seen", Status: corev1.ConditionTrue})
	_, err = pods.UpdateStatus(ctx, last, metav1.UpdateOptions{})
	if apierrors.IsConflict(err) { // The node may have written in between.
		err = nil
	}
	return first(err,
		expect("labels", last.Labels, map[string]string{"strategic": "yes", "merge": "yes", "json": "yes"}),
		expect("containers", len(last.Spec.Containers), 1))
}

func webDeployment(image string, replicas int32) *appsv1.Deployment {
	pod := sleepingPod("web", image)
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas,
			Selector: &metav1.LabelSelector{MatchLabels: pod.Labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: pod.Labels}, Spec: pod.Spec},
		},
	}
}

func deploymentLife(ctx context.Context, c *cluster) error {
	deployments := c.typed.AppsV1().Deployments(c.namespace)
	if _, err := deployments.Create(ctx, webDeployment(c.image, 1), metav1.CreateOptions{}); err != nil {
		return err
	}
	available := func(count int32) error {
		return eventually(ctx, fmt.Sprintf("%d available replicas", count), func() (bool, error) {
			deployment, err := deployments.Get(ctx, "web", metav1.GetOptions{})
			return err == nil && deployment.Status.AvailableReplicas == count && deployment.Status.ObservedGeneration == deployment.Generation, err
		})
	}
	if err := available(1); err != nil {
		return err
	}
	scale, err := deployments.GetScale(ctx, "web", metav1.GetOptions{})
	if err != nil {
		return err
	}
	scaled, err := deployments.UpdateScale(ctx, "web", &autoscalingv1.Scale{ObjectMeta: scale.ObjectMeta, Spec: autoscalingv1.ScaleSpec{Replicas: 2}}, metav1.UpdateOptions{})
	if err != nil {
		return err
	}
	foreground := metav1.DeletePropagationForeground
	return first(
		expect("the scale's selector", scale.Status.Selector, "app=web"),
		expect("the scale asked for", scaled.Spec.Replicas, int32(2)),
		available(2),
		deployments.Delete(ctx, "web", metav1.DeleteOptions{PropagationPolicy: &foreground}),
		eventually(ctx, "the deployment and its pods gone", func() (bool, error) {
			pods, err := c.typed.CoreV1().Pods(c.namespace).List(ctx, metav1.ListOptions{LabelSelector: "app=web"})
			_, missing := deployments.Get(ctx, "web", metav1.GetOptions{})
			return err == nil && len(pods.Items) == 0 && apierrors.IsNotFound(missing), err
		}),
	)
}

func serviceLife(ctx context.Context, c *cluster) error {
	services := c.typed.CoreV1().Services(c.namespace)
	made, err := services.Create(ctx, &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec:       corev1.ServiceSpec{Selector: map[string]string{"app": "web"}, Ports: []corev1.ServicePort{{Port: 80, TargetPort: intstr.FromString("http")}}},
	}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	made.Spec.Type = corev1.ServiceTypeNodePort
	updated, err := services.Update(ctx, made, metav1.UpdateOptions{})
	if err != nil {
		return err
	}
	moved := updated.DeepCopy()
	moved.Spec.ClusterIP, moved.Spec.ClusterIPs = "10.96.99.99", []string{"10.96.99.99"}
	_, refused := services.Update(ctx, moved, metav1.UpdateOptions{})
	return first(
		expect("the protocol by default", made.Spec.Ports[0].Protocol, corev1.ProtocolTCP),
		expect("the address after the update", updated.Spec.ClusterIP, made.Spec.ClusterIP),
		expect("a node port", updated.Spec.Ports[0].NodePort >= 30000, true),
		expect("another address is invalid", apierrors.IsInvalid(refused), true),
	)
}

func evictions(ctx context.Context, c *cluster) error {
	if _, err := c.typed.CoreV1().Pods(c.namespace).Create(ctx, sleepingPod("guarded", c.image), metav1.CreateOptions{}); err != nil {
		return err
	}
	one := intstr.FromInt32(1)
	budget := &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Name: "guard"},
		Spec:       policyv1.PodDisruptionBudgetSpec{MinAvailable: &one, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "guarded"}}},
	}
	budgets := c.typed.PolicyV1().PodDisruptionBudgets(c.namespace)
	if _, err := budgets.Create(ctx, budget, metav1.CreateOptions{}); err != nil {
		return err
	}
	if err := c.untilRunning(ctx, "guarded"); err != nil {
		return err
	}
	if err := eventually(ctx, "the budget counts the pod", func() (bool, error) {
		current, err := budgets.Get(ctx, "guard", metav1.GetOptions{})
		return err == nil && current.Status.CurrentHealthy == 1 && current.Status.DisruptionsAllowed == 0, err
	}); err != nil {
		return err
	}
	eviction := &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: "guarded", Namespace: c.namespace}}
	refused := c.typed.CoreV1().Pods(c.namespace).EvictV1(ctx, eviction)
	return first(
		expect("an eviction against the budget is too many requests", apierrors.IsTooManyRequests(refused), true),
		expect("its cause", apierrors.HasStatusCause(refused, policyv1.DisruptionBudgetCause), true),
		budgets.Delete(ctx, "guard", metav1.DeleteOptions{}),
		c.typed.PolicyV1().Evictions(c.namespace).Evict(ctx, eviction),
	)
}

func deletes(ctx context.Context, c *cluster) error {
	maps := c.typed.CoreV1().ConfigMaps(c.namespace)
	for _, name := range []string{"one", "two", "kept"} {
		object := configMap(name, nil)
		object.Labels["keep"] = fmt.Sprint(name == "kept")
		if _, err := maps.Create(ctx, object, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	stranger := types.UID("not-this-one")
	refused := maps.Delete(ctx, "kept", metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &stranger}})
	if err := maps.DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: "keep=false"}); err != nil {
		return err
	}
	left, err := maps.List(ctx, metav1.ListOptions{LabelSelector: "made-by"})
	if err != nil {
		return err
	}
	return first(
		expect("a delete of another uid is a conflict", apierrors.IsConflict(refused), true),
		expect("what is left", len(left.Items), 1))
}
