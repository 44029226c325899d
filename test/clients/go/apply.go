package main

import (
	"context"
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/sets"
	applyapps "k8s.io/client-go/applyconfigurations/apps/v1"
	applycore "k8s.io/client-go/applyconfigurations/core/v1"
	applymeta "k8s.io/client-go/applyconfigurations/meta/v1"
	"k8s.io/client-go/util/csaupgrade"
)

var applyChecks = []check{
	{name: "server-side apply: typed configurations own their fields, conflict and force", run: typedApply},
	{name: "server-side apply: extracting what a manager owns and applying it again changes nothing", run: extraction},
	{name: "server-side apply: status and fields that are no longer applied", run: applyRemoval},
	{name: "server-side apply: by the dynamic client", run: dynamicApply},
	{name: "server-side apply: moving from client-side apply by the library's own upgrade", run: upgradeManagedFields},
}

func applied(manager string) metav1.ApplyOptions { return metav1.ApplyOptions{FieldManager: manager} }

func (c *cluster) deploymentConfiguration(replicas int32) *applyapps.DeploymentApplyConfiguration {
	labels := map[string]string{"app": "applied"}
	return applyapps.Deployment("applied", c.namespace).WithLabels(labels).WithSpec(applyapps.DeploymentSpec().
		WithReplicas(replicas).
		WithSelector(applymeta.LabelSelector().WithMatchLabels(labels)).
		WithTemplate(applycore.PodTemplateSpec().WithLabels(labels).WithSpec(applycore.PodSpec().WithContainers(
			applycore.Container().WithName("main").WithImage(c.image).WithCommand("sleep", "3600").
				WithPorts(applycore.ContainerPort().WithContainerPort(80)),
		))))
}

func typedApply(ctx context.Context, c *cluster) error {
	client := c.typed.AppsV1().Deployments(c.namespace)
	made, err := client.Apply(ctx, c.deploymentConfiguration(0), applied("one"))
	if err != nil {
		return err
	}
	other := applyapps.Deployment("applied", c.namespace).WithSpec(applyapps.DeploymentSpec().WithReplicas(1))
	_, conflict := client.Apply(ctx, other, applied("two"))
	if !apierrors.IsConflict(conflict) {
		return fmt.Errorf("a field of somebody else's: expected a conflict, got %v", conflict)
	}
	status := conflict.(apierrors.APIStatus).Status()
	forced, err := client.Apply(ctx, other, metav1.ApplyOptions{FieldManager: "two", Force: true})
	if err != nil {
		return err
	}
	_, lost := client.Apply(ctx, c.deploymentConfiguration(0), applied("one"))
	return first(
		expect("who made it", managers(made), []string{"one"}),
		expect("the conflict's text", strings.Contains(conflict.Error(), `conflict with "one": .spec.replicas`), true),
		expect("its cause", status.Details.Causes, []metav1.StatusCause{{Type: metav1.CauseTypeFieldManagerConflict, Message: `conflict with "one"`, Field: ".spec.replicas"}}),
		expect("the forced value", *forced.Spec.Replicas, int32(1)),
		expect("the default kept", forced.Spec.Strategy.Type, appsv1.RollingUpdateDeploymentStrategyType),
		expect("now the first one conflicts", apierrors.IsConflict(lost), true))
}

// managers are those who applied, in order.
func managers(object metav1.Object) []string {
	var names []string
	for _, entry := range object.GetManagedFields() {
		if entry.Operation == metav1.ManagedFieldsOperationApply {
			names = append(names, entry.Manager)
		}
	}
	return names
}

// ownership is the entry of one manager, with the time at which it last changed something.
func ownership(object metav1.Object, manager string) string {
	for _, entry := range object.GetManagedFields() {
		if entry.Manager == manager {
			return entry.String()
		}
	}
	return ""
}

