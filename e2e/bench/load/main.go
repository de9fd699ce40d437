// load is a client that does the same thing over and over, and tells how fast the answers come.
//
//	load [OPTIONS] read PATH         GET of PATH: each answer must be the first one, byte for byte
//	load [OPTIONS] write VAULT       PUT of an item of each connection's own: each must count its version one up
//	load [OPTIONS] fill N VAULT...   makes N items, as many in each vault, and prints the id of the first
//	load [OPTIONS] break N           N connections that end in the middle of their request
//
// read and write print "RATE P50 P99 P99.9": requests per second of connections that ask again as soon as they have their
// answer, then milliseconds at half of that rate. There each request has its time, and waits from then on, also while its
// connection is busy with the one before.
package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

var (
	address     = flag.String("address", "", "host and port")
	ca          = flag.String("ca", "", "file with the certificate of the server")
	tokenFile   = flag.String("token-file", "", "file with the access token; none: no token")
	connections = flag.Int("connections", 1, "how many ask at once")
	duration    = flag.Duration("for", 3*time.Second, "how long each of the two measurements takes")
	requests    = flag.Int64("requests", 0, "instead of measuring, read so many times")
)

// client is one connection, which stays open.
type client struct {
	conn   net.Conn
	reader *bufio.Reader
	body   []byte
	token  string
}

func dial(config *tls.Config, token string) (*client, error) {
	conn, err := tls.Dial("tcp", *address, config)
	if err != nil {
		return nil, err
	}
	return &client{conn: conn, reader: bufio.NewReaderSize(conn, 1<<16), token: token}, nil
}

func (c *client) format(method, path string, body []byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", method, path, *address)
	if c.token != "" {
		fmt.Fprintf(&b, "Authorization: Bearer %s\r\n", c.token)
	}
	if body != nil {
		fmt.Fprintf(&b, "Content-Type: application/json\r\nContent-Length: %d\r\n", len(body))
	}
	b.WriteString("\r\n")
	b.Write(body)
	return b.Bytes()
}

// head reads a status line and headers.
func (c *client) head() (status, length int, err error) {
	length = -1
	for {
		line, err := c.reader.ReadSlice('\n')
		if err != nil {
			return 0, 0, err
		}
		switch line = bytes.TrimRight(line, "\r\n"); {
		case len(line) == 0:
			return status, length, nil
		case status == 0:
			if len(line) < 12 || !bytes.HasPrefix(line, []byte("HTTP/1.1 ")) {
				return 0, 0, errors.New("no HTTP")
			}
			if status, err = strconv.Atoi(string(line[9:12])); err != nil {
				return 0, 0, err
			}
		case len(line) > 15 && bytes.EqualFold(line[:15], []byte("content-length:")):
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[15:]))); err != nil {
				return 0, 0, err
			}
		}
	}
}

// exchange gives the body of the answer, until the next exchange.
func (c *client) exchange(request []byte) ([]byte, error) {
	if _, err := c.conn.Write(request); err != nil {
		return nil, err
	}
	status, length, err := c.head()
	if err != nil {
		return nil, err
	}
	if length < 0 {
		return nil, errors.New("an answer without Content-Length")
	}
	c.body = slices.Grow(c.body[:0], length)[:length]
	if _, err := io.ReadFull(c.reader, c.body); err != nil {
		return nil, err
	}
	if status != 200 {
		return nil, fmt.Errorf("status %d: %.200s", status, c.body)
	}
	return c.body, nil
}

// task is what one connection does each time.
type task interface {
	request() []byte
	check(answer []byte) error
}

type read struct{ text, want []byte }

func newRead(c *client, path string) (task, error) {
	text := c.format("GET", path, nil)
	first, err := c.exchange(text)
	return &read{text, bytes.Clone(first)}, err
}

func (r *read) request() []byte { return r.text }

func (r *read) check(answer []byte) error {
	if !bytes.Equal(answer, r.want) {
		return fmt.Errorf("another answer than the first: %.200s", answer)
	}
	return nil
}

