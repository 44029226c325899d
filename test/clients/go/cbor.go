package main

import (
	"context"
	"net/http"
	"strings"
	"sync"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
)

var cborFeatures = []string{"ClientsAllowCBOR", "ClientsPreferCBOR"}

var cborChecks = []check{
	{name: "CBOR: the dynamic client from create to delete", features: cborFeatures, run: inCBOR(dynamicLife)},
	{name: "CBOR: server-side apply", features: cborFeatures, run: inCBOR(dynamicApply)},
	{name: "CBOR: informers", features: cborFeatures, run: inCBOR(dynamicInformers)},
	{name: "CBOR: subresources", features: cborFeatures, run: inCBOR(dynamicSubresources)},
}

// inCBOR runs a check of the dynamic client; every answer that has content must come in CBOR.
func inCBOR(run func(context.Context, *cluster) error) func(context.Context, *cluster) error {
	return func(ctx context.Context, c *cluster) error {
		var mutex sync.Mutex
		others := map[string]bool{}
		config := rest.CopyConfig(asJSON(c.config))
		config.Wrap(func(next http.RoundTripper) http.RoundTripper {
			return roundTripper(func(request *http.Request) (*http.Response, error) {
				response, err := next.RoundTrip(request)
				if err == nil && !strings.HasPrefix(response.Header.Get("Content-Type"), "application/cbor") {
					mutex.Lock()
					others[request.Method+" "+response.Header.Get("Content-Type")] = true
					mutex.Unlock()
				}
				return response, err
			})
		})
		client, err := dynamic.NewForConfig(config)
		if err != nil {
			return err
		}
		inCBOR := *c
		inCBOR.dynamic = client
		if err := run(ctx, &inCBOR); err != nil {
			return err
		}
		mutex.Lock()
		defer mutex.Unlock()
		return expect("answers in something else", others, map[string]bool{})
	}
}
