/* enrol.h - how an office comes to be: root ceremony, init, request, approval, acceptance.
 *                                                        Spec: protocol/spec/certificate.md
 * Nothing is trusted on first use: the root policy is pinned by a fingerprint from paper, a request by the
 * fingerprint that the child's administrator reads out. Every step is a file, so it also works by stick.  */
#ifndef QIAN_NODE_SYNC_ENROL_H
#define QIAN_NODE_SYNC_ENROL_H

#include "node/keys/keys.h"
#include "node/store/store.h"

#define ENROL_FILE_MAX 65536 /* bytes of a request, a draft, a chain */
#define ENROL_YEARS    10    /* a certificate's run; expiry only warns (design §6) */

/* The root ceremony. A draft is a certificate body; each custodian signs it apart; k signatures seal it. */
QN_MUST_USE enum qn_code enrol_root_draft(struct qn_buf *out, const struct qn_policy *policy, struct qn_span request,
                                          const char *const *scope, unsigned nscope, uint32_t serial,
                                          struct qn_err *err);
QN_MUST_USE enum qn_code enrol_root_sign(uint8_t sig[QN_SIG], struct qn_span draft, const struct keys *custodian,
                                         struct qn_err *err);
/* sig i is matched to its key by trying: custodians need not know their number. out: a chain file. */
QN_MUST_USE enum qn_code enrol_root_seal(struct qn_buf *out, const struct qn_policy *policy, struct qn_span draft,
                                         const uint8_t (*sig)[QN_SIG], unsigned n, struct qn_err *err);

/* A request as a file brings it. A text, which begins with no version of anything, is named as no request.
 * QN_MALFORMED "cert.request"; QN_LATER "cert.version".                                                     */
QN_MUST_USE enum qn_code enrol_request(struct qn_request *out, struct qn_span in, struct qn_err *err);

/* What is read out of a request: of its bytes, or of a file. */
void enrol_print(char out[QN_FINGERPRINT], struct qn_span request);
QN_MUST_USE enum qn_code enrol_print_file(char out[QN_FINGERPRINT], const char *path, struct qn_err *err);

struct enrol_init {
    const char *dir, *office, *name;
    struct qn_span policy;   /* text */
    const char *fingerprint; /* as typed from paper */
    struct qn_span passphrase;
    unsigned kdf_mib;
    const char *anchor; /* path of the anchor file; NULL: in dir */
    bool by_pages;      /* the first pages ask for it, and may take it back (web-58) */
    const struct store_world *world; /* NULL: the machine's */
};
/* Makes the data directory, the keys and the database; writes DIR/<office>.request. */
QN_MUST_USE enum qn_code enrol_init(const struct enrol_init *o, char request_path[1024], struct qn_err *err);

struct enrol_approve {
    struct qn_span request;
    const char *fingerprint; /* as the child's administrator read it out */
    enum qn_level level;     /* 0 of an office that is certified: as before */
    const char *const *scope;
    unsigned nscope; /* 0 of an office that is certified: as before */
};
/* Whose request this is, for the one who compares the fingerprint. */
struct enrol_request {
    struct qn_request r;
    bool known; /* an office that has a certificate of ours: `was` is its newest */
    bool continues; /* the log key of that certificate signed the request too */
    struct qn_cert was;
};
QN_MUST_USE enum qn_code enrol_request_read(struct enrol_request *out, struct store *st, struct qn_span request,
                                            struct qn_err *err);
/* Whether the certificate that stands says all that this approval would say, and is not about to end: then there is
 * nothing to sign, and enrol_chain gives its chain again. QN_UNVERIFIED, as enrol_approve, for another fingerprint. */
QN_MUST_USE enum qn_code enrol_approved(bool *out, struct store *st, const struct enrol_approve *o,
                                        const struct enrol_request *q, struct qn_err *err);
/* At the parent: signs and logs the certificate; chain: from the province down to the new office. A request of a
 * later epoch is a rotation (rotation-21).                                                                   */
QN_MUST_USE enum qn_code enrol_approve(struct store *st, const struct enrol_approve *o, struct qn_cert *made,
                                       struct qn_buf *chain, struct qn_err *err);
/* At the child: checks the chain against the pinned policy and the own keys, and starts the log. */
QN_MUST_USE enum qn_code enrol_accept(struct store *st, const struct keys *keys, struct qn_span chain,
                                      struct qn_err *err);
/* The epoch of the last certificate of a chain; of an empty one, of the newest that is held of this office. */
QN_MUST_USE enum qn_code enrol_chain_epoch(uint16_t *out, struct store *st, struct qn_span chain, struct qn_err *err);

struct enrol_rotate {
    const struct keys *keys; /* of the present epoch, which signs the request; NULL when they are lost */
    struct qn_span passphrase;
    unsigned kdf_mib;
};
/* At an office that changes its keys: makes the keys of the next epoch beside the present ones and writes
 * DIR/<office>-<epoch>.request. Asked again, it writes the same keys' request again.                         */
QN_MUST_USE enum qn_code enrol_rotate(struct store *st, const struct enrol_rotate *o, uint16_t *epoch,
                                      char request_path[1024], struct qn_err *err);
/* A request for another certificate of the present keys, with a new name if `name` is given. */
QN_MUST_USE enum qn_code enrol_ask_renewal(struct store *st, const char *name, char request_path[1024],
                                           struct qn_err *err);
/* The certificates from the province down to `office`, all epochs of those above it, as CERT frames. */
QN_MUST_USE enum qn_code enrol_chain(struct qn_buf *out, struct store *st, const char *office, struct qn_err *err);
#endif
