package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/httpstream"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/client-go/transport/spdy"
	utilexec "k8s.io/client-go/util/exec"
)

const needsContainers = "containers"

var streamChecks = []check{
	{name: "exec: over WebSocket", needs: needsContainers, run: execBy(webSocketExecutor)},
	{name: "exec: over SPDY", needs: needsContainers, run: execBy(spdyExecutor)},
	{name: "exec: WebSocket with fallback to SPDY", needs: needsContainers, run: execBy(fallbackExecutor)},
	{name: "port forward: over SPDY", needs: needsContainers, run: forwardBy(spdyDialer)},
	{name: "port forward: over WebSocket", needs: needsContainers, run: forwardBy(webSocketDialer)},
	{name: "logs: followed to the end", needs: needsContainers, run: followLogs},
	{name: "ephemeral containers: added to a running pod", needs: needsContainers, run: ephemeralContainers},
}

type executorMaker func(c *cluster, address *url.URL) (remotecommand.Executor, error)

func webSocketExecutor(c *cluster, address *url.URL) (remotecommand.Executor, error) {
	return remotecommand.NewWebSocketExecutor(c.config, "GET", address.String())
}

func spdyExecutor(c *cluster, address *url.URL) (remotecommand.Executor, error) {
	return remotecommand.NewSPDYExecutor(c.config, "POST", address)
}

func fallbackExecutor(c *cluster, address *url.URL) (remotecommand.Executor, error) {
	primary, err := webSocketExecutor(c, address)
	if err != nil {
		return nil, err
	}
	secondary, err := spdyExecutor(c, address)
	if err != nil {
		return nil, err
	}
	return remotecommand.NewFallbackExecutor(primary, secondary, httpstream.IsUpgradeFailure)
}

func (c *cluster) startPod(ctx context.Context, name string, command ...string) error {
	pod := sleepingPod(name, c.image)
	if len(command) > 0 {
		pod.Spec.Containers[0].Command = command
	}
	if _, err := c.typed.CoreV1().Pods(c.namespace).Create(ctx, pod, metav1.CreateOptions{}); err != nil {
		return err
	}
	return c.untilRunning(ctx, name)
}

func (c *cluster) podAddress(name, subresource string, options *corev1.PodExecOptions) *url.URL {
	request := c.typed.CoreV1().RESTClient().Post().Resource("pods").Namespace(c.namespace).Name(name).SubResource(subresource)
	if options != nil {
		request = request.VersionedParams(options, scheme.ParameterCodec)
	}
	return request.URL()
}

func execBy(makeExecutor executorMaker) func(context.Context, *cluster) error {
	return func(ctx context.Context, c *cluster) error {
		if err := c.startPod(ctx, "exec"); err != nil {
			return err
		}
		run := func(input string, command string) (string, string, error) {
			options := &corev1.PodExecOptions{Command: []string{"sh", "-c", command}, Stdin: input != "", Stdout: true, Stderr: true}
			executor, err := makeExecutor(c, c.podAddress("exec", "exec", options))
			if err != nil {
				return "", "", err
			}
			var out, problems bytes.Buffer
			streams := remotecommand.StreamOptions{Stdout: &out, Stderr: &problems}
			if input != "" {
				streams.Stdin = strings.NewReader(input)
			}
			err = executor.StreamWithContext(ctx, streams)
			return out.String(), problems.String(), err
		}
		large := strings.Repeat("0123456789abcdef", 1<<16) // 1 MiB
		out, problems, err := run("", "echo out; echo err >&2")
		if err != nil {
			return err
		}
		echoed, _, err := run(large, "cat")
		if err != nil {
			return fmt.Errorf("cat: %w", err)
		}
		_, _, failure := run("", "exit 42")
		var exit utilexec.CodeExitError
		return first(
			expect("standard output", out, "out\n"),
			expect("standard error", problems, "err\n"),
			expect("a megabyte through cat", echoed == large, true),
			expect("an exit code", errors.As(failure, &exit) && exit.Code == 42, true))
	}
}

type dialerMaker func(c *cluster, address *url.URL) (httpstream.Dialer, error)

func spdyDialer(c *cluster, address *url.URL) (httpstream.Dialer, error) {
	transport, upgrader, err := spdy.RoundTripperFor(c.config)
	if err != nil {
		return nil, err
	}
	return spdy.NewDialer(upgrader, &http.Client{Transport: transport}, "POST", address), nil
}

