#!/usr/bin/env bash
# libqian decides from bytes alone: nothing in it can open a file, a socket or a clock, draw a random number,
# read the environment or print.
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
done_testing
