package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// A proxy forwards requests to one server, counts them and breaks those that a fault hits.
type proxy struct {
	upstream  *url.URL
	transport http.RoundTripper
	ledger    *ledger

	mutex   sync.Mutex
	log     *os.File
	running map[*http.Request]context.CancelFunc
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	uri := r.URL.RequestURI()
	number, hit, keeper := p.ledger.arrive(r.Method, uri)
	record := func(outcome any) { p.record(number, r.Method, uri, outcome) }

	// With the body read, the server notices when the client goes away.
	body, err := io.ReadAll(r.Body)
	if err != nil {
		record("no-body")
		breakOff(w, false)
		return
	}
	r, done := p.track(r)
	defer done()
	if hit != nil && hit.Action == stall {
		select {
		case <-hit.cleared:
		case <-r.Context().Done():
			record(stall)
			breakOff(w, true)
			return
		}
		hit = nil
	}
	if hit == nil {
		p.forward(w, r, body, keeper, record)
		return
	}
	p.inflict(hit, w, r, body, record)
}

// inflict does what a fault says, in the order that lets the log tell of it before anyone else can notice.
func (p *proxy) inflict(f *fault, w http.ResponseWriter, r *http.Request, body []byte, record func(any)) {
	switch f.Action {
	case stale:
		kept := p.ledger.keptBy(f)
		if kept == nil { // the first one is still under way
			record("unkept")
			breakOff(w, true)
			return
		}
		record(stale)
		for name, values := range kept.header {
			w.Header()[name] = values
		}
		w.WriteHeader(kept.code)
		_, _ = w.Write(kept.body)
	case status:
		record(f.Status)
		writeStatus(w, f)
	case killBefore:
		record(killBefore)
		kill(f.Pid)
		breakOff(w, true)
	case killAfter:
		p.finish(r, body)
		record(killAfter)
		kill(f.Pid)
		breakOff(w, true)
	case drop:
		p.finish(r, body)
		record(drop)
		breakOff(w, false)
	case reset:
		record(reset)
		breakOff(w, true)
	}
}

func (p *proxy) send(r *http.Request, body []byte) (*http.Response, error) {
	out := r.Clone(r.Context())
	out.RequestURI = ""
	out.URL.Scheme, out.URL.Host = p.upstream.Scheme, p.upstream.Host
	out.Host = p.upstream.Host
	out.Header.Del("Connection")
	out.Body, out.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return p.transport.RoundTrip(out)
}

func (p *proxy) forward(w http.ResponseWriter, r *http.Request, body []byte, keeper *fault, record func(any)) {
	response, err := p.send(r, body)
	if err != nil {
		if r.Context().Err() != nil {
			record("cancelled")
		} else {
			record("unreachable")
		}
		breakOff(w, true)
		return
	}
	defer response.Body.Close()
	response.Header.Del("Connection")
	for name, values := range response.Header {
		w.Header()[name] = values
	}
	record(response.StatusCode)
	w.WriteHeader(response.StatusCode)
	if isWatch(r) {
		err = p.copyEvents(w, r, response.Body)
	} else if keeper != nil {
		err = p.copyKeeping(w, response, keeper)
	} else {
		err = copyFlushing(w, response.Body)
	}
	if err != nil {
		breakOff(w, true)
	}
}

func isWatch(r *http.Request) bool {
	watch := r.URL.Query().Get("watch")
	return watch != "" && watch != "false" && watch != "0"
}

func (p *proxy) copyKeeping(w io.Writer, response *http.Response, keeper *fault) error {
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	p.ledger.keep(keeper, &answer{response.StatusCode, response.Header.Clone(), body})
	_, err = w.Write(body)
	return err
}

