/* draw.h - the draw itself: texts of freeze, order, result, release, pairs; seed, tickets, quota, selection,
 * inspectors.   Spec: protocol/spec/draw.md, texts in draw-texts.md
 *
 * Everything is a pure function of (rules, roster, seed). Texts round-trip: what parses formats to the
 * same bytes. Ownership: parsed texts hold copies unless a member is a qn_span (borrows). Results own
 * arrays: release them; a zeroed one is fine.
 * Errors: QN_MALFORMED for a text that is not canonical, QN_LIMIT over QN_TEXT_MAX.               */
#ifndef QIAN_DRAW_H
#define QIAN_DRAW_H

#include "qian/roster.h"
#include "qian/rules.h"
#include "qian/note.h"
#include "qian/vrf.h"

#define QN_SOURCES     4096
#define QN_ORDER_SLOTS 16
#define QN_ORDER_KEYS  3
#define QN_ORDER_EXC   64 /* exceptions that one supplement answers */
#define QN_VISIT_SLOTS 4  /* inspectors of one visit */
#define QN_BEACON_MAX  32 /* "ssq", event, seven numbers */
#define QN_TEXT_MAX    (1024 * 1024)

/* A leaf by name: <origin> <index> <leaf hash>. */
struct qn_leaf_ref {
    char origin[QN_ORIGIN_MAX + 1];
    uint64_t index;
    uint8_t leaf[QN_HASH];
};
struct qn_head_ref { /* <origin> <size> <root> */
    char origin[QN_ORIGIN_MAX + 1];
    uint64_t size;
    uint8_t root[QN_HASH];
};

struct qn_freeze {
    char origin[QN_ORIGIN_MAX + 1];
    uint64_t roster_version, seq;
    char date[11];
    struct qn_roster_roots roots;
    bool has_register;
    char register_origin[QN_ORIGIN_MAX + 1];
    uint64_t register_id;
    size_t nsources;
    struct qn_head_ref *source; /* owned; ascending by origin */
};
void qn_freeze_release(struct qn_freeze *f);
void qn_freeze_text(struct qn_buf *out, const struct qn_freeze *f);
QN_MUST_USE enum qn_code qn_freeze_parse(struct qn_freeze *out, struct qn_span text,
                                         struct qn_err *err);

struct qn_slot_key {
    char issuer[QN_CODE_MAX + 1], series[QN_NAME32], task[QN_NAME32];
    uint32_t round;
    enum qn_slot_type type;
    uint8_t rules_hash[QN_HASH];
};
struct qn_order {
    char parent[QN_ORIGIN_MAX + 1];
    char office_origin[QN_ORIGIN_MAX + 1]; /* of the drawing or matching office */
    char office[QN_CODE_MAX + 1];          /* the code in it; set by parse */
    unsigned nslots;
    struct qn_slot_key slot[QN_ORDER_SLOTS]; /* ascending as lines of text; line no = index + 1 */
    struct qn_leaf_ref list[QN_ORDER_SLOTS]; /* type pairs only */
    uint32_t attempt, supp;
    enum qn_draw_level level;
    bool has_freeze;
    struct qn_leaf_ref freeze;
    struct qn_head_ref freeze_head; /* origin as in freeze */
    unsigned nkeys;
    uint8_t vrf[QN_ORDER_KEYS][QN_PUBKEY];
    bool has_beacon;
    char beacon_source[QN_NAME32], beacon_event[QN_NAME32];
    unsigned nexc;
    struct qn_leaf_ref exc[QN_ORDER_EXC]; /* ascending as lines of text */
    char window_from[11], window_to[11];
    uint8_t nonce[32];
    uint8_t id[QN_HASH]; /* order_id = H(text); set by parse */
};
void qn_order_text(struct qn_buf *out, const struct qn_order *o); /* without signatures */
/* in: the note's text (qn_note.text). */
QN_MUST_USE enum qn_code qn_order_parse(struct qn_order *out, struct qn_span text,
                                        struct qn_err *err);
