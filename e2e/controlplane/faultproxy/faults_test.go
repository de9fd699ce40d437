package main

import (
	"slices"
	"testing"
)

func mustAdd(t *testing.T, l *ledger, f fault) *fault {
	t.Helper()
	if err := f.prepare(); err != nil {
		t.Fatal(err)
	}
	l.add(&f)
	return &f
}

func TestClasses(t *testing.T) {
	const api, leases = "/api/v1/namespaces/a", "/apis/coordination.k8s.io/v1/namespaces/a/leases"
	for _, c := range []struct {
		method, uri string
		want        []string
	}{
		{"GET", api + "/secrets?watch=true", []string{all, withoutLeases}},
		{"PATCH", api + "/secrets/s?fieldManager=m", []string{all, withoutLeases, writes}},
		{"PUT", leases + "/op", []string{all}},
		{"GET", leases, []string{all}},
		{"POST", api + "/events", []string{all, withoutLeases}},
		{"DELETE", api + "/secrets/leases-of-flats", []string{all, withoutLeases, writes}},
		{"GET", "/v1/vaults?filter=/leases/", []string{all, withoutLeases}},
	} {
		var got []string
		for _, class := range classes {
			if inClass(class, c.method, c.uri) {
				got = append(got, class)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s %s is in %v, want %v", c.method, c.uri, got, c.want)
		}
	}
}

func TestFaultHitsFromAtForTimes(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault fault
		want  []bool
	}{
		{"the first one by default", fault{}, []bool{true, false, false, false}},
		{"the third", fault{At: 3}, []bool{false, false, true, false}},
		{"two from the second", fault{At: 2, Times: 2}, []bool{false, true, true, false}},
		{"all from the second", fault{At: 2, Times: -1}, []bool{false, true, true, true}},
	} {
		l := newLedger()
		c.fault.Action = drop
		mustAdd(t, l, c.fault)
		for i, want := range c.want {
			if _, hit, _ := l.arrive("GET", "/x"); (hit != nil) != want {
				t.Errorf("%s: request %d hit: %t", c.name, i+1, hit != nil)
			}
		}
	}
}

func TestOnlyMatchingRequestsCountForAFault(t *testing.T) {
	l := newLedger()
	f := mustAdd(t, l, fault{Match: "^PATCH .*/secrets/", Class: writes, At: 2, Action: reset})
	for i, c := range []struct {
		method, uri string
		want        bool
	}{
		{"PATCH", "/api/v1/namespaces/a/secrets/s", false},
		{"GET", "/api/v1/namespaces/a/secrets/s", false},
		{"PATCH", "/api/v1/namespaces/a/pods/p", false},
		{"PATCH", "/api/v1/namespaces/a/secrets/s", true},
		{"PATCH", "/api/v1/namespaces/a/secrets/s", false},
	} {
		number, hit, _ := l.arrive(c.method, c.uri)
		if (hit == f) != c.want || number != i+1 {
			t.Errorf("request %d has number %d, hit: %t", i+1, number, hit == f)
		}
	}
	if f.Seen != 3 || f.Hits != 1 {
		t.Errorf("seen %d, hits %d", f.Seen, f.Hits)
	}
}

func TestFirstFaultWinsAndTheOtherCounts(t *testing.T) {
	l := newLedger()
	first := mustAdd(t, l, fault{Action: drop})
	second := mustAdd(t, l, fault{Action: reset, At: 2})
	for i, want := range []*fault{first, second} {
		if _, hit, _ := l.arrive("GET", "/"); hit != want {
			t.Errorf("request %d is hit by %+v", i+1, hit)
		}
	}
}

func TestClearedFaultsHitNothingAndReleaseTheStalled(t *testing.T) {
	l := newLedger()
	f := mustAdd(t, l, fault{Action: stall, Times: -1})
	l.clearFaults()
	<-f.cleared
	if _, hit, _ := l.arrive("GET", "/"); hit != nil {
		t.Error("hit by a cleared fault")
	}
	l.resetCounts()
	if l.count(all) != 0 || len(l.list()) != 0 {
		t.Error("something is left")
	}
}

func TestBadOrdersAreRefused(t *testing.T) {
	for _, f := range []fault{
		{},
		{Action: "explode"},
		{Action: killBefore},
		{Action: killAfter, Pid: 1},
		{Action: drop, Class: "reads"},
		{Action: drop, At: -1},
		{Action: drop, Times: -2},
		{Action: drop, Match: "("},
		{Action: status, Status: 42},
	} {
		if f.prepare() == nil {
			t.Errorf("accepted: %+v", f)
		}
	}
}