// copyEvents passes on the events of a watch, one a line, without those that a fault leaves out.
func (p *proxy) copyEvents(w http.ResponseWriter, r *http.Request, from io.Reader) error {
	flusher := http.NewResponseController(w)
	lines := bufio.NewReaderSize(from, 32<<10)
	for {
		// Also the headers of a stream that has no first event yet.
		if err := flusher.Flush(); err != nil {
			return err
		}
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 && !p.ledger.dropsEvent(r.Method, r.URL.RequestURI(), line) {
			if _, err := w.Write(line); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// copyFlushing passes on every piece as it comes: the events of a watch must not wait for each other.
func copyFlushing(w http.ResponseWriter, from io.Reader) error {
	flusher := http.NewResponseController(w)
	buffer := make([]byte, 32<<10)
	for {
		// Also the headers of a stream that has no first piece yet.
		if err := flusher.Flush(); err != nil {
			return err
		}
		n, err := from.Read(buffer)
		if n > 0 {
			if _, err := w.Write(buffer[:n]); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// finish lets the server do a request to its end, and keeps the answer from the client.
func (p *proxy) finish(r *http.Request, body []byte) {
	response, err := p.send(r, body)
	if err != nil {
		return
	}
	defer response.Body.Close()
	if !isWatch(r) {
		_, _ = io.Copy(io.Discard, response.Body)
	}
}

func kill(pid int) { _ = syscall.Kill(pid, syscall.SIGKILL) }

// breakOff closes the client's connection without (the rest of) an answer; hard means a TCP reset.
func breakOff(w http.ResponseWriter, hard bool) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if wrapped, ok := connection.(*tls.Conn); ok {
		connection = wrapped.NetConn()
	}
	if tcp, ok := connection.(*net.TCPConn); ok && hard {
		_ = tcp.SetLinger(0)
	}
	_ = connection.Close()
}

func writeStatus(w http.ResponseWriter, f *fault) {
	body := []byte(f.Body)
	if f.Body == "" {
		details := map[string]any{}
		if seconds, err := strconv.Atoi(f.RetryAfter); err == nil {
			details["retryAfterSeconds"] = seconds
		}
		body, _ = json.Marshal(map[string]any{
			"kind": "Status", "apiVersion": "v1", "metadata": map[string]any{}, "status": "Failure", "code": f.Status,
			"reason": reason(f.Status), "message": fmt.Sprintf("fault proxy: %d on order", f.Status), "details": details,
		})
	}
	w.Header().Set("Content-Type", "application/json")
	if f.RetryAfter != "" {
		w.Header().Set("Retry-After", f.RetryAfter)
	}
	w.WriteHeader(f.Status)
	_, _ = w.Write(body)
}

// reason is the word by which Kubernetes clients tell errors apart.
func reason(code int) string {
	switch code {
	case http.StatusConflict:
		return "Conflict"
	case http.StatusGone:
		return "Expired"
	case http.StatusUnprocessableEntity:
		return "Invalid"
	case http.StatusInternalServerError:
		return "InternalError"
	case http.StatusGatewayTimeout:
		return "Timeout"
	}
	return strings.ReplaceAll(http.StatusText(code), " ", "")
}

func (p *proxy) record(number int, method, uri string, outcome any) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	fmt.Fprintln(p.log, number, method, uri, outcome)
}

// restart begins counts and log anew.
func (p *proxy) restart() error {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.ledger.resetCounts()
	return p.log.Truncate(0)
}

func (p *proxy) track(r *http.Request) (*http.Request, func()) {
	ctx, cancel := context.WithCancel(r.Context())
	r = r.WithContext(ctx)
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.running[r] = cancel
	return r, func() {
		cancel()
		p.mutex.Lock()
		defer p.mutex.Unlock()
		delete(p.running, r)
	}
}

// cut breaks off the requests under way that match, such as watches, and returns how many.
func (p *proxy) cut(pattern *regexp.Regexp) (cut int) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	for r, cancel := range p.running {
		if pattern.MatchString(r.Method + " " + r.URL.RequestURI()) {
			cancel()
			cut++
		}
	}
	return cut
}
