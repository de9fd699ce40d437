# shellcheck shell=bash
# Keys, certificates and kubeconfigs of a test cluster. All of it lives in DIR/pki and ends with the cluster.

make_ca() {
	local pki=$1
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=test-cluster-ca \
		-addext keyUsage=critical,keyCertSign -keyout "$pki/ca.key" -out "$pki/ca.crt" 2>>"$pki/log"
}

# make_certificate PKI NAME SUBJECT EXTENSION...
make_certificate() {
	local pki=$1 name=$2 subject=$3 extension extensions=()
	for extension in "${@:4}"; do
		extensions+=(-addext "$extension")
	done
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj "$subject" \
		-CA "$pki/ca.crt" -CAkey "$pki/ca.key" -addext basicConstraints=critical,CA:false "${extensions[@]}" \
		-keyout "$pki/$name.key" -out "$pki/$name.crt" 2>>"$pki/log"
}

make_service_account_keys() {
	local pki=$1
	openssl ecparam -genkey -name prime256v1 -noout -out "$pki/service-accounts.key" 2>>"$pki/log"
	openssl ec -in "$pki/service-accounts.key" -pubout -out "$pki/service-accounts.pub" 2>>"$pki/log"
}

make_credentials() {
	local pki=$1 jobs=() job
	make_ca "$pki"
	make_service_account_keys "$pki" & jobs+=($!)
	make_certificate "$pki" server /CN=kube-apiserver extendedKeyUsage=serverAuth \
		subjectAltName=IP:127.0.0.1,IP:10.0.0.1,DNS:localhost,DNS:kubernetes.default.svc & jobs+=($!)
	make_certificate "$pki" admin /O=system:masters/CN=admin extendedKeyUsage=clientAuth & jobs+=($!)
	make_certificate "$pki" kwok /O=system:masters/CN=kwok extendedKeyUsage=clientAuth & jobs+=($!)
	make_certificate "$pki" kube-controller-manager /CN=system:kube-controller-manager extendedKeyUsage=clientAuth & jobs+=($!)
	make_certificate "$pki" kube-scheduler /CN=system:kube-scheduler extendedKeyUsage=clientAuth & jobs+=($!)
	for job in "${jobs[@]}"; do
		wait "$job"
	done
}

# write_kubeconfig SERVER CA_FILE NAMESPACE USER_LINE... prints a kubeconfig whose user has these lines.
write_kubeconfig() {
	local server=$1 ca_file=$2 namespace=$3
	cat <<-END
		apiVersion: v1
		kind: Config
		current-context: test
		contexts:
		  - name: test
		    context: {cluster: test, user: test, namespace: $namespace}
		clusters:
		  - name: test
		    cluster:
		      server: $server
	END
	[ -z "$ca_file" ] || echo "      certificate-authority-data: $(base64 --wrap 0 "$ca_file")"
	printf '%s\n' 'users:' '  - name: test' '    user:'
	printf '      %s\n' "${@:4}"
}

write_certificate_kubeconfig() {
	local pki=$1 name=$2 server=$3
	write_kubeconfig "$server" "$pki/ca.crt" default \
		"client-certificate-data: $(base64 --wrap 0 "$pki/$name.crt")" \
		"client-key-data: $(base64 --wrap 0 "$pki/$name.key")"
}
