#!/usr/bin/env python3
"""A peer for the client's tests: well-behaved and ill-behaved answers, byte by byte.

peer.py [CERTDIR]: listens on free ports of 127.0.0.1, prints one line "name=port ..." and serves until its standard
input ends. With CERTDIR it makes certificates there (with openssl) and listens with TLS too. Every request for /hang,
/silence and /endless prints a line "waiting", so that a test knows when to act.

This is in another language than the client on purpose: one misunderstanding of the wire must not be on both ends.
"""

import gzip
import os
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time

LOCK = threading.Lock()
CONNECTIONS = [0]


def say(line):
    with LOCK:
        print(line, flush=True)


# --- Reading requests ---------------------------------------------------------------------------------------------
class Request:
    def __init__(self, method, target, headers, body, number):
        self.method, self.target, self.headers, self.body = method, target, headers, body
        self.connection = number
        self.path = target.split("?")[0]


def read_request(sock, buffered, number):
    """One request and the bytes after it; None at the end of the connection."""
    data = buffered
    while b"\r\n\r\n" not in data:
        more = sock.recv(65536)
        if not more:
            return None, b""
        data += more
        if data[0] == 0x16:
            sock.sendall(b"HTTP/1.1 400 This port does not speak TLS\r\n\r\n")
            raise Close
    head, rest = data.split(b"\r\n\r\n", 1)
    lines = head.decode("latin-1").split("\r\n")
    method, target, _ = lines[0].split(" ", 2)
    headers = {}
    for line in lines[1:]:
        name, value = line.split(":", 1)
        headers[name.lower()] = value.strip()
    length = int(headers.get("content-length", "0"))
    while len(rest) < length:
        more = sock.recv(65536)
        if not more:
            return None, b""
        rest += more
    return Request(method, target, headers, rest[:length], number), rest[length:]


# --- Answers ------------------------------------------------------------------------------------------------------
class Close(Exception):
    """Ends the connection in an orderly way."""


def answer(sock, body, status="200 OK", *headers):
    if isinstance(body, str):
        body = body.encode()
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    sock.sendall(("\r\n".join(head) + "\r\n\r\n").encode() + body)


def chunks(sock, pieces, *headers, end=True):
    head = ["HTTP/1.1 200 OK", "Transfer-Encoding: chunked", "Content-Type: application/json", *headers]
    sock.sendall(("\r\n".join(head) + "\r\n\r\n").encode())
    for piece in pieces:
        sock.sendall(b"%x\r\n" % len(piece) + piece + b"\r\n")
        time.sleep(0.002)
    if end:
        sock.sendall(b"0\r\n\r\n")


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise Close


def wait_for_end(sock):
    say("waiting")
    while sock.recv(65536):
        pass
    raise Close


def echo(sock, r):
    names = ("host", "authorization", "accept-encoding", "content-type", "user-agent", "expect", "x-test")
    lines = [f"{r.method} {r.target}", f"connection: {r.connection}"]
    lines += [f"{n}: {r.headers[n]}" for n in names if n in r.headers]
    answer(sock, "\n".join(lines) + "\n\n" + r.body.decode("latin-1"), "200 OK", "Content-Type: text/plain")


def head(sock, _):
    sock.sendall(b"HTTP/1.1 100 Continue\r\nETag: \"interim\"\r\n\r\n")
    sock.sendall(
        b"HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\ncontent-type:  application/json \r\n"
        b'ETag: "7"\r\n1Password-Connect-Version: 1.7.3\r\nTransfer-Encoding: chunked\r\n\r\n'
        b'2\r\n{}\r\n0\r\nETag: "trailer"\r\n\r\n'
    )


def compressed(sock, r):
    if "gzip" in r.headers.get("accept-encoding", ""):
        answer(sock, gzip.compress(b"plain" * 1000), "200 OK", "Content-Encoding: gzip")
    else:
        answer(sock, "not asked for")


