// await URL PREFIX N: returns once the samples whose lines in URL's metrics begin with PREFIX sum up to N. It looks often,
// and costs the processors next to nothing.
package main

import (
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

func sum(metrics, prefix string) (total float64) {
	for line := range strings.Lines(metrics) {
		if strings.HasPrefix(line, prefix) {
			value, err := strconv.ParseFloat(strings.TrimSpace(line[strings.LastIndexByte(line, ' ')+1:]), 64)
			if err == nil {
				total += value
			}
		}
	}
	return total
}

func look(url, prefix string) (float64, error) {
	resp, err := http.Get(url)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return sum(string(body), prefix), err
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("await: ")
	if len(os.Args) != 4 {
		log.Fatal("URL PREFIX N")
	}
	want, err := strconv.ParseFloat(os.Args[3], 64)
	if err != nil {
		log.Fatal(err)
	}
	have := 0.0
	for deadline := time.Now().Add(10 * time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		// The operator may only just be starting.
		if have, err = look(os.Args[1], os.Args[2]); err == nil && have >= want {
			return
		}
	}
	log.Fatalf("%s is %v after ten minutes, not %v (%v)", os.Args[2], have, want, err)
}
