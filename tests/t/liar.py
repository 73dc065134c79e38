#!/usr/bin/env python3
"""liar.py PORT HOW KEY CITY OURS - a peer that has an office's TLS key and answers as no office would.

KEY: the PEM of that key. CITY, OURS: the port of the true office and the PEM with which it can be asked: for a lie
that begins with the truth. Prints "up", and "request" for each one that came.
"""
import socket, ssl, sys, threading, time

port, how, key, city, ours = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5]
c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
c.load_cert_chain(key)
if how == "tls12":
    c.maximum_version = ssl.TLSVersion.TLSv1_2


def read_request(s):
    got = b""
    while b"\r\n\r\n" not in got:
        got += s.recv(65536)
    head, body = got.split(b"\r\n\r\n", 1)
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    while len(body) < length:
        body += s.recv(65536)
    return head, body


def ask_the_city(head, body):
    t = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    t.check_hostname, t.verify_mode = False, ssl.CERT_NONE
    t.load_cert_chain(ours)
    s = t.wrap_socket(socket.create_connection(("127.0.0.1", city)))
    s.sendall(head + b"\r\n\r\n" + body)
    return read_request(s)[1]  # an answer has the same form, and its connection is kept


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def problem(text):
    return b"HTTP/1.1 403 No\r\nContent-Type: application/problem+json\r\nContent-Length: %d\r\n\r\n%s" % (len(text), text)


def answer(s):
    head, body = read_request(s)
    print("request", flush=True)
    if how == "redirect":
        s.sendall(b"HTTP/1.1 301 Moved\r\nLocation: https://127.0.0.1:%d/peer/v1/pull\r\nContent-Length: 0\r\n\r\n" % port)
    elif how == "json-twice":
        s.sendall(problem(b'{"code":"http.framing","code":"sync.unknown-office","detail":"x"}'))
    elif how == "json-deep":
        s.sendall(problem(b'{"code":' + b"[" * 30000 + b"]" * 30000 + b"}"))
    elif how == "json-long":
        s.sendall(problem(b'{"code":"x","detail":"' + b"y" * 200000 + b'"}'))
    elif how == "junk":
        s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n\xff\x00\x00\x00\x04abcd")
    elif how == "header":
        s.sendall(b"HTTP/1.1 200 OK\r\n")
        for i in range(20000):
            s.sendall(b"X%d: %s\r\n" % (i, b"y" * 100))
    elif how == "endless-problem":
        s.sendall(b"HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            s.sendall(chunk(b"x" * 65536))
    elif how == "endless-frames":
        # A true answer without its END, then frames of a type that nobody knows: each is fine by itself.
        truth = ask_the_city(head, body)[:-6]
        s.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(truth))
        while True:
            s.sendall(chunk(b"\xc8" + (65536).to_bytes(4, "big") + b"x" * 65536))
    elif how == "silent":
        time.sleep(200)


def serve(s):
    try:
        answer(c.wrap_socket(s, server_side=True))
    except (OSError, IndexError):
        pass
    finally:
        s.close()


listener = socket.create_server(("127.0.0.1", port))
print("up", flush=True)
while True:
    s, _ = listener.accept()
    threading.Thread(target=serve, args=(s,), daemon=True).start()