/* Whether a supplement repeats the lines of a main order that exc-10 wants repeated. */
bool qn_order_repeats(const struct qn_order *a, const struct qn_order *b);
void qn_order_id(uint8_t out[QN_HASH], struct qn_span text);

/* One beacon line without its '\n', "ssq 2026133 01 05 12 18 22 30+07"; QN_MALFORMED "draw.beacon". */
QN_MUST_USE enum qn_code qn_beacon_check(struct qn_span line, struct qn_err *err);
/* bd of alpha: 32 zero bytes for an empty line, else the digest of the line with its '\n'. */
void qn_beacon_digest(uint8_t bd[32], struct qn_span line);

struct qn_stratum_line {
    uint8_t slot, stratum;
    uint64_t base, pool, quota;
    bool has_cutoff; /* quota > 0 */
    uint8_t cutoff[QN_HASH];
};
struct qn_selected_line {
    uint8_t slot;
    uint64_t count;
    uint8_t root[QN_HASH];
};
struct qn_result {
    char origin[QN_ORIGIN_MAX + 1];
    struct {
        char origin[QN_ORIGIN_MAX + 1];
        uint64_t index;
    } order;
    uint8_t order_id[QN_HASH];
    struct qn_leaf_ref freeze;
    struct qn_head_ref seen;
    bool has_beacon;
    char beacon[QN_BEACON_MAX + 1];
    unsigned nvrf;
    struct {
        uint8_t pk[QN_PUBKEY], pi[QN_VRF_PROOF];
    } vrf[QN_ORDER_KEYS];
    unsigned nstrata;
    struct qn_stratum_line stratum[QN_ORDER_SLOTS * QN_STRATA];
    unsigned nselected;
    struct qn_selected_line selected[QN_ORDER_SLOTS];
};
void qn_result_text(struct qn_buf *out, const struct qn_result *r);
QN_MUST_USE enum qn_code qn_result_parse(struct qn_result *out, struct qn_span text,
                                         struct qn_err *err);

struct qn_release {
    char origin[QN_ORIGIN_MAX + 1];
    size_t nparts;
    struct qn_release_part {
        char origin[QN_ORIGIN_MAX + 1];
        uint64_t seq;
        uint16_t part;
    } * part; /* owned; parsed ones ascending as lines of text, the formatter puts them in that order */
};
void qn_release_release(struct qn_release *r);
void qn_release_text(struct qn_buf *out, const struct qn_release *r);
QN_MUST_USE enum qn_code qn_release_parse(struct qn_release *out, struct qn_span text,
                                          struct qn_err *err);

/* draw-exc/1: what happened to one target after it was drawn. Ids are copies; an empty one stands as '-'. */
#define QN_EXC_ID 256
enum qn_exc_kind {
    QN_EXC_VOID = 1,
    QN_EXC_ABSENCE,
    QN_EXC_RECUSAL,
    QN_EXC_REPLACE,
    QN_EXC_APPOINT,
    QN_EXC_RETURN,   /* a listed target goes back to who drew it */
    QN_EXC_REASSIGN, /* who drew it sends it to another office: `next` */
    QN_EXC_RECEIVE   /* who was sent it after its order takes it on */
};
struct qn_exc {
    char origin[QN_ORIGIN_MAX + 1];
    struct qn_leaf_ref draw; /* the DRAW in whose list the object stands */
    enum qn_exc_kind kind;
    uint8_t slot; /* line no of that draw's order */
    char object[QN_EXC_ID], inspector[QN_EXC_ID], date[11], reason[QN_NAME32];
    bool has_evidence;
    uint8_t evidence[QN_HASH];
    char next[QN_EXC_ID]; /* the successor, or who goes instead */
};
void qn_exc_text(struct qn_buf *out, const struct qn_exc *x);
QN_MUST_USE enum qn_code qn_exc_parse(struct qn_exc *out, struct qn_span text, struct qn_err *err);
bool qn_exc_names_inspector(enum qn_exc_kind kind);  /* the others name none */
const char *qn_exc_kind_name(enum qn_exc_kind kind); /* "void" */
bool qn_exc_kind_parse(enum qn_exc_kind *out, struct qn_span name);

