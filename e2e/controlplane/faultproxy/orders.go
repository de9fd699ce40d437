package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
)

// orderHandler is the control listener:
//
//	GET    /count?class=writes  number of requests of a class (all, without-leases, writes)
//	POST   /reset               counts and log begin anew; faults stay
//	POST   /fault               sets one more fault
//	GET    /fault               the faults, with how often each was met and hit
//	DELETE /fault               clears all faults and lets stalled requests go on
//	POST   /cut?match=REGEXP    breaks off requests under way, prints how many
func orderHandler(p *proxy) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /count", func(w http.ResponseWriter, r *http.Request) {
		class := orDefault(r.FormValue("class"), all)
		if !slices.Contains(classes, class) {
			http.Error(w, "no such class", http.StatusBadRequest)
			return
		}
		fmt.Fprintln(w, p.ledger.count(class))
	})
	mux.HandleFunc("POST /reset", func(w http.ResponseWriter, _ *http.Request) {
		if err := p.restart(); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	mux.HandleFunc("POST /fault", func(w http.ResponseWriter, r *http.Request) {
		f := &fault{}
		decoder := json.NewDecoder(r.Body)
		decoder.DisallowUnknownFields()
		err := decoder.Decode(f)
		if err == nil {
			err = f.prepare()
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		p.ledger.add(f)
	})
	mux.HandleFunc("GET /fault", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(p.ledger.list())
	})
	mux.HandleFunc("DELETE /fault", func(http.ResponseWriter, *http.Request) { p.ledger.clearFaults() })
	mux.HandleFunc("POST /cut", func(w http.ResponseWriter, r *http.Request) {
		pattern, err := regexp.Compile(r.FormValue("match"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		fmt.Fprintln(w, p.cut(pattern))
	})
	return mux
}
