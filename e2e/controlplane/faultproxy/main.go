// faultproxy stands between a client and a server, counts requests and breaks those it is told to break.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("faultproxy: ")
	upstream := flag.String("upstream", "", "`URL` of the server")
	upstreamCA := flag.String("upstream-ca", "", "`FILE` with the CA of the server")
	plain := flag.Bool("plain", false, "serve http, not https")
	listen := flag.String("listen", "127.0.0.1:0", "`ADDRESS` for the client")
	control := flag.String("control", "127.0.0.1:0", "`ADDRESS` for orders")
	dir := flag.String("dir", "", "`DIR` that gets requests.log, ca.crt, url and, when all is ready, control-url")
	flag.Parse()
	if err := run(*upstream, *upstreamCA, *plain, *listen, *control, *dir); err != nil {
		log.Fatal(err)
	}
}

func run(upstream, upstreamCA string, plain bool, listen, control, dir string) error {
	if upstream == "" || dir == "" {
		return fmt.Errorf("--upstream and --dir are needed")
	}
	// Appending, so that a line after a truncation starts the file anew.
	requests, err := os.OpenFile(filepath.Join(dir, "requests.log"), os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	p := &proxy{ledger: newLedger(), log: requests, running: map[*http.Request]context.CancelFunc{}}
	if p.upstream, err = url.Parse(upstream); err != nil {
		return err
	}
	if p.transport, err = newTransport(upstreamCA); err != nil {
		return err
	}
	clients, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	orders, err := net.Listen("tcp", control)
	if err != nil {
		return err
	}
	scheme := "http"
	if !plain {
		scheme = "https"
		certificate, ca, err := selfMade()
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, "ca.crt"), ca, 0o644); err != nil {
			return err
		}
		clients = tls.NewListener(clients, &tls.Config{Certificates: []tls.Certificate{certificate}})
	}
	if err := writeFile(dir, "url", scheme+"://"+clients.Addr().String()); err != nil {
		return err
	}
	if err := writeFile(dir, "control-url", "http://"+orders.Addr().String()); err != nil {
		return err
	}
	failed := make(chan error)
	go func() { failed <- http.Serve(clients, p) }()
	go func() { failed <- http.Serve(orders, orderHandler(p)) }()
	return <-failed
}

// writeFile makes the file appear with its content in it.
func writeFile(dir, name, line string) error {
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path+".new", []byte(line+"\n"), 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

func newTransport(caFile string) (*http.Transport, error) {
	// What the client asks for decides about compression, and each watch holds a connection.
	transport := &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64}
	if caFile == "" {
		return transport, nil
	}
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("no certificate in %s", caFile)
	}
	transport.TLSClientConfig = &tls.Config{RootCAs: pool}
	return transport, nil
}
