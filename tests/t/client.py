#!/usr/bin/env python3
"""client.py - one HTTP request as raw bytes, to provoke a listener.

    client.py PORT REQUEST [--tls] [--key PEM] [--max-tls V] [--body FILE] [--chunks N] [--byte-every SECONDS] [--shut] [--count]

REQUEST has escapes as in C strings. --tls: any key of the other side will do; --key: our own, with its
certificate. --byte-every sends a byte at a time. --chunks: N chunks of 1 MiB and their end. --shut: our half is closed
behind the request. Prints the status, "closed" when the connection ended without one, or "silent" after 75 seconds; then
the answer's code and the seconds. --count: how many answers came, instead.
"""
import argparse, json, re, socket, ssl, time

a = argparse.ArgumentParser()
a.add_argument("port", type=int)
a.add_argument("request")
a.add_argument("--tls", action="store_true")
a.add_argument("--key")
a.add_argument("--body")
a.add_argument("--byte-every", type=float, default=0)
a.add_argument("--shut", action="store_true")
a.add_argument("--chunks", type=int, default=0)
a.add_argument("--count", action="store_true")
a.add_argument("--max-tls", default="TLSv1_3")
o = a.parse_args()


def connect():
    s = socket.create_connection(("127.0.0.1", o.port), 75)
    if o.tls:
        c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        c.check_hostname = False
        c.verify_mode = ssl.CERT_NONE
        c.maximum_version = getattr(ssl.TLSVersion, o.max_tls)
        if o.key:
            c.load_cert_chain(o.key)
        s = c.wrap_socket(s)
    return s


def send(s, data):
    if not o.byte_every:
        s.sendall(data)
        return
    for i in range(len(data)):
        s.sendall(data[i : i + 1])
        time.sleep(o.byte_every)


def whole(got):
    """An answer that says its length is not waited behind: an office's connection is kept for half a minute."""
    head, _, body = got.partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: *(\d+)", head.lower())
    return bool(_ and length and not head.startswith(b"HTTP/1.1 100 ") and len(body) >= int(length[1]))


began = time.monotonic()
got = b""
try:
    s = connect()
    data = o.request.encode().decode("unicode_escape").encode("latin-1")
    if o.body:
        data += open(o.body, "rb").read()
    try:
        send(s, data)
        for i in range(o.chunks):
            s.sendall(b"100000\r\n" + b"x" * 0x100000 + b"\r\n")
        if o.chunks:
            s.sendall(b"0\r\n\r\n")
        if o.shut:
            socket.socket.shutdown(s, socket.SHUT_WR)  # below TLS, which would forget its keys
    except OSError:
        pass  # it may have answered before it closed
    while o.count or not whole(got):
        piece = s.recv(65536)
        if not piece:
            break
        got += piece
except TimeoutError:
    got = got or b"- silent"
except OSError:
    pass
if o.count:
    print(got.count(b"HTTP/1.1 "))
    raise SystemExit
print(got.split(b" ")[1].decode() if b" " in got else "closed")
try:
    print(json.loads(got.split(b"\r\n\r\n", 1)[1])["code"])
except (IndexError, ValueError, KeyError, TypeError):
    print("-")
print(int(time.monotonic() - began))
