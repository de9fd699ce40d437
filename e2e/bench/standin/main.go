// standin answers as Connect does for a vault of many items, counts the requests, and takes its time when told to: what
// is measured is the operator, not a server behind it.
//
//	standin --items N [--listen ADDRESS]
//
// Prints its URL. Orders: GET /orders/counts, POST /orders/delay?ms=N, POST /orders/rotate?every=N.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const vaultID = "benchbenchbenchbenchbenchb"

type vault struct {
	mu       sync.RWMutex
	versions []int
	content  int

	delay               atomic.Int64
	vaults, lists, gets atomic.Int64
}

// Ids have 26 characters.
func itemID(i int) string { return fmt.Sprintf("item%022d", i) }

func summary(i, version int) map[string]any {
	return map[string]any{
		"id": itemID(i), "title": fmt.Sprintf("item-%d", i), "category": "LOGIN", "version": version,
		"vault": map[string]any{"id": vaultID}, "createdAt": "2026-01-01T00:00:00Z", "updatedAt": "2026-01-01T00:00:00Z",
	}
}

func value(i, version int) string { return fmt.Sprintf("value-%d-%d", i, version) }

func (v *vault) list(w http.ResponseWriter) {
	v.lists.Add(1)
	v.mu.RLock()
	all := make([]map[string]any, len(v.versions))
	for i, version := range v.versions {
		all[i] = summary(i, version)
	}
	v.mu.RUnlock()
	answer(w, all)
}

func (v *vault) item(w http.ResponseWriter, id string) {
	v.gets.Add(1)
	i, err := strconv.Atoi(strings.TrimPrefix(id, "item"))
	v.mu.RLock()
	defer v.mu.RUnlock()
	if err != nil || i < 0 || i >= len(v.versions) {
		http.Error(w, `{"status":404,"message":"no such item"}`, http.StatusNotFound)
		return
	}
	full := summary(i, v.versions[i])
	full["fields"] = []map[string]any{
		{"id": "username", "label": "username", "type": "STRING", "purpose": "USERNAME", "value": fmt.Sprintf("user-%d", i)},
		{"id": "password", "label": "password", "type": "CONCEALED", "purpose": "PASSWORD", "value": value(i, v.versions[i])},
	}
	answer(w, full)
}

func answer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("1Password-Connect-Version", "1.8.2")
	if err := json.NewEncoder(w).Encode(body); err != nil {
		log.Print(err)
	}
}

func (v *vault) connect(w http.ResponseWriter, r *http.Request) {
	time.Sleep(time.Duration(v.delay.Load()) * time.Millisecond)
	switch parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/"); {
	case len(parts) == 2:
		v.vaults.Add(1)
		v.mu.RLock()
		content := v.content
		v.mu.RUnlock()
		answer(w, []map[string]any{{"id": vaultID, "name": "bench", "attributeVersion": 1, "contentVersion": content,
			"createdAt": "2026-01-01T00:00:00Z"}})
	case len(parts) == 4:
		v.list(w)
	case len(parts) == 5:
		v.item(w, parts[4])
	default:
		http.NotFound(w, r)
	}
}

func number(r *http.Request, name string) int {
	n, err := strconv.Atoi(r.URL.Query().Get(name))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

func (v *vault) rotate(every int) (rotated int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for i := range v.versions {
		if every > 0 && i%every == 0 {
			v.versions[i]++
			rotated++
		}
	}
	v.content++
	return rotated
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("standin: ")
	items := flag.Int("items", 1000, "how `many` items there are")
	listen := flag.String("listen", "127.0.0.1:0", "`ADDRESS`")
	flag.Parse()
	v := &vault{versions: make([]int, *items), content: 1}
	for i := range v.versions {
		v.versions[i] = 1
	}
	http.HandleFunc("/v1/vaults", v.connect)
	http.HandleFunc("/v1/vaults/", v.connect)
	http.HandleFunc("/orders/counts", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]int64{"vaults": v.vaults.Load(), "lists": v.lists.Load(), "items": v.gets.Load()})
	})
	http.HandleFunc("/orders/delay", func(_ http.ResponseWriter, r *http.Request) { v.delay.Store(int64(number(r, "ms"))) })
	http.HandleFunc("/orders/rotate", func(w http.ResponseWriter, r *http.Request) {
		answer(w, map[string]int{"rotated": v.rotate(number(r, "every"))})
	})
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("http://%s\n", listener.Addr())
	log.Fatal(http.Serve(listener, nil))
}