/* ---- randomness ---- */
void qn_draw_alpha(uint8_t alpha[76], const uint8_t order_id[QN_HASH], const uint8_t bd[32]);
/* What a custodian's second proof is of: that it answered on this freeze (cokey-14). */
void qn_bound_alpha(uint8_t alpha[76], const uint8_t order_id[QN_HASH],
                    const uint8_t freeze[QN_HASH]);
void qn_draw_seed(uint8_t seed[32], unsigned n, const uint8_t beta[][QN_VRF_BETA]);
struct qn_draw_keys {
    uint8_t obj[32], vis[32], ins[32];
};
void qn_draw_keys(struct qn_draw_keys *out, const uint8_t seed[32]);
void qn_ticket(uint8_t out[QN_HASH], const struct qn_draw_keys *k, struct qn_span object_id);
/* Unbiased in [0, n), n >= 1; n is 64-bit so that a rejection can be tested. */
uint64_t qn_uniform(const struct qn_draw_keys *k, uint16_t round, uint16_t slot,
                    struct qn_span object_id, uint64_t n);

/* ---- who is drawn in one slot ---- */
enum qn_picked { QN_MUST = 1, QN_LOT = 2 };
struct qn_pick {
    size_t object; /* index into roster.object */
    enum qn_picked mode;
    uint8_t stratum;
    uint8_t ticket[QN_HASH];
};
struct qn_selection {
    unsigned nstrata;
    struct qn_stratum_line stratum[QN_STRATA]; /* slot member = slot_no given */
    struct qn_pick *pick;                      /* owned; ascending object id: musts and lots */
    size_t npicks;
    struct qn_pick
        *reserve; /* owned; each stratum's rest, ascending by object, strata in line order */
    size_t nreserves;
};
void qn_selection_release(struct qn_selection *s);
/* Puts each stratum's reserve of a main draw in ticket order (draw-15), for who shows the whole of it: a successor is found
 * without, and of a million objects nobody asks for more than a few.                                              */
void qn_reserve_sort(struct qn_selection *s);
/* QN_MALFORMED "rules.no-stratum" when an object of the population matches no stratum. The roster must
 * be sorted. A slot of type pairs draws no objects: QN_DENIED "select.type". */
QN_MUST_USE enum qn_code qn_select(struct qn_selection *out, const struct qn_rules *rules,
                                   uint8_t slot_no, const struct qn_roster *roster,
                                   const struct qn_draw_keys *keys, struct qn_err *err);
/* Leaf of one pick: u8 5, u8 mode, u8 len, object_id, salt[16]. */
void qn_selected_record(struct qn_buf *out, enum qn_picked mode, struct qn_span object_id,
                        const uint8_t salt[16]);
/* Its salt, from the salt key of the freeze, so that a draw made twice gives the same root. */
void qn_selected_salt(uint8_t out[16], enum qn_picked mode, struct qn_span object_id,
                      const uint8_t salt_key[32]);
/* Root over the leaves of all picks; salt[i] is of pick i. */
QN_MUST_USE enum qn_code qn_selected_root(uint8_t out[QN_HASH], const struct qn_selection *s,
                                          const struct qn_roster *roster, const uint8_t (*salt)[16],
                                          struct qn_err *err);

