package main

import (
	"context"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

func tokens(ctx context.Context, c *cluster) error {
	if err := eventually(ctx, "the default service account", func() (bool, error) {
		_, err := c.typed.CoreV1().ServiceAccounts(c.namespace).Get(ctx, "default", metav1.GetOptions{})
		return err == nil, err
	}); err != nil {
		return err
	}
	token, err := c.typed.CoreV1().ServiceAccounts(c.namespace).CreateToken(ctx, "default", &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	name := "system:serviceaccount:" + c.namespace + ":default"
	review, err := c.typed.AuthenticationV1().TokenReviews().Create(ctx, &authenticationv1.TokenReview{
		Spec: authenticationv1.TokenReviewSpec{Token: token.Status.Token},
	}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	config := rest.AnonymousClientConfig(c.config)
	config.BearerToken = token.Status.Token
	account, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	self, err := account.AuthenticationV1().SelfSubjectReviews().Create(ctx, &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	access, err := account.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, &authorizationv1.SelfSubjectAccessReview{
		Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &authorizationv1.ResourceAttributes{Namespace: c.namespace, Verb: "list", Resource: "secrets"}},
	}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	rules, err := account.AuthorizationV1().SelfSubjectRulesReviews().Create(ctx, &authorizationv1.SelfSubjectRulesReview{
		Spec: authorizationv1.SelfSubjectRulesReviewSpec{Namespace: c.namespace},
	}, metav1.CreateOptions{})
	return first(err,
		expect("the review's answer", review.Status.Authenticated, true),
		expect("the review's user", review.Status.User.Username, name),
		expect("whoami", self.Status.UserInfo.Username, name),
		expect("may it list secrets", access.Status.Allowed, false),
		expect("it has rules about resources", len(rules.Status.ResourceRules) > 0, true),
		expect("it has rules about paths", len(rules.Status.NonResourceRules) > 0, true),
	)
}