func webSocketDialer(c *cluster, address *url.URL) (httpstream.Dialer, error) {
	return portforward.NewSPDYOverWebsocketDialer(address, c.config)
}

const webServer = "mkdir -p /www; echo hello > /www/index.html; exec busybox httpd -f -p 8080 -h /www"

func forwardBy(makeDialer dialerMaker) func(context.Context, *cluster) error {
	return func(ctx context.Context, c *cluster) error {
		if err := c.startPod(ctx, "web", "sh", "-c", webServer); err != nil {
			return err
		}
		dialer, err := makeDialer(c, c.podAddress("web", "portforward", nil))
		if err != nil {
			return err
		}
		stop, ready := make(chan struct{}), make(chan struct{})
		forwarder, err := portforward.NewOnAddresses(dialer, []string{"127.0.0.1"}, []string{"0:8080"}, stop, ready, io.Discard, io.Discard)
		if err != nil {
			return err
		}
		failed := make(chan error, 1)
		go func() { failed <- forwarder.ForwardPorts() }()
		defer close(stop)
		select {
		case <-ready:
		case err := <-failed:
			return fmt.Errorf("forwarding: %w", err)
		}
		ports, err := forwarder.GetPorts()
		if err != nil {
			return err
		}
		for range 5 {
			if err := fetchHello(ctx, ports[0].Local); err != nil {
				return err
			}
		}
		return nil
	}
}

func fetchHello(ctx context.Context, port uint16) error {
	return eventually(ctx, "an answer through the forwarded port", func() (bool, error) {
		client := http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
		response, err := client.Get(fmt.Sprintf("http://127.0.0.1:%d/index.html", port))
		if err != nil {
			return false, err
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		return string(body) == "hello\n", err
	})
}

func followLogs(ctx context.Context, c *cluster) error {
	pod := sleepingPod("talker", c.image)
	pod.Spec.Containers[0].Command = []string{"sh", "-c", "for i in 1 2 3 4 5; do echo line $i; sleep 1; done"}
	// Started again, it would begin a new log.
	pod.Spec.RestartPolicy = corev1.RestartPolicyNever
	if _, err := c.typed.CoreV1().Pods(c.namespace).Create(ctx, pod, metav1.CreateOptions{}); err != nil {
		return err
	}
	err := eventually(ctx, "a container that has started", func() (bool, error) {
		pod, err := c.typed.CoreV1().Pods(c.namespace).Get(ctx, "talker", metav1.GetOptions{})
		return err == nil && (pod.Status.Phase == corev1.PodRunning || pod.Status.Phase == corev1.PodSucceeded), err
	})
	if err != nil {
		return err
	}
	stream, err := c.typed.CoreV1().Pods(c.namespace).GetLogs("talker", &corev1.PodLogOptions{Follow: true}).Stream(ctx)
	if err != nil {
		return err
	}
	defer stream.Close()
	text, err := io.ReadAll(stream)
	if err != nil {
		return err
	}
	lines := int64(2)
	tail, err := c.typed.CoreV1().Pods(c.namespace).GetLogs("talker", &corev1.PodLogOptions{TailLines: &lines}).DoRaw(ctx)
	return first(err,
		expect("all lines", string(text), "line 1\nline 2\nline 3\nline 4\nline 5\n"),
		expect("the last two", string(tail), "line 4\nline 5\n"))
}

func ephemeralContainers(ctx context.Context, c *cluster) error {
	if err := c.startPod(ctx, "debugged"); err != nil {
		return err
	}
	pods := c.typed.CoreV1().Pods(c.namespace)
	if err := eventually(ctx, "an update that meets no other", func() (bool, error) {
		pod, err := pods.Get(ctx, "debugged", metav1.GetOptions{})
		if err != nil {
			return false, err
		}
		pod.Spec.EphemeralContainers = []corev1.EphemeralContainer{{
			EphemeralContainerCommon: corev1.EphemeralContainerCommon{Name: "debugger", Image: c.image, Command: []string{"sh", "-c", "echo looking"}},
			TargetContainerName:      "main",
		}}
		_, err = pods.UpdateEphemeralContainers(ctx, "debugged", pod, metav1.UpdateOptions{})
		return err == nil, err
	}); err != nil {
		return err
	}
	return eventually(ctx, "the debugger's log", func() (bool, error) {
		text, err := pods.GetLogs("debugged", &corev1.PodLogOptions{Container: "debugger"}).DoRaw(ctx)
		return string(text) == "looking\n", err
	})
}
