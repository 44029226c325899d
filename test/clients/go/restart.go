package main

import (
	"bufio"
	"context"
	"fmt"
	"os"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
)

var restartChecks = []check{
	{name: "restart: informers go on when the server is killed and comes back", needs: "restart", run: survive},
	{name: "restart: watch-list informers go on when the server is killed and comes back", needs: "restart", features: []string{"WatchListClient"}, run: survive},
}

// survive says "restart" on standard output, and goes on when a line on standard input says that the server is back.
func survive(ctx context.Context, c *cluster) error {
	maps := c.typed.CoreV1().ConfigMaps(c.namespace)
	for _, name := range []string{"before", "doomed"} {
		if _, err := maps.Create(ctx, configMap(name, nil), metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	factory := informers.NewSharedInformerFactoryWithOptions(c.typed, 0, informers.WithNamespace(c.namespace))
	informer, seen := factory.Core().V1().ConfigMaps().Informer(), newSightings()
	if _, err := informer.AddEventHandler(seen.handler()); err != nil {
		return err
	}
	factory.Start(ctx.Done())
	if err := seen.await(ctx, "added before"); err != nil {
		return err
	}
	fmt.Println("restart")
	if _, err := bufio.NewReader(os.Stdin).ReadString('\n'); err != nil {
		return fmt.Errorf("waiting for the restart: %w", err)
	}
	if err := eventually(ctx, "the server answers", func() (bool, error) {
		_, err := maps.Get(ctx, "before", metav1.GetOptions{})
		return err == nil, err
	}); err != nil {
		return err
	}
	if err := maps.Delete(ctx, "doomed", metav1.DeleteOptions{}); err != nil {
		return err
	}
	if _, err := maps.Create(ctx, configMap("after", nil), metav1.CreateOptions{}); err != nil {
		return err
	}
	return first(
		seen.await(ctx, "added after"),
		seen.await(ctx, "deleted doomed"),
		expect("deletions of what stayed", seen.count("deleted before"), 0))
}