/* ---- inspectors for the visits ---- */
struct qn_visit {
    size_t object;  /* index into roster.object */
    uint16_t slots; /* bit (slot line no - 1): the slots that this visit serves */
    unsigned n;     /* positions: sum of the k of its roles */
    int32_t inspector[QN_VISIT_SLOTS]; /* by position: index into roster.inspector, -1 unfilled */
    uint32_t eligible[QN_VISIT_SLOTS]; /* |E| before the visit's own choices: publish it */
    bool overcap[QN_VISIT_SLOTS];      /* had `load` visits or more already */
    uint8_t role[QN_VISIT_SLOTS];      /* by position: which of the roles of all slots together */
};
struct qn_pairing {
    struct qn_visit *visit; /* owned; ascending object id */
    size_t nvisits;
};
void qn_pairing_release(struct qn_pairing *p);
/* Whether an inspector holds every qualification of a role; both lists ascend. */
bool qn_is_qualified(const struct qn_inspector *i, const struct qn_role *r);
/* All picks of one slot that was ordered alone. The roster must be sorted. */
QN_MUST_USE enum qn_code qn_pair(struct qn_pairing *out, const struct qn_rules *rules,
                                 const struct qn_roster *roster, const struct qn_selection *sel,
                                 const struct qn_draw_keys *keys, struct qn_err *err);
/* A joint draw: picks of one object in several slots become one visit with the union of the roles.
 * For slots of type pairs roster.object holds the listed objects (ids are enough) and picks name them.
 * QN_LIMIT "pair.roles" when the union over all slots asks for more than QN_VISIT_SLOTS inspectors. */
struct qn_pair_slot { /* in the order of the slot lines */
    const struct qn_rules *rules;
    const struct qn_pick *pick;
    size_t npicks;
};
/* draw-19: how many inspectors a visit for all these slots asks for; above QN_VISIT_SLOTS: too many. */
unsigned qn_pair_positions(unsigned nslots, const struct qn_pair_slot *slot);
QN_MUST_USE enum qn_code qn_pair_joint(struct qn_pairing *out, unsigned nslots,
                                       const struct qn_pair_slot *slot,
                                       const struct qn_roster *roster,
                                       const struct qn_draw_keys *keys, struct qn_err *err);

/* ---- after choices were made: successors, and somebody else in one position ---- */
struct qn_pair_past {
    const uint64_t *load;      /* by inspector: load0 and all choices since */
    const struct qn_pair_bar { /* who must not go where, beside the freeze's recusals */
        size_t object, inspector;
    } * bar;
    size_t nbars;
    const struct qn_visit *const
        *visit; /* of these objects there are visits already, ascending object */
    size_t nvisits;
};
/* As qn_pair_joint, for successors. Who has a visit already for another slot keeps it: only positions that it lacks
 * are filled, behind the others.                                                                             */
QN_MUST_USE enum qn_code qn_pair_more(struct qn_pairing *out, unsigned nslots,
                                      const struct qn_pair_slot *slot,
                                      const struct qn_roster *roster,
                                      const struct qn_draw_keys *keys,
                                      const struct qn_pair_past *past, struct qn_err *err);
/* Who goes in this position of a visit instead, -1 nobody; round: from 1. rules: of each slot line. */
QN_MUST_USE enum qn_code qn_pair_again(int32_t *who, bool *overcap, const struct qn_visit *visit,
                                       unsigned position, uint16_t round, unsigned nslots,
                                       const struct qn_rules *const *rules,
                                       const struct qn_roster *roster,
                                       const struct qn_draw_keys *keys,
                                       const struct qn_pair_past *past, struct qn_err *err);

/* draw-pairs/1; names never public. An empty span: unfilled. Parsed: spans borrow from the text. */
struct qn_pairs_visit {
    uint16_t slots;
    struct qn_span object;
    unsigned n;
    struct qn_span inspector[QN_VISIT_SLOTS];
};
struct qn_pairs {
    char origin[QN_ORIGIN_MAX + 1];
    uint8_t order_id[QN_HASH];
    struct qn_pairs_visit *visit; /* owned; ascending object id */
    size_t nvisits;
};
void qn_pairs_release(struct qn_pairs *p);
QN_MUST_USE enum qn_code qn_pairs_parse(struct qn_pairs *out, struct qn_span text,
                                        struct qn_err *err);
QN_MUST_USE enum qn_code qn_pairs_text(struct qn_buf *out, struct qn_span origin,
                                       const uint8_t order_id[QN_HASH], const struct qn_pairing *p,
                                       const struct qn_roster *roster, struct qn_err *err);
#endif
