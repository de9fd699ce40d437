// writer talks to the API server and does nothing else.
//
//	writer [OPTIONS] resources N   creates N OnePasswordItems in the namespace
//	writer [OPTIONS] foreign N KIB creates N Secrets of so many KiB that are none of the operator's business
//	writer [OPTIONS] limit N       sends what the operator sends to sync N items (an apply of the Secret and a merge
//	                               patch of the status, one after the other), with bodies that were prepared, as fast
//	                               as the server takes them, and prints items per second
//	writer [OPTIONS] watched N     the same while it watches what the operator watches, which the server pays for too
package main

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const vaultID = "benchbenchbenchbenchbenchb"

type request struct{ method, path, contentType, body string }

type server struct {
	url    string
	client *http.Client
}

func connect(url, ca, certificate, key string, connections int) (*server, error) {
	pem, err := os.ReadFile(ca)
	if err != nil {
		return nil, err
	}
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	return &server{url, &http.Client{Transport: &http.Transport{
		TLSClientConfig:     &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{pair}},
		MaxConnsPerHost:     connections,
		MaxIdleConnsPerHost: connections,
	}}}, nil
}

func (s *server) send(r request) ([]byte, error) {
	req, err := http.NewRequest(r.method, s.url+r.path, strings.NewReader(r.body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", r.contentType)
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode/100 != 2 {
		err = fmt.Errorf("%s %s: %s: %s", r.method, r.path, resp.Status, bytes.TrimSpace(body))
	}
	return body, err
}

// sendAll sends each list in order, and as many lists at once as there are connections.
func (s *server) sendAll(lists [][]request, connections int) error {
	var next atomic.Int64
	var workers sync.WaitGroup
	failures := make(chan error, connections)
	for range connections {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for i := next.Add(1) - 1; i < int64(len(lists)); i = next.Add(1) - 1 {
				for _, r := range lists[i] {
					if _, err := s.send(r); err != nil {
						failures <- err
						return
					}
				}
			}
		}()
	}
	workers.Wait()
	select {
	case err := <-failures:
		return err
	default:
		return nil
	}
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		log.Fatal(err)
	}
	return string(b)
}

type object = map[string]any

func resources(namespace string, n int) [][]request {
	lists := make([][]request, n)
	for i := range lists {
		lists[i] = []request{{"POST", "/apis/onepassword.com/v1/namespaces/" + namespace + "/onepassworditems", "application/json",
			text(object{"apiVersion": "onepassword.com/v1", "kind": "OnePasswordItem", "metadata": object{"name": fmt.Sprintf("item-%d", i)},
				"spec": object{"itemPath": fmt.Sprintf("vaults/bench/items/item-%d", i)}})}}
	}
	return lists
}

func foreign(namespace string, n, kib int) [][]request {
	noise := make([]byte, kib*1024)
	_, _ = rand.Read(noise)
	data := base64.StdEncoding.EncodeToString(noise)
	lists := make([][]request, n)
	for i := range lists {
		lists[i] = []request{{"POST", "/api/v1/namespaces/" + namespace + "/secrets", "application/json",
			text(object{"apiVersion": "v1", "kind": "Secret", "metadata": object{"name": fmt.Sprintf("foreign-%d", i)}, "data": object{"noise": data}})}}
	}
	return lists
}

func (s *server) uids(namespace string) (map[string]string, error) {
	var list struct {
		Items []struct {
			Metadata struct{ Name, UID string }
		}
	}
	body, err := s.send(request{"GET", "/apis/onepassword.com/v1/namespaces/" + namespace + "/onepassworditems", "", ""})
	if err != nil {
		return nil, err
	}
	if err = json.Unmarshal(body, &list); err != nil {
		return nil, err
	}
	uids := map[string]string{}
	for _, item := range list.Items {
		uids[item.Metadata.Name] = item.Metadata.UID
	}
	return uids, nil
}

