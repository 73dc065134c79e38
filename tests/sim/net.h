/* net.h - shared by net.c (calls and what happens to them on the way) and stick.c (what is carried by hand). */
#ifndef QIAN_TESTS_SIM_NET_H
#define QIAN_TESTS_SIM_NET_H

#include "tests/sim/sim.h"

#define REMEMBERED 96 /* messages of each kind, to be repeated later */
#define NOT_CUT    SIZE_MAX

struct message {
    int from, to;
    enum sync_what what;
    struct qn_buf bytes;
    size_t cut;         /* the connection breaks behind so many bytes */
    uint64_t uid;       /* of the question: a copy has the same */
    uint64_t talk, nth; /* whose question it is, or answers */
    unsigned status;
    char rule[48], why[200];
    bool spoilt; /* not as it was sent, or not the answer to this question */
    bool foreign;
};
struct talk { /* one call, on the caller's side */
    uint64_t id, nth;
    int from, to;
    struct sync_call *call;
    bool waiting;
    struct message *answer; /* being taken in */
    size_t at;
};
struct service { /* one question, on the answering side */
    struct service *next;
    uint64_t id;
    int node;
    struct sync_serve *serve;
    struct message *q;
    size_t at;
};
struct stick {
    uint64_t id;
    int from, to;
    bool spoilt;
    char path[300];
};
struct net {
    struct service *services;
    struct message *question[REMEMBERED], *answer[REMEMBERED];
    size_t nquestions, nanswers; /* ever remembered */
    struct stick stick[REMEMBERED];
    size_t nsticks;
    uint8_t *answered; /* by uid: 1 once it was answered with 200 */
    size_t nuids, uids_cap;
};
struct message *message_copy(const struct message *m);
#endif