type item struct {
	ID       string              `json:"id,omitempty"`
	Title    string              `json:"title"`
	Category string              `json:"category"`
	Vault    map[string]string   `json:"vault"`
	Fields   []map[string]string `json:"fields"`
}

func newItem(vault, title string) item {
	return item{Title: title, Category: "LOGIN", Vault: map[string]string{"id": vault}, Fields: []map[string]string{
		{"id": "username", "label": "username", "purpose": "USERNAME", "value": "application"},
		{"id": "password", "label": "password", "purpose": "PASSWORD", "type": "CONCEALED", "value": "value-of-" + title},
		{"id": "host", "label": "host", "value": "db.example.com"},
	}}
}

// answered is what counts of an item in an answer.
type answered struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Version int    `json:"version"`
}

func (c *client) create(vault, title string) (answered, error) {
	var made answered
	body, err := json.Marshal(newItem(vault, title))
	if err != nil {
		return made, err
	}
	answer, err := c.exchange(c.format("POST", "/v1/vaults/"+vault+"/items", body))
	if err != nil {
		return made, err
	}
	if err := json.Unmarshal(answer, &made); err != nil {
		return made, err
	}
	if made.Version != 1 || made.Title != title {
		return made, fmt.Errorf("%s was made as %q, version %d", title, made.Title, made.Version)
	}
	return made, nil
}

// write is a PUT, whose answer has the version from before it.
type write struct {
	text []byte
	next int
}

func newWrite(c *client, vault string, number int) (task, error) {
	made, err := c.create(vault, fmt.Sprintf("written-%d-%d", os.Getpid(), number))
	if err != nil {
		return nil, err
	}
	replacement := newItem(vault, made.Title)
	replacement.ID = made.ID
	body, err := json.Marshal(replacement)
	return &write{c.format("PUT", "/v1/vaults/"+vault+"/items/"+made.ID, body), 1}, err
}

func (w *write) request() []byte { return w.text }

func (w *write) check(answer []byte) error {
	var have answered
	if err := json.Unmarshal(answer, &have); err != nil {
		return err
	}
	if have.Version != w.next {
		return fmt.Errorf("version %d, not %d", have.Version, w.next)
	}
	w.next++
	return nil
}

type worker struct {
	client *client
	task   task
	took   []time.Duration
}

func (w *worker) once() error {
	answer, err := w.client.exchange(w.task.request())
	if err != nil {
		return err
	}
	return w.task.check(answer)
}

// unpaced asks until the time is over.
func (w *worker) unpaced(until time.Time) error {
	w.took = w.took[:0]
	for begin := time.Now(); begin.Before(until); {
		if err := w.once(); err != nil {
			return err
		}
		end := time.Now()
		w.took = append(w.took, end.Sub(begin))
		begin = end
	}
	return nil
}

// paced asks at its times. What the clock of this machine oversleeps does not count, what the answers delay does.
func (w *worker) paced(first time.Time, every time.Duration, until time.Time) error {
	w.took = w.took[:0]
	for due := first; due.Before(until); due = due.Add(every) {
		begin := due
		if early := time.Until(due); early > 0 {
			time.Sleep(early)
			begin = time.Now()
		}
		if err := w.once(); err != nil {
			return err
		}
		w.took = append(w.took, time.Since(begin))
	}
	return nil
}

// inParallel calls do for each number at once, and gives the first error.
func inParallel(n int, do func(number int) error) error {
	var all sync.WaitGroup
	failures := make(chan error, n)
	for i := range n {
		all.Add(1)
		go func() {
			defer all.Done()
			if err := do(i); err != nil {
				failures <- err
			}
		}()
	}
	all.Wait()
	select {
	case err := <-failures:
		return err
	default:
		return nil
	}
}

