package main

import (
	"errors"
	"fmt"
	"net/http"
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
	stale      = "stale"       // the answer that the first request that matched got, not forwarded; at is 2 or more
	dropEvent  = "drop-event"  // an event of a watch is left out; it is events that are counted, and event that they match
)

var actions = []string{killBefore, killAfter, drop, reset, stall, status, stale, dropEvent}

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
	Event      string `json:"event,omitempty"` // regular expression on the JSON of an event

	Seen int `json:"seen"` // how many matched
	Hits int `json:"hits"` // how many of them were hit

	pattern *regexp.Regexp
	event   *regexp.Regexp
	cleared chan struct{}
	kept    *answer // for stale
}

func (f *fault) prepare() error {
	f.Class = orDefault(f.Class, all)
	if f.Action == stale {
		f.At = orDefault(f.At, 2)
	}
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
	case f.Action == stale && f.At < 2:
		return errors.New("stale keeps the first answer, so at is 2 or more")
	case kills && f.Pid <= 1:
		return fmt.Errorf("%s needs the pid of the process to kill", f.Action)
	case f.Status < 200 || f.Status > 599:
		return fmt.Errorf("%d is no status of an answer", f.Status)
	}
	var err error
	if f.event, err = regexp.Compile(f.Event); err != nil {
		return err
	}
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

func (f *fault) matches(method, uri string) bool {
	return inClass(f.Class, method, uri) && f.pattern.MatchString(method+" "+uri)
}

// see counts a request, or an event, that matches, and tells whether the fault hits it.
func (f *fault) see() bool {
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

// arrive returns the number of the request and the first fault that hits it, if any. A fault behind it counts the
// request all the same. keeper is a fault that wants to keep the answer.
func (l *ledger) arrive(method, uri string) (number int, hit, keeper *fault) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for _, class := range classes {
		if inClass(class, method, uri) {
			l.counts[class]++
		}
	}
	for _, f := range l.faults {
		if f.Action == dropEvent || !f.matches(method, uri) {
			continue
		}
		if f.Action == stale && f.kept == nil {
			keeper = f
		}
		if f.see() && hit == nil {
			f.Hits++
			hit = f
		}
	}
	return l.counts[all], hit, keeper
}

// dropsEvent tells whether an event of that watch is to be left out.
func (l *ledger) dropsEvent(method, uri string, event []byte) bool {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	drops := false
	for _, f := range l.faults {
		if f.Action == dropEvent && f.matches(method, uri) && f.event.Match(event) && f.see() && !drops {
			f.Hits++
			drops = true
		}
	}
	return drops
}

// An answer that is kept.
type answer struct {
	code   int
	header http.Header
	body   []byte
}

func (l *ledger) keep(f *fault, a *answer) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if f.kept == nil {
		f.kept = a
	}
}

func (l *ledger) keptBy(f *fault) *answer {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return f.kept
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