func extraction(ctx context.Context, c *cluster) error {
	client := c.typed.AppsV1().Deployments(c.namespace)
	wanted := c.deploymentConfiguration(0)
	if _, err := client.Apply(ctx, wanted, applied("extractor")); err != nil {
		return err
	}
	patch := []byte(`{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"` + c.image + `"}]}}}}`)
	made, err := client.Patch(ctx, "applied", "application/strategic-merge-patch+json", patch, metav1.PatchOptions{FieldManager: "stranger"})
	if err != nil {
		return err
	}
	extracted, err := applyapps.ExtractDeployment(made, "extractor")
	if err != nil {
		return err
	}
	names := len(extracted.Spec.Template.Spec.Containers)
	extracted.Spec.Template.Spec.Containers[0].WithEnv(applycore.EnvVar().WithName("A").WithValue("1"))
	again, err := client.Apply(ctx, extracted, applied("extractor"))
	if err != nil {
		return err
	}
	foreign, err := applyapps.ExtractDeployment(again, "stranger")
	if err != nil {
		return err
	}
	same, err := client.Apply(ctx, extracted, applied("extractor"))
	if err != nil {
		return err
	}
	return first(
		expect("the manager's containers", names, 1),
		expect("all containers", len(again.Spec.Template.Spec.Containers), 2),
		expect("what others own is not extracted from updates", foreign.Spec == nil, true),
		expect("what applying the same again owns", ownership(same, "extractor"), ownership(again, "extractor")))
}

func applyRemoval(ctx context.Context, c *cluster) error {
	maps := c.typed.CoreV1().ConfigMaps(c.namespace)
	wanted := func(keys ...string) *applycore.ConfigMapApplyConfiguration {
		data := map[string]string{}
		for _, key := range keys {
			data[key] = key
		}
		return applycore.ConfigMap("removal", c.namespace).WithData(data)
	}
	if _, err := maps.Apply(ctx, wanted("a", "b", "shared"), applied("one")); err != nil {
		return err
	}
	if _, err := maps.Apply(ctx, wanted("shared"), applied("two")); err != nil {
		return err
	}
	end, err := maps.Apply(ctx, wanted("a"), applied("one"))
	if err != nil {
		return err
	}
	client := c.typed.AppsV1().Deployments(c.namespace)
	if _, err := client.Apply(ctx, c.deploymentConfiguration(0), applied("one")); err != nil {
		return err
	}
	status := applyapps.Deployment("applied", c.namespace).WithStatus(applyapps.DeploymentStatus().WithConditions(
		applyapps.DeploymentCondition().WithType("example.com/Seen").WithStatus("True")))
	_, err = client.ApplyStatus(ctx, status, applied("reporter"))
	return first(err, expect("the data", end.Data, map[string]string{"a": "a", "shared": "shared"}))
}

func dynamicApply(ctx context.Context, c *cluster) error {
	maps := c.untypedMaps()
	options := func(manager string, force bool) metav1.ApplyOptions {
		return metav1.ApplyOptions{FieldManager: manager, Force: force}
	}
	if _, err := maps.Apply(ctx, "applied", untypedConfigMap("applied", map[string]any{"a": "1"}), options("one", false)); err != nil {
		return err
	}
	changed := untypedConfigMap("applied", map[string]any{"a": "2"})
	_, conflict := maps.Apply(ctx, "applied", changed, options("two", false))
	forced, err := maps.Apply(ctx, "applied", changed, options("two", true))
	if err != nil {
		return err
	}
	value, _, _ := unstructured.NestedString(forced.Object, "data", "a")
	return first(
		expect("a conflict", apierrors.IsConflict(conflict), true),
		expect("the forced value", value, "2"),
		expect("who owns it", managers(forced), []string{"two"}))
}

func upgradeManagedFields(ctx context.Context, c *cluster) error {
	maps := c.typed.CoreV1().ConfigMaps(c.namespace)
	made, err := maps.Create(ctx, configMap("moved", map[string]string{"a": "1", "b": "2"}), metav1.CreateOptions{FieldManager: "kubectl-client-side-apply"})
	if err != nil {
		return err
	}
	patch, err := csaupgrade.UpgradeManagedFieldsPatch(made, sets.New("kubectl-client-side-apply"), "kubectl")
	if err != nil {
		return err
	}
	if _, err := maps.Patch(ctx, "moved", "application/json-patch+json", patch, metav1.PatchOptions{}); err != nil {
		return err
	}
	end, err := maps.Apply(ctx, applycore.ConfigMap("moved", c.namespace).WithData(map[string]string{"a": "3"}), applied("kubectl"))
	if err != nil {
		return err
	}
	return first(
		expect("the data", end.Data, map[string]string{"a": "3"}),
		expect("the one manager", managers(end), []string{"kubectl"}))
}
