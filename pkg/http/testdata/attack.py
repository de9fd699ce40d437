#!/usr/bin/env python3
"""What a client may do to the HTTP server, written in another language than the server: attack.py CASE PORT [CERT]

Ends with 0 when the server behaved; otherwise the failed assertion is shown.
"""
import json
import socket
import ssl
import sys
import threading
import time
import warnings

HOST = "127.0.0.1"
PATIENCE = 20  # seconds: long enough for a sanitizer on a busy machine


class Connection:
    """A socket and the replies that come from it, parsed strictly."""

    def __init__(self, port, tls=None):
        self.sock = socket.create_connection((HOST, port), timeout=PATIENCE)
        if tls:
            self.sock = tls.wrap_socket(self.sock, server_hostname="localhost", suppress_ragged_eofs=False)
        self.file = self.sock.makefile("rb")

    def send(self, data):
        self.sock.sendall(data)

    def line(self):
        line = self.file.readline()
        assert line.endswith(b"\r\n"), line
        return line[:-2].decode("ascii")

    def reply(self, method="GET"):
        version, status, _ = self.line().split(" ", 2)
        assert version == "HTTP/1.1", version
        headers = {}
        while True:
            line = self.line()
            if not line:
                break
            name, value = line.split(": ", 1)
            assert name.lower() not in headers, name
            headers[name.lower()] = value
        assert "server" not in headers, headers
        status = int(status)
        body = b""
        if method != "HEAD" and status >= 200 and status not in (204, 304):
            body = self.file.read(int(headers["content-length"]))
            assert len(body) == int(headers["content-length"]), (len(body), headers)
        return status, headers, body

    def refused(self, status):
        """The server's own JSON, and then the end of the connection."""
        got, headers, body = self.reply()
        assert got == status, (got, body)
        assert headers["content-type"] == "application/json", headers
        assert headers["connection"] == "close", headers
        parsed = json.loads(body)
        assert parsed["status"] == status and parsed["message"], parsed
        self.ended()
        return headers

    def ended(self):
        try:
            rest = self.file.read(1)
        except ConnectionResetError:
            rest = b""
        assert rest == b"", rest

    def close(self):
        self.file.close()
        self.sock.close()


def get(path="/echo", extra=""):
    return f"GET {path} HTTP/1.1\r\nHost: a\r\n{extra}\r\n".encode()


def post(body, path="/echo", extra=""):
    return f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}\r\n{extra}\r\n".encode() + body


def works(port, tls=None):
    c = Connection(port, tls)
    c.send(get())
    status, _, body = c.reply()
    assert (status, body) == (200, b"GET /echo  "), (status, body)
    c.close()


def drip(connection, data, seconds):
    """One byte at a time until the server answers; gives the time that took."""
    start = time.monotonic()
    connection.sock.settimeout(0.02)
    for i in range(len(data)):
        assert time.monotonic() - start < PATIENCE, "the server waits for ever"
        try:
            connection.send(data[i : i + 1])
        except OSError:
            break
        try:
            if connection.sock.recv(1, socket.MSG_PEEK):
                break
        except TimeoutError:
            pass
    connection.sock.settimeout(PATIENCE)
    took = time.monotonic() - start
    assert took >= seconds, took
    return took