def drip(sock, _):
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        sock.sendall(b"x")
        time.sleep(0.02)


def silence(sock, _):
    chunks(sock, [b"first\nsec"], end=False)
    wait_for_end(sock)


def endless(sock, _):
    chunks(sock, [b"first\n"], end=False)
    say("waiting")
    while True:
        sock.sendall(b"5\r\ntick\n\r\n")
        time.sleep(0.02)


def cut(sock, _):
    chunks(sock, [b"first\nsec"], end=False)
    raise Close


def begin(sock, _):
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nbegin")


def short(sock, r):
    begin(sock, r)
    raise Close


def reset_in_body(sock, r):
    begin(sock, r)
    time.sleep(0.05)
    reset(sock)


def close_quietly(sock, _):
    raise Close


def forget(sock, r):
    """Looks like a connection that may be used again, but is gone a moment later."""
    echo(sock, r)
    raise Close


def not_http(sock, _):
    sock.sendall(b"SSH-2.0-peer\r\n")
    raise Close


def bad_length(sock, _):
    sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n")
    raise Close


def unframed(sock, _):
    """A body that the end of the connection ends."""
    sock.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\none\ntwo")
    raise Close


LINES = [b"on", b"e\nt", "wö".encode()[:2], "wö".encode()[2:] + b"\r", b"\n\n", b"nu\0l\n{}", b"\nta", b"il"]
UTF8 = [bytes([b]) for b in '{"k":"é€😀"}'.encode()]

