#!/usr/bin/env python3
"""crowd.py PORT HOW NUMBER KEY - so many connections that do no more than HOW says, kept until this is ended.

KEY: the PEM of a key that is nobody's. HOW: idle (not a byte), shaken (TLS and no more), half-header, body (of a push that does not go on). Who is cut off is
not replaced. Prints "up" when all have been there.
"""
import resource, socket, ssl, sys, time

port, how, number = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
room = hard - 100 if hard != resource.RLIM_INFINITY else number
number = min(number, room)
resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, number + 100) if hard != resource.RLIM_INFINITY else number + 100, hard))
c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
c.check_hostname, c.verify_mode = False, ssl.CERT_NONE
c.load_cert_chain(sys.argv[4])
SAID = {
    "half-header": b"GET /healthz HTTP/1.1\r\nHost: x\r\nX",
    "body": b"POST /peer/v1/push HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc",
}
held = []
for _ in range(number):
    try:
        s = socket.create_connection(("127.0.0.1", port), 30)
        held.append(s)
        if how != "idle":
            s = c.wrap_socket(s)
            held[-1] = s
            if how in SAID:
                s.sendall(SAID[how])
    except OSError as e:
        print("lost", e, flush=True)
print("up", len(held), flush=True)
time.sleep(600)