def slow_headers(port):
    c = Connection(port)
    drip(c, b"GET /echo HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 4000, 0.2)
    c.refused(408)
    works(port)


def slow_second_headers(port):
    c = Connection(port)
    c.send(get())
    assert c.reply()[0] == 200
    drip(c, b"GET /echo HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 4000, 0.2)
    c.refused(408)


def drip_body(port):
    c = Connection(port)
    c.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4000\r\n\r\n")
    drip(c, b"x" * 4000, 0.2)
    c.refused(408)
    works(port)


def chunked(port):
    c = Connection(port)
    c.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n{\"a\":1}\r\n0\r\n\r\n" + get("/count"))
    c.refused(411)
    c = Connection(port)
    c.send(b"POST /echo HTTP/1.1\r\nHost: a\r\n\r\n")
    c.refused(411)


def smuggling(port):
    hidden = get("/count")
    for fields in (
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        "Transfer-Encoding: xchunked\r\nContent-Length: 4\r\n",
        "Transfer-Encoding : chunked\r\nContent-Length: 4\r\n",
        "Content-Length: 4\r\nContent-Length: 0\r\n",
        "Content-Length: 4, 0\r\n",
        "Content-Length : 4\r\n",
        "Content-Length: +4\r\n",
        "abc\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        "X: y\r\n Content-Length: 4\r\n",
        "X: y\nContent-Length: 4\r\n",
        "X: y\rContent-Length: 4\r\n",
        "X: \0\r\nContent-Length: 4\r\n",
    ):
        c = Connection(port)
        c.send(f"POST /echo HTTP/1.1\r\nHost: a\r\n{fields}\r\n".encode() + b"0\r\n\r\n" + hidden)
        c.refused(411 if fields.count("Transfer-Encoding:") and "abc" not in fields else 400)
        c.close()


def pipelining(port, tls=None):
    c = Connection(port, tls)
    n = 60
    c.send(b"".join(get(f"/echo?{i}") if i % 2 else post(b"%d" % i) for i in range(n)))
    for i in range(n):
        status, _, body = c.reply()
        want = b"GET /echo %d " % i if i % 2 else b"POST /echo  %d" % i
        assert (status, body) == (200, want), (i, status, body)
    c.send(get())
    assert c.reply()[2] == b"GET /echo  "


def completion(port):
    """A body and the next request in one segment: exactly one reply each."""
    for _ in range(20):
        c = Connection(port)
        c.send(post(b"first", "/count") + get("/echo?second") + get("/echo?third", "Connection: close\r\n"))
        assert c.reply()[2] == b"counted"
        assert c.reply()[2] == b"GET /echo second "
        assert c.reply()[2] == b"GET /echo third "
        c.ended()
        c.close()


def over_limit(port):
    start = time.monotonic()
    c = Connection(port)
    c.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n")
    c.refused(413)
    assert time.monotonic() - start < PATIENCE / 2
    # The answer is readable although the client goes on to send.
    c = Connection(port)
    c.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n" + b"x" * 5000000)
    assert c.reply()[0] == 413
    c = Connection(port)
    c.send(get(extra="X: " + "a" * 9000 + "\r\n"))
    c.refused(431)
    c = Connection(port)
    c.send(get(extra="X: " + "a" * 70000 + "\r\n"))
    assert c.reply()[0] == 431
    c = Connection(port)
    c.send(get("/" + "a" * 9000))
    c.refused(414)
    works(port)


def keepalive(port):
    c = Connection(port)
    for i in range(1000):
        c.send(get(f"/echo?{i}"))
        status, _, body = c.reply()
        assert (status, body) == (200, b"GET /echo %d " % i), (i, status, body)
    c.send(get("/echo", "Connection: close\r\n"))
    assert c.reply()[1]["connection"] == "close"
    c.ended()


def goodbye(port):
    """The end comes with the reply, not when the server is tired of waiting for ours."""
    took = []
    for _ in range(3):
        c = Connection(port)
        c.send(get("/echo", "Connection: close\r\n"))
        assert c.reply()[0] == 200
        start = time.monotonic()
        c.ended()
        took.append(time.monotonic() - start)
    assert min(took) < 1, took


def cap(port):
    """The server was started with room for 8 connections."""
    held = [Connection(port) for _ in range(8)]
    for c in held:
        c.send(get())
        assert c.reply()[0] == 200
    for _ in range(20):
        c = Connection(port)
        c.ended()
        c.close()
    for c in held:
        c.send(get())
        assert c.reply()[0] == 200
        c.close()
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            works(port)
            break
        except (AssertionError, OSError):
            assert time.monotonic() < deadline


def load(port, tls=None):
    failures = []

    def client(k):
        try:
            c = Connection(port, tls)
            for i in range(250):
                if i % 50 == 49:
                    c.close()
                    c = Connection(port, tls)
                body = b"%d-%d" % (k, i) * (i + 1)
                c.send(post(body))
                status, _, got = c.reply()
                assert (status, got) == (200, b"POST /echo  " + body), (k, i, status)
            c.close()
        except BaseException as e:  # noqa: BLE001 - shown by the main thread
            failures.append(e)

    threads = [threading.Thread(target=client, args=(k,)) for k in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not failures, failures


def context(cert):
    tls = ssl.create_default_context(cafile=cert)
    tls.set_alpn_protocols(["h2", "http/1.1"])
    tls.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
    return tls


def tls_handshake(port, cert):
    tls = context(cert)
    works(port, tls)
    c = Connection(port, tls)
    assert c.sock.selected_alpn_protocol() == "http/1.1"
    assert c.sock.version() == "TLSv1.3", c.sock.version()
    c.send(post(b"x" * 100000))
    assert len(c.reply()[2]) == 100012
    c.send(get("/big"))
    assert c.reply()[2] == b"0123456789abcdef" * 65536
    c.send(get("/echo", "Connection: close\r\n"))
    assert c.reply()[0] == 200
    c.ended()  # by close_notify: it would raise otherwise
    tls.maximum_version = ssl.TLSVersion.TLSv1_2
    works(port, tls)
    warnings.simplefilter("ignore", DeprecationWarning)  # of the old versions below
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.load_verify_locations(cert)
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    try:
        Connection(port, old)
        raise AssertionError("TLS 1.1 was accepted")
    except ssl.SSLError:
        pass


def tls_idle(port, cert):
    """The limit for the handshake is none for the connection."""
    c = Connection(port, context(cert))
    c.send(get())
    assert c.reply()[0] == 200
    time.sleep(5.5)
    c.send(get())
    assert c.reply()[0] == 200


def tls_load(port, cert):
    load(port, context(cert))


def tls_pipelining(port, cert):
    pipelining(port, context(cert))


def tls_garbage(port, cert):
    for data in (get(), b"\x16\x03\x01\x00\x05hello", b"\0" * 100, b"\x80" * 5, b"\xff"):
        c = Connection(port)
        try:
            c.send(data)
            c.sock.shutdown(socket.SHUT_WR)
            got = c.file.read(100)
        except OSError:
            got = b""
        assert not got.startswith(b"HTTP"), got
        c.close()
    works(port, context(cert))


def tls_is(port, cert):
    with open(cert, encoding="ascii") as f:
        want = ssl.PEM_cert_to_DER_cert(f.read())
    c = Connection(port, context(cert))
    assert c.sock.getpeercert(binary_form=True) == want
    c.send(get())
    assert c.reply()[0] == 200


def methods(port):
    c = Connection(port)
    c.send(b"HEAD /echo HTTP/1.1\r\nHost: a\r\n\r\n" + get())
    status, headers, _ = c.reply("HEAD")
    assert (status, headers["content-length"]) == (200, "11"), (status, headers)
    assert c.reply()[2] == b"GET /echo  "
    for method in ("BREW", "PROPFIND", "OPTIONS", "DELETE"):
        c.send(f"{method} /echo HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        assert c.reply()[2] == f"{method} /echo  ".encode()
    c.send(get("/a%2fb/../%00?x=%20+y"))
    assert c.reply()[2] == b"GET /a%2fb/../%00 x=%20+y "
    c.send(b"GET /echo HTTP/1.0\r\n\r\n")
    assert c.reply()[1]["connection"] == "close"
    c.ended()


def replies(port):
    c = Connection(port)
    c.send(get("/inject"))
    status, headers, body = c.reply()
    assert (status, body) == (200, b""), (status, body)
    assert headers["x-evil"] == "a  Set-Cookie: b", headers
    assert "set-cookie" not in headers
    c.send(get("/untouched"))
    status, headers, body = c.reply()
    assert (status, json.loads(body)["status"]) == (500, 500)
    c.send(get("/empty"))
    assert c.reply()[0] == 204
    c.send(get("/big"))
    assert c.reply()[2] == b"0123456789abcdef" * 65536


def expects(port):
    c = Connection(port)
    c.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
    assert c.reply()[0] == 100
    c.send(b"ok")
    assert c.reply()[2] == b"POST /echo  ok"


def blocked_too_long(port):
    start = time.monotonic()
    c = Connection(port)
    c.send(get("/block"))
    c.refused(503)
    assert time.monotonic() - start < PATIENCE / 2


def queue_full(port):
    """One worker that is busy, a queue of one that is full."""
    c = Connection(port)
    c.send(get())
    status, headers, body = c.reply()
    assert (status, headers["retry-after"]) == (503, "1"), (status, headers)
    assert json.loads(body)["status"] == 503


def block(port):
    c = Connection(port)
    c.send(get("/block"))
    status, headers, body = c.reply()
    assert (status, body, headers["connection"]) == (200, b"released", "close"), (status, body, headers)
    c.ended()


if __name__ == "__main__":
    globals()[sys.argv[1]](int(sys.argv[2]), *sys.argv[3:])
