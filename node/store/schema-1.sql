-- Schema 1: everything that does not travel. Travelling tables are made from the registry.
-- Applied in one transaction with user_version; a released file is never edited.

CREATE TABLE setting (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- Verified certificates, the office's own included: the tree as known here.
CREATE TABLE cert (
    office TEXT NOT NULL,
    epoch  INTEGER NOT NULL,
    issuer_epoch INTEGER NOT NULL,     -- its serials begin again in each
    serial INTEGER NOT NULL,
    issuer TEXT NOT NULL,              -- '' for the province
    level  INTEGER NOT NULL CHECK (level BETWEEN 1 AND 4),
    bytes  BLOB NOT NULL,
    PRIMARY KEY (office, epoch, issuer_epoch, serial)
) STRICT, WITHOUT ROWID;
CREATE INDEX cert_by_issuer ON cert (issuer, office);

CREATE TABLE log (
    no       INTEGER NOT NULL PRIMARY KEY,
    origin   TEXT NOT NULL UNIQUE,
    office   TEXT NOT NULL,
    epoch    INTEGER NOT NULL,
    size     INTEGER NOT NULL DEFAULT 0,      -- headers held
    verified INTEGER NOT NULL DEFAULT 0 CHECK (verified <= size),
    stirred  INTEGER NOT NULL DEFAULT 0,      -- 1: something came or was woken, to be settled; 2: its receipt is due
    UNIQUE (office, epoch)
) STRICT;
CREATE INDEX log_stirred ON log (stirred, no) WHERE stirred <> 0;

CREATE TABLE entry (
    log    INTEGER NOT NULL REFERENCES log (no),
    seq    INTEGER NOT NULL,
    lane   INTEGER NOT NULL,
    kind   INTEGER NOT NULL,
    leaf   BLOB NOT NULL CHECK (length(leaf) = 32),
    sig    BLOB NOT NULL CHECK (length(sig) = 64),
    header BLOB NOT NULL,
    PRIMARY KEY (log, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX entry_by_lane ON entry (log, lane, seq);

-- Complete nodes of level 1 and up; level 0 is entry.leaf.
CREATE TABLE node (
    log   INTEGER NOT NULL,
    level INTEGER NOT NULL,
    idx   INTEGER NOT NULL,
    hash  BLOB NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (log, level, idx)
) STRICT, WITHOUT ROWID;

CREATE TABLE part (
    log    INTEGER NOT NULL,
    seq    INTEGER NOT NULL,
    part   INTEGER NOT NULL,
    salt   BLOB NOT NULL CHECK (length(salt) = 32),
    stored BLOB NOT NULL,
    PRIMARY KEY (log, seq, part)
) STRICT;

CREATE TABLE checkpoint (
    log  INTEGER NOT NULL,
    size INTEGER NOT NULL,
    root BLOB NOT NULL CHECK (length(root) = 32),
    line TEXT NOT NULL,                -- the log key's signature line
    PRIMARY KEY (log, size, root)      -- beyond what is verified two may contradict each other
) STRICT, WITHOUT ROWID;

CREATE TABLE cosignature (
    log    INTEGER NOT NULL,
    office TEXT NOT NULL,
    size   INTEGER NOT NULL,
    time_s INTEGER NOT NULL,
    line   TEXT NOT NULL,
    PRIMARY KEY (log, office, size)
) STRICT, WITHOUT ROWID;

-- Of checkpoints that the headers held do not lead to yet: which of two roots is the log's is not known.
CREATE TABLE cosignature_pending (
    log    INTEGER NOT NULL,
    size   INTEGER NOT NULL,
    root   BLOB NOT NULL,
    office TEXT NOT NULL,
    time_s INTEGER NOT NULL,
    line   TEXT NOT NULL,
    PRIMARY KEY (log, size, root, office)
) STRICT, WITHOUT ROWID;

-- Per lane: every entry below is complete here, so that it can be relayed / applied here.
CREATE TABLE cursor (
    log       INTEGER NOT NULL,
    lane      INTEGER NOT NULL,
    relayable INTEGER NOT NULL DEFAULT 0,
    applied   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (log, lane)
) STRICT, WITHOUT ROWID;

-- What stands still, was refused or is skipped, and why. Applied entries have no row, save those that somebody
-- wanted skipped too late ('kept'). Of the own log: what offices above refused or waived.
CREATE TABLE fate (
    log    INTEGER NOT NULL,
    seq    INTEGER NOT NULL,
    state  TEXT NOT NULL CHECK (state IN ('held', 'quarantined', 'refused', 'superseded', 'waived', 'kept')),
    reason TEXT NOT NULL CHECK (reason IN ('', 'dependency', 'schema', 'certificate', 'gap')),
    rule   TEXT NOT NULL,
    args   TEXT NOT NULL,
    waits_on TEXT NOT NULL,            -- 'log ORIGIN', 'row OFFICE TABLE REV', 'cert OFFICE/EPOCH', 'schema ...', ''
    waits_n  INTEGER NOT NULL,         -- the size that the log must reach, the id of the row
    ready  INTEGER NOT NULL DEFAULT 0, -- what it waits for changed, or a person wants another try
    told   INTEGER NOT NULL DEFAULT 1, -- 0: this office has still to sign what it decided
    at_ms  INTEGER NOT NULL,
    PRIMARY KEY (log, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX fate_by_wait ON fate (waits_on, waits_n) WHERE waits_on <> '';
CREATE INDEX fate_untold ON fate (told, log) WHERE told = 0;
CREATE INDEX fate_by_state ON fate (state);

-- The newest receipt of each office about each log.
CREATE TABLE receipt (
    office TEXT NOT NULL,
    log    INTEGER NOT NULL,
    told   INTEGER NOT NULL,           -- the sum of its numbers, which only rise: what is newer whatever its clock says
    time_s INTEGER NOT NULL,
    note   BLOB NOT NULL,
    PRIMARY KEY (office, log)
) STRICT, WITHOUT ROWID;

-- Receipts about the own log that contradict it, as signed: the one for the most entries of each office.
CREATE TABLE own_claim (
    office TEXT NOT NULL PRIMARY KEY,
    size   INTEGER NOT NULL,
    note   BLOB NOT NULL,
    at_ms  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Evidence of equivocation, and the rival branch as far as it came.
CREATE TABLE fork (
    log     INTEGER NOT NULL,
    what    INTEGER NOT NULL,
    place   INTEGER NOT NULL,
    bytes   BLOB NOT NULL,
    at_ms   INTEGER NOT NULL,
    PRIMARY KEY (log, what, place)     -- one contradiction of a place is enough
) STRICT;
CREATE TABLE rival (
    log    INTEGER NOT NULL,
    seq    INTEGER NOT NULL,
    leaf   BLOB NOT NULL,
    sig    BLOB NOT NULL,
    header BLOB NOT NULL,
    PRIMARY KEY (log, seq, leaf)
) STRICT;
CREATE TABLE rival_part (
    log    INTEGER NOT NULL,
    seq    INTEGER NOT NULL,
    leaf   BLOB NOT NULL,
    part   INTEGER NOT NULL,
    salt   BLOB NOT NULL,
    stored BLOB NOT NULL,
    PRIMARY KEY (log, seq, leaf, part)
) STRICT;

CREATE TABLE peer (
    office      TEXT NOT NULL PRIMARY KEY,
    url         TEXT NOT NULL DEFAULT '',
    last_ok_ms  INTEGER NOT NULL DEFAULT 0,
    last_try_ms INTEGER NOT NULL DEFAULT 0,
    last_error  TEXT NOT NULL DEFAULT '',
    online_ms   INTEGER NOT NULL DEFAULT 0, -- last heard over a network, not by stick
    file_ms     INTEGER NOT NULL DEFAULT 0, -- last heard by stick
    skew_ms     INTEGER NOT NULL DEFAULT 0, -- its clock minus ours, when it was last measured
    skew_at_ms  INTEGER NOT NULL DEFAULT 0,
    failures    INTEGER NOT NULL DEFAULT 0, -- of calls in a row
    next_ms     INTEGER NOT NULL DEFAULT 0, -- when qian serve calls it again; 0: it does not
    have        BLOB                   -- its newest HAVE, as signed
) STRICT, WITHOUT ROWID;

-- The nonces of the questions that an office asked here, the newest 256 of each (http-10).
CREATE TABLE nonce (
    office TEXT NOT NULL,
    no     INTEGER NOT NULL,
    nonce  BLOB NOT NULL CHECK (length(nonce) = 16),
    PRIMARY KEY (office, no)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX nonce_by_value ON nonce (office, nonce);
-- How far the claimed times of a log were looked at, and where they fall back. A view of the entries; may be emptied.
CREATE TABLE log_clock (
    log     INTEGER NOT NULL PRIMARY KEY,
    next    INTEGER NOT NULL,          -- the first entry not looked at
    last_ms INTEGER NOT NULL           -- what the one before it claims
) STRICT;
CREATE TABLE clock_back (
    log       INTEGER NOT NULL,
    seq       INTEGER NOT NULL,
    claims_ms INTEGER NOT NULL,
    before_ms INTEGER NOT NULL,        -- what the entry before it claims
    PRIMARY KEY (log, seq)
) STRICT, WITHOUT ROWID;

-- Witnesses outside the tree that this office asks, and the lines that they gave for its own checkpoints.
CREATE TABLE witness (
    url   TEXT NOT NULL PRIMARY KEY,
    vkey  TEXT NOT NULL,               -- verifier key, C2SP signed-note
    name  TEXT NOT NULL,
    size  INTEGER NOT NULL,            -- of the checkpoint it confirmed last
    ok_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE witness_line (
    log    INTEGER NOT NULL,
    size   INTEGER NOT NULL,
    name   TEXT NOT NULL,
    time_s INTEGER NOT NULL,
    line   TEXT NOT NULL,
    PRIMARY KEY (log, size, name)
) STRICT, WITHOUT ROWID;

-- The files that rows of `evidence` name, by the office of the row (files.md). A view of the rows and of DIR/files; may be emptied.
CREATE TABLE file (
    office TEXT NOT NULL,
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    tree   BLOB NOT NULL CHECK (length(tree) = 32),
    size   INTEGER NOT NULL,
    state  INTEGER NOT NULL DEFAULT 0, -- 0 wanted, 1 coming, 2 here and whole
    had    INTEGER NOT NULL DEFAULT 0, -- it was here once
    above  INTEGER NOT NULL DEFAULT 0, -- the office above said that it has it
    fate   INTEGER NOT NULL DEFAULT 0, -- what the office above said last (files-9)
    told   INTEGER NOT NULL DEFAULT 1, -- 0: it came, and who sent it is still to be told
    tried  INTEGER NOT NULL DEFAULT 0, -- rises with every OFFER: who was offered long ago comes first
    ask_ms INTEGER NOT NULL DEFAULT 0, -- it is not asked for before
    leaves BLOB,                       -- the hashes of its pieces, if it is here and has more than one
    PRIMARY KEY (office, digest, tree, size)
) STRICT, WITHOUT ROWID;
CREATE INDEX file_room ON file (office, state, size);
CREATE INDEX file_by_digest ON file (digest, state);
CREATE INDEX file_to_offer ON file (tried) WHERE state = 2 AND above = 0;
CREATE INDEX file_to_ask ON file (ask_ms) WHERE state < 2;
CREATE INDEX file_to_tell ON file (office) WHERE told = 0;

-- The registers of record that this office holds: their lines do not travel, the roots in a snapshot do (register.md).
CREATE TABLE register_list (
    no    INTEGER NOT NULL PRIMARY KEY,
    kind  TEXT NOT NULL CHECK (kind IN ('objects', 'inspectors')),
    root  BLOB NOT NULL CHECK (length(root) = 32),
    lines INTEGER NOT NULL,
    kinds INTEGER NOT NULL,            -- of objects: bit 1 << n for the n-th letter of their ids
    UNIQUE (kind, root)
) STRICT;
CREATE TABLE register_object (
    list      INTEGER NOT NULL,
    office    TEXT NOT NULL,
    object_id TEXT NOT NULL,
    status    INTEGER NOT NULL,
    class     INTEGER NOT NULL,
    PRIMARY KEY (list, office, object_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE register_inspector (
    list     INTEGER NOT NULL,
    office   TEXT NOT NULL,
    insp_id  TEXT NOT NULL,
    valid_to TEXT NOT NULL,
    quals    TEXT NOT NULL,
    PRIMARY KEY (list, office, insp_id)
) STRICT, WITHOUT ROWID;

-- Entries that were found not to be what was signed, or whose rows are not what is in them (recheck.h).
CREATE TABLE damage (
    log   INTEGER NOT NULL,
    seq   INTEGER NOT NULL,
    rule  TEXT NOT NULL,
    args  TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (log, seq)
) STRICT, WITHOUT ROWID;

-- Who works here, and what each may do (person.h). Local: names of colleagues do not travel with it.
CREATE TABLE person (
    name    TEXT NOT NULL PRIMARY KEY, -- as it stands in acted_by
    roles   INTEGER NOT NULL,          -- bits of enum role
    insp_id TEXT NOT NULL,             -- '' for none
    since   TEXT NOT NULL,
    until   TEXT NOT NULL              -- '': still here
) STRICT, WITHOUT ROWID;

-- Who did what here, in the order in which it was done (trail.h). Lines are only added.
CREATE TABLE trail (
    no     INTEGER NOT NULL PRIMARY KEY,
    at_ms  INTEGER NOT NULL,
    person TEXT NOT NULL,              -- '': the node itself, or nobody was named
    act    TEXT NOT NULL,              -- of duty.def, or a kind of record
    rule   TEXT NOT NULL,              -- why it was refused; '': it was done
    about  TEXT NOT NULL,
    epoch  INTEGER NOT NULL,
    seq    INTEGER NOT NULL,           -- of the entry that it wrote; -1: none
    leaf   BLOB NOT NULL CHECK (length(leaf) = 32),
    hash   BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE INDEX trail_by_entry ON trail (epoch, seq) WHERE seq >= 0;
CREATE TRIGGER trail_no_update BEFORE UPDATE ON trail BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END;
CREATE TRIGGER trail_no_delete BEFORE DELETE ON trail BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END;

-- How persons come in by a browser (account.h). Local. Of what lets somebody in only hashes stand here.
CREATE TABLE account (
    person    TEXT NOT NULL PRIMARY KEY, -- '': whoever is entered first
    secret    TEXT NOT NULL,             -- Argon2id, as libsodium writes it; '' until a password is chosen
    invite    BLOB,                      -- SHA-256 of the token with which one is chosen, once
    until_ms  INTEGER NOT NULL,          -- of the invitation
    failed    INTEGER NOT NULL DEFAULT 0, -- wrong passwords since the last right one
    waits_ms  INTEGER NOT NULL DEFAULT 0  -- before then none is looked at
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX account_by_invite ON account (invite) WHERE invite IS NOT NULL;
CREATE TABLE session (
    token   BLOB NOT NULL PRIMARY KEY,   -- SHA-256 of what the browser holds
    person  TEXT NOT NULL,
    came_by TEXT NOT NULL,               -- address
    agent   TEXT NOT NULL,               -- what the browser calls itself
    made_ms INTEGER NOT NULL,
    seen_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- What was answered to an act that may be asked for again (done.h): a line that broke shall not do it twice. Local.
CREATE TABLE done (
    person  TEXT NOT NULL,
    key     TEXT NOT NULL,               -- of the browser's making
    request BLOB NOT NULL CHECK (length(request) = 32), -- SHA-256 of what was asked
    status  INTEGER NOT NULL,            -- 0: it is being done, or was when the node ended
    answer  BLOB NOT NULL,
    at_ms   INTEGER NOT NULL,
    PRIMARY KEY (person, key)
) STRICT, WITHOUT ROWID;

-- Headings that a sender uses in place of ours (mapping.h). Local.
CREATE TABLE mapping (
    sender TEXT NOT NULL,
    list   TEXT NOT NULL, -- "objects", a kind of record
    ours   TEXT NOT NULL,
    theirs TEXT NOT NULL,
    PRIMARY KEY (sender, list, ours)
) STRICT, WITHOUT ROWID;

-- Blind numbers (blind.h): which sample stands behind which. Local: what travels is the digest, and, once the conclusion is
-- fixed, the rest.
CREATE TABLE blind_number (
    sample  INTEGER NOT NULL PRIMARY KEY,
    number  TEXT NOT NULL UNIQUE,
    salt    BLOB NOT NULL CHECK (length(salt) = 32),
    digest  BLOB NOT NULL UNIQUE,
    mark    INTEGER UNIQUE,            -- the blind_mark row; NULL until it is written
    made_by TEXT NOT NULL,
    made_on TEXT NOT NULL
) STRICT;

-- What an honest node never changes it also cannot: the entries of every log are append-only.
CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'entries are append-only'); END;
CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry
    WHEN old.seq < (SELECT verified FROM log WHERE no = old.log)
    BEGIN SELECT RAISE(ABORT, 'verified entries are append-only'); END;

-- Looks that imports and lists make; local, so not part of the registry.
CREATE INDEX object_by_object ON object (office, object_id, id, rev);
CREATE INDEX inspector_by_inspector ON inspector (office, insp_id, id, rev);
CREATE INDEX recusal_by_pair ON recusal (office, insp_id, object_id, id, rev);
CREATE INDEX dispatch_by_target ON dispatch (inspecting_office, draw_id, object_id);
CREATE INDEX result_by_target ON inspection_result (draw_office, draw_id, object_id, id, rev);
CREATE INDEX selected_by_draw ON draw_selected (office, draw_id);
CREATE INDEX redaction_by_part ON redaction (origin, seq, part);
CREATE INDEX dispatch_by_draw ON dispatch (office, draw_id, object_id);
CREATE INDEX dispatch_by_list ON dispatch (list_office, list_id, object_id) WHERE list_office IS NOT NULL;
CREATE INDEX mark_by_key ON mark (office, object_id, kind, reason_code, scope);
CREATE INDEX basis_by_object ON mark_basis (drawer, object_id);
CREATE INDEX result_by_object ON inspection_result (object_id);
CREATE INDEX exc_by_draw ON draw_exc (office, draw_id, object_id);
CREATE INDEX evidence_by_inspection ON evidence (office, inspection_id);
CREATE INDEX order_by_follow_up ON correction_order (office, follow_up_id);
CREATE INDEX recheck_by_follow_up ON recheck (office, follow_up_id);
CREATE INDEX case_by_follow_up ON case_file (office, follow_up_id);
CREATE INDEX transfer_by_follow_up ON transfer (office, follow_up_id);
CREATE INDEX answer_by_transfer ON transfer_answer (transfer_office, transfer_id);
CREATE INDEX item_by_list ON item (office, list_id);
CREATE INDEX basis_by_item ON item_basis (office, item_id);
CREATE INDEX filing_by_plan ON filing (office, plan_id);
CREATE INDEX filing_answer_by_filing ON filing_answer (filing_office, filing_id);
CREATE INDEX task_item_by_task ON task_item (office, task_id);
CREATE INDEX point_by_checklist ON check_point (office, checklist_id);
CREATE INDEX publication_by_result ON publication (result_office, result_id, result_rev);
CREATE INDEX quota_by_product ON sampling_quota (office, product_id, lab_id);
CREATE INDEX sample_by_product ON sample (office, product_id, lab_id);
CREATE INDEX sample_by_sheet ON sample (office, sheet_no);
CREATE INDEX sample_by_task ON sample (office, task_id);
CREATE INDEX staff_by_lab ON lab_person (office, lab_id);
CREATE INDEX refusal_by_sample ON refusal_determination (office, sample_id);
CREATE INDEX cosign_by_refusal ON refusal_cosign (determination_office, determination_id);
CREATE INDEX dispatch_by_object ON dispatch (object_id, inspecting_office);
CREATE INDEX visit_by_object ON visit (office, object_id);
CREATE INDEX inspection_by_visit ON inspection (office, visit_id);
CREATE INDEX item_result_by_result ON item_result (office, inspection_id);
CREATE INDEX answer_by_result ON check_answer (office, inspection_id);
CREATE INDEX review_by_result ON result_review (inspection_office, inspection_id);
CREATE INDEX target_answer_by_object ON target_answer (office, object_id);
CREATE INDEX notice_by_object ON visit_notice (office, object_id);
CREATE INDEX follow_up_by_result ON follow_up (result_office, result_id);
CREATE INDEX cert_by_inspector ON inspector_cert (office, inspector);
CREATE INDEX finding_by_result ON item_finding (office, inspection_id);
CREATE INDEX reception_by_sample ON sample_reception (office, sample_id);
CREATE INDEX reveal_by_sample ON blind_reveal (office, sample_id);
CREATE INDEX reveal_by_mark ON blind_reveal (office, mark_id);
CREATE INDEX test_by_mark ON lab_test (office, mark_id);
CREATE INDEX test_by_sample ON lab_test (office, sample_id);
CREATE INDEX item_by_test ON test_item (office, test_id);
CREATE INDEX conclusion_by_test ON test_conclusion (office, test_id);
CREATE INDEX report_by_sample ON test_report (office, sample_id);
CREATE INDEX service_by_report ON report_service (office, report_id);
CREATE INDEX objection_by_report ON objection (office, report_id);
CREATE INDEX retest_by_objection ON retest (office, objection_id);
CREATE INDEX disposal_by_sample ON sample_disposal (office, sample_id);
CREATE INDEX product_dispatch_by_sample ON product_dispatch (office, sample_id);
CREATE INDEX system_entry_by_publication ON system_entry (office, publication_id);
CREATE INDEX ecqs_by_sample ON ecqs_entry (office, sample_id);
CREATE INDEX verdict_by_draw ON draw_verdict (draw_office, draw_id);
CREATE INDEX publication_by_sample ON sample_publication (office, sample_id);
