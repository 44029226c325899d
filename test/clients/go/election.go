package main

import (
	"context"
	"fmt"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

var electionChecks = []check{
	{name: "leader election: one of two candidates leads, and the other takes over when it lets go", run: takeover},
	{name: "leader election: a lease that nobody renews is taken after its duration", run: expiry},
}

// pause is half of the retry period, so that no renewal is under way when a candidate is told to stop.
const pause = 100 * time.Millisecond

// campaign runs a candidate until its context ends and sends its name whenever it starts to lead.
func (c *cluster) campaign(ctx context.Context, name string, leads chan<- string) (<-chan struct{}, error) {
	lock, err := resourcelock.New(resourcelock.LeasesResourceLock, c.namespace, "office", c.typed.CoreV1(), c.typed.CoordinationV1(),
		resourcelock.ResourceLockConfig{Identity: name})
	if err != nil {
		return nil, err
	}
	elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Lock: lock, LeaseDuration: 3 * time.Second, RenewDeadline: 2 * time.Second, RetryPeriod: 200 * time.Millisecond, ReleaseOnCancel: true,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(context.Context) { leads <- name },
			OnStoppedLeading: func() {},
		},
	})
	if err != nil {
		return nil, err
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		elector.Run(ctx)
	}()
	return done, nil
}

func next(ctx context.Context, leads <-chan string) string {
	select {
	case name := <-leads:
		return name
	case <-time.After(patience):
		return "nobody"
	case <-ctx.Done():
		return "nobody"
	}
}

func (c *cluster) lease(ctx context.Context) (coordinationv1.LeaseSpec, error) {
	lease, err := c.typed.CoordinationV1().Leases(c.namespace).Get(ctx, "office", metav1.GetOptions{})
	if err != nil {
		return coordinationv1.LeaseSpec{}, err
	}
	return lease.Spec, nil
}

func takeover(ctx context.Context, c *cluster) error {
	leads := make(chan string, 2)
	firstContext, letGo := context.WithCancel(ctx)
	defer letGo()
	firstDone, err := c.campaign(firstContext, "first", leads)
	if err != nil {
		return err
	}
	if err := expect("the leader", next(ctx, leads), "first"); err != nil {
		return err
	}
	secondContext, stop := context.WithCancel(ctx)
	secondDone, err := c.campaign(secondContext, "second", leads)
	if err != nil {
		stop()
		return err
	}
	defer func() { stop(); <-secondDone }()
	time.Sleep(4*time.Second + pause) // Longer than a lease: renewals keep the second one out.
	select {
	case name := <-leads:
		return fmt.Errorf("%s leads beside the first one", name)
	default:
	}
	letGo()
	<-firstDone
	if err := expect("the next leader", next(ctx, leads), "second"); err != nil {
		return err
	}
	lease, err := c.lease(ctx)
	if err != nil {
		return err
	}
	return first(
		expect("who holds the lease", *lease.HolderIdentity, "second"),
		expect("it tells in microseconds when it was renewed", lease.RenewTime.Nanosecond()%1000, 0),
		expect("transitions", *lease.LeaseTransitions >= 1, true))
}

func expiry(ctx context.Context, c *cluster) error {
	holder, seconds, now := "somebody who died", int32(1), metav1.NowMicro()
	_, err := c.typed.CoordinationV1().Leases(c.namespace).Create(ctx, &coordinationv1.Lease{
		ObjectMeta: metav1.ObjectMeta{Name: "office"},
		Spec:       coordinationv1.LeaseSpec{HolderIdentity: &holder, LeaseDurationSeconds: &seconds, AcquireTime: &now, RenewTime: &now},
	}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	leads := make(chan string, 1)
	candidate, stop := context.WithCancel(ctx)
	done, err := c.campaign(candidate, "heir", leads)
	if err != nil {
		stop()
		return err
	}
	leader := next(ctx, leads)
	time.Sleep(pause)
	stop()
	<-done
	lease, err := c.lease(ctx)
	return first(err,
		expect("the leader", leader, "heir"),
		expect("the lease is released", *lease.HolderIdentity, ""),
		expect("transitions", *lease.LeaseTransitions, int32(1)))
}
