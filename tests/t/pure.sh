#!/usr/bin/env bash
# What decides can be stepped by anybody: libqian decides from bytes alone, and the store and the exchange above it
# read no clock, draw no random number and open no socket but through the doors named here.
. "$(dirname "$0")/lib.sh"

wanted=$(nm -u "$BUILD/libqian.a" | awk '$1 == "U" { print $2 }' | sort -u)
match "$wanted" 'crypto_hash_sha256' 'the library was read'
forbidden='open|openat|fopen|fdopen|read|write|fread|fwrite|fgets|socket|connect|send|recv|poll|select|time|clock|gettimeofday|
clock_gettime|localtime|gmtime|mktime|strftime|sleep|usleep|nanosleep|rand|random|srand|getrandom|getentropy|arc4random|
randombytes|randombytes_buf|randombytes_random|randombytes_uniform|getenv|secure_getenv|setlocale|printf|puts|putchar|
fprintf|vprintf|vfprintf|fputs|fputc|perror|syslog|exit|abort|system|popen|fork|pthread_create|sqlite3_.*|json_.*|curl_.*|MHD_.*'
is "$(grep -E -x "(__)?($(tr -d '\n' <<<"$forbidden"))(_chk|64)?" <<<"$wanted")" '' 'no function that reaches outside'

# A global that can change would let one verdict depend on another.
is "$(nm -f sysv "$BUILD/libqian.a" |
    awk -F'|' '$7 ~ /^\.(data|bss)/ && $7 !~ /^\.data\.rel\.ro/ && $1 !~ /asan/ { gsub(/ /, "", $1); print $1 }')" '' \
    'no global that changes'

# The store and the exchange: the clock is clock.c's, random bytes are libsodium's, the network is node/http's. So a
# simulator owns all three (tests/sim). clock.c reads the machine's clock where the world brings none; office.c is the
# lock and the passphrase of a process that holds an office.
core=()
for f in "$ROOT"/node/store/*.c "$ROOT"/node/sync/*.c; do
    case $f in */store/clock.c | */store/office.c) continue ;; esac
    # What only the threads of the pages use, which a simulator has none of: how they wait, one password at a time, lists read
    # by a connection of their own, the index of names beside the database, a file that is put in the place of another.
    case $f in */store/placing.c | */store/stop.c | */store/account.c | */store/list.c | */store/name_index.c) continue ;; esac
    core+=("$BUILD/node/$(basename "$(dirname "$f")")/$(basename "$f" .c).o")
done
wanted=$(nm -A -u "${core[@]}" | sed "s|^$BUILD/||" | awk '$2 == "U" { print $1, $3 }')
match "$wanted" 'node/sync/call.o: exchange_collect' 'the core was read'
forbidden='time|clock|times|gettimeofday|clock_gettime|timespec_get|localtime|localtime_r|gmtime|gmtime_r|mktime|strftime|sleep|usleep|
nanosleep|clock_nanosleep|alarm|rand|rand_r|random|srand|srandom|drand48|getrandom|getentropy|arc4random.*|getenv|secure_getenv|
setlocale|getpid|gethostname|uname|socket|connect|accept|bind|listen|send|sendto|recv|recvfrom|poll|select|epoll_.*|getaddrinfo|
pthread_.*|fork|vfork|popen|system|exec.*|curl_.*|MHD_.*'
is "$(grep -E " (__)?($(tr -d '\n' <<<"$forbidden"))(_chk|64)?\$" <<<"$wanted")" '' \
    'store and exchange link no clock, no randomness of their own, no environment and no network'
# What time it is here, and how that is written, is known in one place.
is "$(nm -A -u "$BUILD"/node/*/*.o | sed "s|^$BUILD/||" | awk '$3 ~ /^(localtime|gmtime|strftime|mktime)/ { print $1 }' | sort -u)" \
    'node/store/clock.o:' 'only the clock formats local time'
# Where a database is opened: open.c and placing.c exclude a file that is put in the place of it; the others open one of their own.
is "$(nm -A -u "$BUILD"/node/*/*.o | sed "s|^$BUILD/||" | awk '$3 == "sqlite3_open_v2" { print $1 }' | sort -u | tr -d '\n')" \
    'node/store/copy.o:node/store/leftover.o:node/store/name_index.o:node/store/open.o:node/store/placing.o:' 'who opens a database'
done_testing
