// Command clients checks, one behaviour at a time, that the Go client library works against a cluster.
//
//	clients -list
//	clients -kubeconfig FILE -check NAME
//
// It exits with 0 when the check held, with 1 and what was wrong otherwise.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"
)

const checkTimeout = 2 * time.Minute

// A check is one behaviour; run says in its error what was expected and what came.
type check struct {
	name string
	// needs is empty, "containers" (nodes that run containers) or "restart" (somebody who restarts the API server when told).
	needs string
	// features are the client library's feature gates that the check turns on.
	features []string
	run      func(ctx context.Context, c *cluster) error
}

func allChecks() []check {
	var all []check
	for _, some := range [][]check{
		typedChecks, errorChecks, pageChecks, discoveryChecks, dynamicChecks, applyChecks, informerChecks,
		electionChecks, cborChecks, streamChecks, restartChecks,
	} {
		all = append(all, some...)
	}
	return all
}

func main() {
	list := flag.Bool("list", false, "print the names of the checks with what they need")
	kubeconfig := flag.String("kubeconfig", os.Getenv("KUBECONFIG"), "the cluster")
	name := flag.String("check", "", "the check to run")
	image := flag.String("image", "steersman.local/busybox:1", "an image with a shell that nodes have")
	flag.Parse()
	for _, one := range allChecks() {
		if *list {
			fmt.Printf("%s\t%s\n", one.needs, one.name)
		} else if one.name == *name {
			os.Exit(perform(one, *kubeconfig, *image))
		}
	}
	if !*list {
		fmt.Fprintf(os.Stderr, "no check is named %q\n", *name)
		os.Exit(2)
	}
}

// perform runs one check in a namespace of its own. Features are read when first asked for, so they are set before anything else.
func perform(one check, kubeconfig, image string) int {
	for _, feature := range one.features {
		os.Setenv("KUBE_FEATURE_"+feature, "true")
	}
	ctx, cancel := context.WithTimeout(context.Background(), checkTimeout)
	defer cancel()
	c, err := connect(ctx, kubeconfig, image)
	if err == nil {
		defer c.remove()
		err = one.run(ctx, c)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