func measure(workers []*worker) error {
	begin := time.Now()
	if err := inParallel(len(workers), func(i int) error { return workers[i].unpaced(begin.Add(*duration)) }); err != nil {
		return err
	}
	rate := float64(len(all(workers))) / time.Since(begin).Seconds()
	every := time.Duration(float64(len(workers)) / (rate / 2) * float64(time.Second))
	begin = time.Now()
	err := inParallel(len(workers), func(i int) error {
		return workers[i].paced(begin.Add(every*time.Duration(i)/time.Duration(len(workers))), every, begin.Add(*duration))
	})
	if err != nil {
		return err
	}
	took := all(workers)
	if len(took) == 0 {
		return errors.New("not one request in the time")
	}
	slices.Sort(took)
	at := func(share float64) float64 { return took[int(share*float64(len(took)-1))].Seconds() * 1000 }
	fmt.Printf("%.0f %.2f %.2f %.2f\n", rate, at(0.5), at(0.99), at(0.999))
	return nil
}

func all(workers []*worker) []time.Duration {
	var took []time.Duration
	for _, w := range workers {
		took = append(took, w.took...)
	}
	return took
}

// repeat reads so many times, with all connections together.
func repeat(workers []*worker, n int64) error {
	var begun atomic.Int64
	return inParallel(len(workers), func(i int) error {
		for begun.Add(1) <= n {
			if err := workers[i].once(); err != nil {
				return err
			}
		}
		return nil
	})
}

func fill(clients []*client, n int, vaults []string) error {
	var begun atomic.Int64
	var first string
	err := inParallel(len(clients), func(i int) error {
		for k := int(begun.Add(1)) - 1; k < n; k = int(begun.Add(1)) - 1 {
			made, err := clients[i].create(vaults[k%len(vaults)], fmt.Sprintf("item-%d", k))
			if err != nil {
				return err
			}
			if k == 0 {
				first = made.ID
			}
		}
		return nil
	})
	fmt.Println(first)
	return err
}

func breakOff(config *tls.Config, n int64) error {
	var begun atomic.Int64
	return inParallel(*connections, func(int) error {
		for k := begun.Add(1); k <= n; k = begun.Add(1) {
			c, err := dial(config, "none")
			if err != nil {
				return err
			}
			text := c.format("POST", "/v1/vaults/aaaaaaaaaaaaaaaaaaaaaaaaaa/items", make([]byte, 2000))
			if _, err := c.conn.Write(text[:int(k)%len(text)]); err != nil {
				return err
			}
			// Without the goodbye of TLS.
			c.conn.(*tls.Conn).NetConn().Close()
		}
		return nil
	})
}

func run(args []string) error {
	pem, err := os.ReadFile(*ca)
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	config := &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13}
	var token []byte
	if *tokenFile != "" {
		if token, err = os.ReadFile(*tokenFile); err != nil {
			return err
		}
	}
	if len(args) < 2 {
		return errors.New("what is to be done?")
	}
	number, _ := strconv.ParseInt(args[1], 10, 64)
	if args[0] == "break" {
		return breakOff(config, number)
	}
	clients := make([]*client, *connections)
	err = inParallel(len(clients), func(i int) (err error) {
		clients[i], err = dial(config, strings.TrimSpace(string(token)))
		return err
	})
	if err != nil {
		return err
	}
	if args[0] == "fill" {
		return fill(clients, int(number), args[2:])
	}
	workers := make([]*worker, *connections)
	err = inParallel(len(workers), func(i int) (err error) {
		workers[i] = &worker{client: clients[i]}
		switch args[0] {
		case "read":
			workers[i].task, err = newRead(clients[i], args[1])
		case "write":
			workers[i].task, err = newWrite(clients[i], args[1], i)
		default:
			err = fmt.Errorf("unknown command %s", args[0])
		}
		return err
	})
	if err != nil {
		return err
	}
	if *requests > 0 {
		return repeat(workers, *requests)
	}
	return measure(workers)
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("load: ")
	flag.Parse()
	if err := run(flag.Args()); err != nil {
		log.Fatal(err)
	}
}
