// What the benchmarks need beside the product: a Connect server that only counts, and a plain writer.
module onepassword-operator/e2e/bench

go 1.24.0
