package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

type bench struct {
	*proxy
	client *http.Client
	url    string
	served atomic.Int32
	logged string
}

// newBench puts a proxy in front of a server that answers "hello", and streams to whoever watches.
func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{logged: filepath.Join(t.TempDir(), "requests.log")}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.served.Add(1)
		if r.URL.Query().Get("watch") != "true" {
			fmt.Fprint(w, "hello ", r.Header.Get("Authorization"))
			return
		}
		fmt.Fprintln(w, "event")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	}))
	log, err := os.OpenFile(b.logged, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	upstream, _ := url.Parse(server.URL)
	b.proxy = &proxy{upstream: upstream, transport: &http.Transport{}, ledger: newLedger(), log: log, running: map[*http.Request]context.CancelFunc{}}
	front := httptest.NewTLSServer(b.proxy)
	b.client, b.url = front.Client(), front.URL
	// A client that tries again by itself would hide what the proxy does.
	b.client.Transport.(*http.Transport).DisableKeepAlives = true
	b.client.Timeout = 10 * time.Second
	t.Cleanup(func() {
		front.CloseClientConnections()
		front.Close()
		server.CloseClientConnections()
		server.Close()
		log.Close()
	})
	return b
}

func (b *bench) request(method, path string) (string, error) {
	request, _ := http.NewRequest(method, b.url+path, strings.NewReader("body"))
	request.Header.Set("Authorization", "Bearer t")
	response, err := b.client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return fmt.Sprint(response.StatusCode, " ", response.Header.Get("Retry-After"), " ", string(text)), err
}

func TestForwardsWithAuthorizationAndLogs(t *testing.T) {
	b := newBench(t)
	answer, err := b.request("POST", "/a?b=c")
	if err != nil || answer != "200  hello Bearer t" {
		t.Errorf("%q %v", answer, err)
	}
	if log, _ := os.ReadFile(b.logged); string(log) != "1 POST /a?b=c 200\n" {
		t.Errorf("log: %q", log)
	}
}

func TestStreamsAtOnceUntilCut(t *testing.T) {
	b := newBench(t)
	response, err := b.client.Get(b.url + "/things?watch=true")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	reader := bufio.NewReader(response.Body)
	if line, err := reader.ReadString('\n'); err != nil || line != "event\n" {
		t.Errorf("%q %v", line, err)
	}
	if cut := b.cut(regexp.MustCompile("^GET /things")); cut != 1 {
		t.Errorf("cut %d", cut)
	}
	if _, err := reader.ReadString('\n'); err == nil || err == io.EOF {
		t.Errorf("the stream ended with %v", err)
	}
}

func TestStatus(t *testing.T) {
	b := newBench(t)
	mustAdd(t, b.ledger, fault{Action: status, Status: 429, RetryAfter: "1"})
	answer, err := b.request("GET", "/a")
	if err != nil || !strings.HasPrefix(answer, "429 1 {") || !strings.Contains(answer, `"reason":"TooManyRequests"`) {
		t.Errorf("%q %v", answer, err)
	}
	if b.served.Load() != 0 {
		t.Error("the request was forwarded")
	}
}

func TestStaleAnswer(t *testing.T) {
	b := newBench(t)
	mustAdd(t, b.ledger, fault{Action: stale, Match: "^GET /a"})
	for i, want := range []struct {
		path   string
		served int32
	}{{"/a", 1}, {"/b", 2}, {"/a", 2}, {"/a", 3}} {
		answer, err := b.request("GET", want.path)
		if err != nil || answer != "200  hello Bearer t" || b.served.Load() != want.served {
			t.Errorf("%d: %q %v, served %d", i, answer, err, b.served.Load())
		}
	}
	if err := (&fault{Action: stale, At: 1}).prepare(); err == nil {
		t.Error("the first answer can't be stale")
	}
}

func TestDroppedEvent(t *testing.T) {
	for _, c := range []struct{ event, want string }{{"nothing", "event\n"}, {"^ev", ""}} {
		b := newBench(t)
		mustAdd(t, b.ledger, fault{Action: dropEvent, Match: "watch=true", Event: c.event})
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		request, _ := http.NewRequestWithContext(ctx, "GET", b.url+"/things?watch=true", nil)
		response, err := b.client.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if string(text) != c.want {
			t.Errorf("%s: %q", c.event, text)
		}
	}
}

func TestLostAnswers(t *testing.T) {
	for _, c := range []struct {
		action string
		served int32
		kills  bool
	}{{drop, 1, false}, {reset, 0, false}, {killBefore, 0, true}, {killAfter, 1, true}} {
		t.Run(c.action, func(t *testing.T) {
			b := newBench(t)
			victim := exec.Command("sleep", "100")
			if err := victim.Start(); err != nil {
				t.Fatal(err)
			}
			mustAdd(t, b.ledger, fault{Action: c.action, Pid: victim.Process.Pid})
			if answer, err := b.request("PATCH", "/a"); err == nil {
				t.Errorf("answered %q", answer)
			}
			if b.served.Load() != c.served {
				t.Errorf("the server served %d requests", b.served.Load())
			}
			if !c.kills {
				_ = victim.Process.Signal(syscall.SIGTERM)
			}
			_ = victim.Wait()
			if killed := victim.ProcessState.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL; killed != c.kills {
				t.Errorf("killed: %t", killed)
			}
		})
	}
}

func TestStalledRequestGoesOnWhenCleared(t *testing.T) {
	b := newBench(t)
	mustAdd(t, b.ledger, fault{Action: stall})
	answers := make(chan string)
	go func() {
		answer, _ := b.request("GET", "/a")
		answers <- answer
	}()
	select {
	case answer := <-answers:
		t.Fatalf("answered %q", answer)
	case <-time.After(200 * time.Millisecond):
	}
	b.ledger.clearFaults()
	if answer := <-answers; answer != "200  hello Bearer t" {
		t.Errorf("%q", answer)
	}
}
