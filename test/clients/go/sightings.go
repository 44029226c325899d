package main

import (
	"context"
	"fmt"
	"sync"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/tools/cache"
)

// sightings remembers what an informer told its handlers, as "added NAME" and so on.
type sightings struct {
	mutex sync.Mutex
	seen  map[string]int
}

func newSightings() *sightings { return &sightings{seen: map[string]int{}} }

func (s *sightings) note(verb string, object any) {
	if gone, unknown := object.(cache.DeletedFinalStateUnknown); unknown {
		object = gone.Obj
	}
	name := "?"
	if accessor, err := meta.Accessor(object); err == nil {
		name = accessor.GetName()
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.seen[verb+" "+name]++
}

func (s *sightings) handler() cache.ResourceEventHandler {
	return cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { s.note("added", object) },
		UpdateFunc: func(_, object any) { s.note("updated", object) },
		DeleteFunc: func(object any) { s.note("deleted", object) },
	}
}

func (s *sightings) count(what string) int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.seen[what]
}

func (s *sightings) await(ctx context.Context, what string) error {
	return eventually(ctx, fmt.Sprintf("the informer says %q", what), func() (bool, error) { return s.count(what) > 0, nil })
}