func limit(namespace string, n int, uids map[string]string) [][]request {
	now := time.Now().UTC().Format(time.RFC3339)
	lists := make([][]request, n)
	for i := range lists {
		name := fmt.Sprintf("item-%d", i)
		path := fmt.Sprintf("vaults/%s/items/item%022d", vaultID, i)
		encode := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
		secret := object{"apiVersion": "v1", "kind": "Secret", "metadata": object{"name": name, "namespace": namespace, "resourceVersion": "1",
			"labels": object{"operator.1password.io/managed": "true"},
			"annotations": object{"operator.1password.io/item-path": path, "operator.1password.io/item-version": "1",
				"operator.1password.io/keys": "2"},
			"ownerReferences": []object{{"apiVersion": "onepassword.com/v1", "kind": "OnePasswordItem", "name": name, "uid": uids[name]}}},
			"type": "Opaque", "data": object{"username": encode(fmt.Sprintf("user-%d", i)), "password": encode(fmt.Sprintf("value-%d-1", i))}}
		status := object{"apiVersion": "onepassword.com/v1", "kind": "OnePasswordItem", "metadata": object{"name": name, "namespace": namespace, "uid": uids[name]},
			"status": object{"conditions": []object{{"type": "Ready", "status": "True", "reason": "Synced", "lastTransitionTime": now, "observedGeneration": 1}},
				"observedGeneration": 1, "itemPath": path, "itemVersion": 1, "lastSyncTime": now, "keys": []string{"password", "username"}}}
		lists[i] = []request{
			{"PATCH", "/api/v1/namespaces/" + namespace + "/secrets/" + name + "?fieldManager=bench&force=true", "application/apply-patch+yaml", text(secret)},
			{"PATCH", "/apis/onepassword.com/v1/namespaces/" + namespace + "/onepassworditems/" + name + "/status?fieldManager=bench-status",
				"application/merge-patch+json", text(status)},
		}
	}
	return lists
}

// watch reads all that happens to the resources and the Secrets of the namespace until the program ends.
func (s *server) watch(namespace string) error {
	const metadata = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
	for path, accept := range map[string]string{
		"/apis/onepassword.com/v1/namespaces/" + namespace + "/onepassworditems?watch=true":                            "application/json",
		"/api/v1/namespaces/" + namespace + "/secrets?watch=true&labelSelector=operator.1password.io%2Fmanaged%3Dtrue": metadata,
	} {
		req, err := http.NewRequest("GET", s.url+path, nil)
		if err != nil {
			return err
		}
		req.Header.Set("Accept", accept)
		resp, err := s.client.Do(req)
		if err != nil {
			return err
		}
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("%s: %s", path, resp.Status)
		}
		go func() { _, _ = io.Copy(io.Discard, resp.Body) }()
	}
	return nil
}

func run(s *server, namespace string, connections int, args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("resources N, foreign N KIB, or limit N")
	}
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	switch args[0] {
	case "resources":
		return s.sendAll(resources(namespace, n), connections)
	case "foreign":
		kib, err := strconv.Atoi(args[len(args)-1])
		if err != nil {
			return err
		}
		return s.sendAll(foreign(namespace, n, kib), connections)
	case "limit", "watched":
		if args[0] == "watched" {
			if err := s.watch(namespace); err != nil {
				return err
			}
		}
		uids, err := s.uids(namespace)
		if err != nil {
			return err
		}
		lists := limit(namespace, n, uids)
		begin := time.Now()
		if err := s.sendAll(lists, connections); err != nil {
			return err
		}
		fmt.Printf("%.1f\n", float64(n)/time.Since(begin).Seconds())
		return nil
	}
	return fmt.Errorf("there is no %s", args[0])
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("writer: ")
	url := flag.String("server", "", "`URL` of the API server")
	ca := flag.String("ca", "", "`FILE` with its CA")
	certificate := flag.String("cert", "", "`FILE` with the client's certificate")
	key := flag.String("key", "", "`FILE` with its key")
	namespace := flag.String("namespace", "default", "`NAME`")
	connections := flag.Int("connections", 4, "`how many` at once")
	flag.Parse()
	s, err := connect(*url, *ca, *certificate, *key, *connections+2) // with the watches
	if err == nil {
		err = run(s, *namespace, *connections, flag.Args())
	}
	if err != nil {
		log.Fatal(err)
	}
}