ROUTES = {
    "/hang": lambda s, r: wait_for_end(s),
    "/head": head,
    "/gzip": compressed,
    "/bomb": lambda s, r: answer(s, gzip.compress(bytes(8 << 20)), "200 OK", "Content-Encoding: gzip"),
    "/badgzip": lambda s, r: answer(s, "no gzip at all", "200 OK", "Content-Encoding: gzip"),
    "/split": lambda s, r: chunks(s, UTF8),
    "/lines": lambda s, r: chunks(s, LINES),
    "/longline": lambda s, r: chunks(s, [b"short\n"] + [b"x" * 1000] * 4, end=False) or wait_for_end(s),
    "/many": lambda s, r: chunks(s, [b"".join(b"%d\n" % (i * 10000 + j) for j in range(10000)) for i in range(10)]),
    "/silence": silence,
    "/endless": endless,
    "/cut": cut,
    "/unframed": unframed,
    "/big": lambda s, r: answer(s, bytes(1 << 20)),
    "/drip": drip,
    "/short": short,
    "/reset": reset_in_body,
    "/close": close_quietly,
    "/forget": forget,
    "/nothttp": not_http,
    "/badlength": bad_length,
    "/empty": lambda s, r: s.sendall(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "/redirect": lambda s, r: answer(s, "elsewhere", "302 Found", "Location: /echo"),
    "/401": lambda s, r: answer(s, '{"message":"no"}', "401 Unauthorized", "WWW-Authenticate: Bearer"),
    "/429": lambda s, r: answer(s, "{}", "429 Too Many Requests", "Retry-After: 7"),
    "/503": lambda s, r: answer(
        s, "{}", "503 Service Unavailable",
        "Date: Sun, 06 Nov 1994 08:49:37 GMT", "Retry-After: Sun, 06 Nov 1994 08:51:07 GMT"),
}


# --- Serving ------------------------------------------------------------------------------------------------------
def end(sock):
    try:
        if isinstance(sock, ssl.SSLSocket):
            sock = sock.unwrap()
    except (OSError, ValueError):
        pass
    sock.close()


def serve(sock, number):
    buffered = b""
    while True:
        request, buffered = read_request(sock, buffered, number)
        if request is None:
            return
        ROUTES.get(request.path, echo)(sock, request)


def pipe(source, sink):
    try:
        while True:
            data = source.recv(65536)
            if not data:
                break
            sink.sendall(data)
    except OSError:
        pass
    try:
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def serve_proxy(sock, number):
    """Every host is this one, but denied.test, which needs a password, and dead.test, where nobody listens."""
    request, _ = read_request(sock, b"", number)
    if request is None:
        return
    if request.method != "CONNECT":
        answer(sock, f"proxied {request.method} {request.target}\n")
        return
    host, port = request.target.rsplit(":", 1)
    if host == "denied.test":
        answer(sock, "", "407 Proxy Authentication Required")
        return
    if host == "dead.test":
        answer(sock, "", "502 Bad Gateway")
        return
    say(f"connect {host}")
    with socket.create_connection(("127.0.0.1", int(port))) as upstream:
        sock.sendall(b"HTTP/1.1 200 Connection established\r\nETag: \"of the proxy\"\r\n\r\n")
        back = threading.Thread(target=pipe, args=(upstream, sock), daemon=True)
        back.start()
        pipe(sock, upstream)
        back.join()


def connection(sock, context, handler):
    with LOCK:
        CONNECTIONS[0] += 1
        number = CONNECTIONS[0]
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context:
            sock = context.wrap_socket(sock, server_side=True)
        handler(sock, number)
    except (Close, OSError, ValueError):
        pass
    end(sock)


def listen(context=None, handler=serve):
    server = socket.create_server(("127.0.0.1", 0))

    def loop():
        while True:
            sock, _ = server.accept()
            threading.Thread(target=connection, args=(sock, context, handler), daemon=True).start()

    threading.Thread(target=loop, daemon=True).start()
    return server.getsockname()[1]


# --- Certificates -------------------------------------------------------------------------------------------------
def openssl(*args):
    subprocess.run(["openssl", *args], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


def make_ca(folder, name):
    openssl("req", "-x509", *NEW_KEY, "-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.pem", "-days", "2",
            "-subj", f"/CN={name}")


def make_cert(folder, name, names, days="2"):
    base = f"{folder}/{name}"
    openssl("req", "-new", *NEW_KEY, "-keyout", f"{base}.key", "-out", f"{base}.csr", "-subj", f"/CN={name}")
    with open(f"{base}.ext", "w", encoding="ascii") as f:
        f.write(f"subjectAltName={names}\n")
    openssl("x509", "-req", "-in", f"{base}.csr", "-CA", f"{folder}/ca.pem", "-CAkey", f"{folder}/ca.key",
            "-CAcreateserial", "-days", days, "-extfile", f"{base}.ext", "-out", f"{base}.pem")


def server_context(folder, name):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{folder}/{name}.pem", f"{folder}/{name}.key")
    return context


def listen_tls(folder):
    make_ca(folder, "ca")
    make_ca(folder, "otherca")
    make_cert(folder, "good", "DNS:localhost,IP:127.0.0.1")
    make_cert(folder, "other", "DNS:other.test")
    make_cert(folder, "expired", "DNS:localhost,IP:127.0.0.1", days="-1")
    make_cert(folder, "client", "DNS:client.test")
    ports = {"tls": listen(server_context(folder, "good"))}
    ports["other"] = listen(server_context(folder, "other"))
    ports["expired"] = listen(server_context(folder, "expired"))
    ports["selfsigned"] = listen(server_context(folder, "otherca"))
    mutual = server_context(folder, "good")
    mutual.verify_mode = ssl.CERT_REQUIRED
    mutual.load_verify_locations(f"{folder}/ca.pem")
    ports["mutual"] = listen(mutual)
    return ports


def main():
    ports = {"plain": listen(), "proxy": listen(handler=serve_proxy)}
    if len(sys.argv) > 1:
        ports.update(listen_tls(sys.argv[1]))
    say(" ".join(f"{name}={port}" for name, port in ports.items()))
    sys.stdin.read()
    sys.stdout.flush()
    os._exit(0)


main()
