// faultproxy will stand between a client and an API server and break what it is told to break.
package main

import "log"

func main() { log.Fatal("faultproxy: not there yet") }
