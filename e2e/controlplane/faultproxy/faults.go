package main

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// What happens to a request that a fault hits.
const (
	killBefore = "kill-before" // SIGKILL to pid, the request is not forwarded
	killAfter  = "kill-after"  // the server finishes the request, then SIGKILL to pid, no answer
	drop       = "drop"        // the server finishes the request, the connection closes without an answer
	reset      = "reset"       // TCP reset, the request is not forwarded
	stall      = "stall"       // no answer until the faults are cleared, then the request goes on
	status     = "status"      // an error answer, the request is not forwarded
)

var actions = []string{killBefore, killAfter, drop, reset, stall, status}

// Classes of requests that are counted.
const (
	all           = "all"
	withoutLeases = "without-leases"
	writes        = "writes" // without leases and events
)

var classes = []string{all, withoutLeases, writes}

func inClass(class, method, uri string) bool {
	path, _, _ := strings.Cut(uri, "?")
	segments := strings.Split(path, "/")
	switch class {
	case withoutLeases:
		return !slices.Contains(segments, "leases")
	case writes:
		return slices.Contains([]string{"POST", "PUT", "PATCH", "DELETE"}, method) &&
			!slices.Contains(segments, "leases") && !slices.Contains(segments, "events")
	}
	return true
}

// A fault hits the requests number At to At+Times-1 of those that match, counted from when it was set.
type fault struct {
	Match      string `json:"match"` // regular expression on "METHOD /path?query"
	Class      string `json:"class"`
	At         int    `json:"at"`    // 1 by default
	Times      int    `json:"times"` // 1 by default; -1 for ever
	Action     string `json:"action"`
	Status     int    `json:"status"` // 503 by default
	RetryAfter string `json:"retryAfter,omitempty"`
	Body       string `json:"body,omitempty"` // in place of a Kubernetes Status
	Pid        int    `json:"pid,omitempty"`

	Seen int `json:"seen"` // how many matched
	Hits int `json:"hits"` // how many of them were hit

	pattern *regexp.Regexp
	cleared chan struct{}
}

func (f *fault) prepare() error {
	f.Class = orDefault(f.Class, all)
	f.At = orDefault(f.At, 1)
	f.Times = orDefault(f.Times, 1)
	f.Status = orDefault(f.Status, 503)
	f.Seen, f.Hits = 0, 0
	f.cleared = make(chan struct{})
	switch kills := f.Action == killBefore || f.Action == killAfter; {
	case !slices.Contains(actions, f.Action):
		return fmt.Errorf("action %q is none of %s", f.Action, strings.Join(actions, ", "))
	case !slices.Contains(classes, f.Class):
		return fmt.Errorf("class %q is none of %s", f.Class, strings.Join(classes, ", "))
	case f.At < 1 || f.Times < -1:
		return errors.New("at starts with 1, and times is positive or -1")
	case kills && f.Pid <= 1:
		return fmt.Errorf("%s needs the pid of the process to kill", f.Action)
	case f.Status < 200 || f.Status > 599:
		return fmt.Errorf("%d is no status of an answer", f.Status)
	}
	var err error
	f.pattern, err = regexp.Compile(f.Match)
	return err
}

func orDefault[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}

// see counts a request and tells whether the fault hits it.
func (f *fault) see(method, uri string) bool {
	if !inClass(f.Class, method, uri) || !f.pattern.MatchString(method+" "+uri) {
		return false
	}
	f.Seen++
	return f.Seen >= f.At && (f.Times == -1 || f.Seen < f.At+f.Times)
}

// A ledger counts requests and decides which of them are hit.
type ledger struct {
	mutex  sync.Mutex
	counts map[string]int
	faults []*fault
}

func newLedger() *ledger { return &ledger{counts: map[string]int{}} }

// arrive returns the number of the request and the first fault that hits it, if any.
// A fault behind it counts the request all the same.
func (l *ledger) arrive(method, uri string) (number int, hit *fault) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for _, class := range classes {
		if inClass(class, method, uri) {
			l.counts[class]++
		}
	}
	for _, f := range l.faults {
		if f.see(method, uri) && hit == nil {
			f.Hits++
			hit = f
		}
	}
	return l.counts[all], hit
}

func (l *ledger) count(class string) int {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.counts[class]
}

func (l *ledger) resetCounts() {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	clear(l.counts)
}

func (l *ledger) add(f *fault) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.faults = append(l.faults, f)
}

func (l *ledger) list() []fault {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	copies := []fault{}
	for _, f := range l.faults {
		copies = append(copies, *f)
	}
	return copies
}

// clearFaults also lets stalled requests go on.
func (l *ledger) clearFaults() {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for _, f := range l.faults {
		close(f.cleared)
	}
	l.faults = nil
}
