package main

import (
	"context"
	"fmt"
	"reflect"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

const (
	protobuf = "application/vnd.kubernetes.protobuf"
	patience = 60 * time.Second
	glance   = 50 * time.Millisecond
)

// A cluster under test, and a namespace in it that is the check's own.
type cluster struct {
	config    *rest.Config // asks for protobuf
	typed     kubernetes.Interface
	dynamic   dynamic.Interface
	namespace string
	image     string
}

func connect(ctx context.Context, kubeconfig, image string) (*cluster, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	config.ContentType = protobuf
	config.AcceptContentTypes = protobuf + ",application/json"
	config.QPS, config.Burst = 200, 400
	typed, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	dynamicClient, err := dynamic.NewForConfig(asJSON(config))
	if err != nil {
		return nil, err
	}
	namespace, err := typed.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "go-client-"},
	}, metav1.CreateOptions{})
	if err != nil {
		return nil, fmt.Errorf("creating a namespace: %w", err)
	}
	return &cluster{config: config, typed: typed, dynamic: dynamicClient, namespace: namespace.Name, image: image}, nil
}

// remove takes the namespace away; the cluster finishes by itself.
func (c *cluster) remove() {
	_ = c.typed.CoreV1().Namespaces().Delete(context.Background(), c.namespace, metav1.DeleteOptions{})
}

// asJSON is the same cluster with the library's default content type.
func asJSON(config *rest.Config) *rest.Config {
	other := rest.CopyConfig(config)
	other.ContentType, other.AcceptContentTypes = "", ""
	return other
}

func expect(what string, got, want any) error {
	if reflect.DeepEqual(got, want) {
		return nil
	}
	return fmt.Errorf("%s: expected %v, got %v", what, want, got)
}

// first returns the first thing that is wrong.
func first(problems ...error) error {
	for _, problem := range problems {
		if problem != nil {
			return problem
		}
	}
	return nil
}

// eventually waits until the condition holds; it says what was waited for when it never does.
func eventually(ctx context.Context, what string, holds func() (bool, error)) error {
	var last error
	err := wait.PollUntilContextTimeout(ctx, glance, patience, true, func(context.Context) (bool, error) {
		done, err := holds()
		last = err
		return done && err == nil, nil
	})
	if err != nil {
		return fmt.Errorf("%s: not within %s (last error: %v)", what, patience, last)
	}
	return nil
}

func configMap(name string, data map[string]string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"made-by": "check"}}, Data: data}
}

func sleepingPod(name, image string) *corev1.Pod {
	var soon int64 = 1
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"app": name}},
		Spec: corev1.PodSpec{
			TerminationGracePeriodSeconds: &soon,
			Containers:                    []corev1.Container{{Name: "main", Image: image, Command: []string{"sh", "-c", "echo started; sleep 3600"}}},
		},
	}
}

func (c *cluster) untilRunning(ctx context.Context, name string) error {
	return eventually(ctx, "pod "+name+" ready", func() (bool, error) {
		pod, err := c.typed.CoreV1().Pods(c.namespace).Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return false, err
		}
		for _, condition := range pod.Status.Conditions {
			if condition.Type == corev1.PodReady && condition.Status == corev1.ConditionTrue {
				return true, nil
			}
		}
		return false, nil
	})
}
