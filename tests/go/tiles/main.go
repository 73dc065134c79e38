// A stranger: reads the public site of an office with the libraries of the Go project and its own few lines, written
// from protocol/spec and C2SP's texts. It shares no code with the node, and does not read the manifest: what it finds
// wrong, it finds by signatures, hashes and proofs.
//
//	tiles check -site DIR (-policy FILE | -hash HEX)
//	    one line for each thing checked, then their number; the first wrong thing is told and leaves with 1.
//	tiles make -out DIR
//	    signs notes and makes proofs with sumdb/note and sumdb/tlog, for our C to judge: files, and a list of them.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var checked int

func say(format string, args ...interface{}) {
	checked++
	fmt.Printf(format+"\n", args...)
}

func wrong(format string, args ...interface{}) {
	fmt.Printf("WRONG: "+format+"\n", args...)
	os.Exit(1)
}

func read(path string) []byte {
	b, err := os.ReadFile(path)
	if err != nil {
		wrong("%v", err)
	}
	return b
}

// reader takes fields off bytes (encoding-1); the first failure is kept.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n int) []byte {
	if r.bad || n > len(r.b) {
		r.bad = true
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) num(bytes int) (v uint64) {
	for _, c := range r.take(bytes) {
		v = v<<8 | uint64(c)
	}
	return v
}

func (r *reader) text() string { return string(r.take(int(r.num(1)))) }

// ---- the root policy (cert-9) ------------------------------------------------------------------------------------

type policy struct {
	deployment string
	threshold  int
	keys       []ed25519.PublicKey
}

func parsePolicy(text []byte) *policy {
	lines := strings.Split(string(text), "\n")
	if len(lines) < 5 || lines[0] != "qian-root-policy/1" || lines[len(lines)-1] != "" {
		wrong("root-policy.txt is no root policy")
	}
	p := &policy{deployment: strings.TrimPrefix(lines[1], "deployment ")}
	p.threshold, _ = strconv.Atoi(strings.TrimPrefix(lines[2], "threshold "))
	for i, l := range lines[3 : len(lines)-1] {
		k, err := hex.DecodeString(strings.TrimPrefix(l, "key "))
		if err != nil || len(k) != 32 || (i > 0 && bytes.Compare(p.keys[i-1], k) >= 0) {
			wrong("root-policy.txt: key %d", i+1)
		}
		p.keys = append(p.keys, k)
	}
	if p.threshold < 1 || p.threshold > len(p.keys) || len(p.keys) > 5 {
		wrong("root-policy.txt: threshold %d of %d keys", p.threshold, len(p.keys))
	}
	return p
}

// ---- certificates (cert-1 to cert-7) -----------------------------------------------------------------------------

type cert struct {
	path                              string
	deployment, issuer, office, name  string
	issuerEpoch, level, epoch, serial uint64
	lanes, from, to                   uint64
	scopes                            []string
	log, witness                      ed25519.PublicKey
	body                              []byte
	sigs                              map[int][]byte // by number of the policy's key; -1: the issuer's
	verified                          bool
}

func (c *cert) origin() string { return fmt.Sprintf("%s/%s/%d", c.deployment, c.office, c.epoch) }

func decodeCert(path string, all []byte) *cert {
	r := &reader{b: all}
	c := &cert{path: path, sigs: map[int][]byte{}}
	version, algorithm := r.num(1), r.num(1)
	c.deployment, c.issuer, c.issuerEpoch = r.text(), r.text(), r.num(2)
	c.office, c.name, c.level, c.epoch = r.text(), r.text(), r.num(1), r.num(2)
	c.lanes, c.serial, c.from, c.to = r.num(1), r.num(4), r.num(4), r.num(4)
	for n := r.num(1); n > 0 && !r.bad; n-- {
		c.scopes = append(c.scopes, r.text())
	}
	c.log, c.witness = r.take(32), r.take(32)
	seen := map[string]bool{string(c.log): true, string(c.witness): true}
	for i := 0; i < 3; i++ { // VRF, TLS, box
		seen[string(r.take(32))] = true
	}
	c.body = all[:len(all)-len(r.b)]
	switch r.num(1) {
	case 1:
		c.sigs[-1] = r.take(64)
	case 2:
		last := -1
		for n := r.num(1); n > 0 && !r.bad; n-- {
			key := int(r.num(1))
			r.bad = r.bad || key <= last
			c.sigs[key], last = r.take(64), key
		}
	default:
		r.bad = true
	}
	if r.bad || len(r.b) > 0 || version != 1 || algorithm != 1 || len(all) > 2048 || len(seen) != 5 ||
		c.level < 1 || c.level > 4 || c.epoch < 1 || c.epoch > 4095 || len(c.scopes) < 1 || len(c.scopes) > 32 ||
		c.from > c.to || !sort.StringsAreSorted(c.scopes) || (c.issuer == "") != (c.level == 1) ||
		(c.issuer == "") == (c.sigs[-1] != nil) {
		wrong("%s is no certificate", path)
	}
	return c
}

func covers(scopes []string, code string) bool {
	for _, s := range scopes {
		if strings.HasPrefix(code, s) {
			return true
		}
	}
	return false
}

func (c *cert) message() []byte { return append([]byte("qian/cert/1\x00"), c.body...) }

// why says what is wrong with a certificate under its issuer's (nil: under the policy); "" when it holds.
func (c *cert) why(p *policy, by *cert) string {
	if !covers(c.scopes, c.office) || c.deployment != p.deployment {
		return "its office is out of its scope, or its deployment another"
	}
	if by == nil {
		for key, sig := range c.sigs {
			if key >= len(p.keys) || !ed25519.Verify(p.keys[key], c.message(), sig) {
				return fmt.Sprintf("signature %d does not verify", key)
			}
		}
		if len(c.sigs) < p.threshold {
			return "too few signatures"
		}
		return ""
	}
	for _, s := range c.scopes {
		if !covers(by.scopes, s) {
			return "its scope exceeds its issuer's"
		}
	}
	switch {
	case !ed25519.Verify(by.log, c.message(), c.sigs[-1]):
		return "the signature of " + by.office + " does not verify"
	case c.level <= by.level || c.office == by.office || c.lanes&^by.lanes != 0:
		return "it is not below its issuer"
	}
	return ""
}

type site struct {
	dir    string
	policy *policy
	certs  []*cert
	logs   map[string]*logFiles // by origin
	known  note.Verifiers
}

func (s *site) path(name string) string { return filepath.Join(s.dir, name) }

// list gives the files below a directory of the site, as paths within the site.
func (s *site) list(under string) (out []string) {
	err := filepath.WalkDir(s.path(under), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(s.dir, path)
			out = append(out, rel)
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		wrong("%v", err)
	}
	return out
}

func (s *site) checkCerts() {
	for _, path := range s.list("certs") {
		c := decodeCert(path, read(s.path(path)))
		if want := fmt.Sprintf("certs/%s-%d-%d.cert", c.office, c.epoch, c.serial); path != want {
			wrong("%s should be named %s", path, want)
		}
		s.certs = append(s.certs, c)
	}
	// An issuer stands above: its certificates come before.
	sort.SliceStable(s.certs, func(i, j int) bool { return s.certs[i].level < s.certs[j].level })
	for _, c := range s.certs {
		why := "no verified certificate of its issuer is here"
		if c.issuer == "" {
			why = c.why(s.policy, nil)
		}
		for _, by := range s.certs {
			if c.issuer != "" && by.verified && by.office == c.issuer && by.epoch == c.issuerEpoch && why != "" {
				why = c.why(s.policy, by)
			}
		}
		if why != "" {
			wrong("%s: %s", c.path, why)
		}
		c.verified = true
		say("certificate %s of %s, issuer %q", c.origin(), c.name, c.issuer)
	}
	if len(s.certs) == 0 {
		wrong("there are no certificates")
	}
}

// certOf is the newest certificate of an origin.
func (s *site) certOf(origin string) (best *cert) {
	for _, c := range s.certs {
		if c.origin() == origin && (best == nil || c.serial > best.serial) {
			best = c
		}
	}
	if best == nil {
		wrong("no certificate of %s is here", origin)
	}
	return best
}

// ---- notes, checkpoints, cosignatures (note-1 to note-8) ---------------------------------------------------------

// cosigner is a note.Verifier of cosignature/v1 (note-6); with a secret key and a time also a note.Signer.
type cosigner struct {
	name string
	key  ed25519.PublicKey
	sk   ed25519.PrivateKey
	time uint64
}

func (c *cosigner) Name() string { return c.name }

func (c *cosigner) KeyHash() uint32 {
	h := sha256.Sum256(append([]byte(c.name+"\n\x04"), c.key...))
	return binary.BigEndian.Uint32(h[:])
}

func cosigned(t uint64, text []byte) []byte {
	return append([]byte(fmt.Sprintf("cosignature/v1\ntime %d\n", t)), text...)
}

func (c *cosigner) Verify(text, sig []byte) bool {
	return len(sig) == 72 && ed25519.Verify(c.key, cosigned(binary.BigEndian.Uint64(sig), text), sig[8:])
}

func (c *cosigner) Sign(text []byte) ([]byte, error) {
	sig := make([]byte, 8, 72)
	binary.BigEndian.PutUint64(sig, c.time)
	return append(sig, ed25519.Sign(c.sk, cosigned(c.time, text))...), nil
}

func logVerifier(origin string, key ed25519.PublicKey) note.Verifier {
	vkey, err := note.NewEd25519VerifierKey(origin, key)
	if err != nil {
		wrong("the key of %s: %v", origin, err)
	}
	v, err := note.NewVerifier(vkey)
	if err != nil {
		wrong("the key of %s: %v", origin, err)
	}
	return v
}

func (s *site) makeVerifiers() {
	seen := map[string]bool{} // renewed certificates have the same keys
	var all []note.Verifier
	for _, c := range s.certs {
		for _, v := range []note.Verifier{logVerifier(c.origin(), c.log), &cosigner{name: c.origin() + "/witness", key: c.witness}} {
			if k := fmt.Sprintf("%s+%08x", v.Name(), v.KeyHash()); !seen[k] {
				seen[k] = true
				all = append(all, v)
			}
		}
	}
	s.known = note.VerifierList(all...)
}

type checkpoint struct {
	origin string
	tree   tlog.Tree
}

// number reads a decimal without leading zeros.
func number(s string) (int64, bool) {
	v, err := strconv.ParseInt(s, 10, 64)
	return v, err == nil && strconv.FormatInt(v, 10) == s && v >= 0
}

// open verifies a checkpoint note: signed by its own log, and every line of an office known here holds.
func (s *site) open(where string, text []byte) checkpoint {
	n, err := note.Open(text, s.known)
	if err != nil {
		wrong("%s: %v", where, err)
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) != 4 || lines[3] != "" || strings.Count(lines[0], "/") != 2 {
		wrong("%s: it is no checkpoint", where)
	}
	size, ok := number(lines[1])
	root, err := tlog.ParseHash(lines[2])
	if !ok || err != nil || size < 1 {
		wrong("%s: it is no checkpoint", where)
	}
	c := checkpoint{lines[0], tlog.Tree{N: size, Hash: root}}
	var own, witnesses int
	for _, sig := range n.Sigs {
		if sig.Name == c.origin {
			own++
		} else if strings.HasSuffix(sig.Name, "/witness") {
			witnesses++
		}
	}
	if own != 1 {
		wrong("%s: it is not signed by the log %s", where, c.origin)
	}
	say("checkpoint %s: size %d, %d cosignatures, %d lines of others", where, size, witnesses, len(n.UnverifiedSigs))
	return c
}

// ---- headers (entry-1 to entry-14) -------------------------------------------------------------------------------

type header struct {
	origin      string
	seq         uint64
	commitments [][]byte
	stored      []uint64
}

func decodeHeader(where string, b []byte) *header {
	r := &reader{b: b}
	h := &header{}
	version, algorithm := r.num(1), r.num(1)
	h.origin, h.seq = r.text(), r.num(8)
	r.num(8) // time
	lane, kind := r.num(1), r.num(1)
	r.take(2 + 32) // schema
	deps := r.num(1)
	for i := uint64(0); i < deps && !r.bad; i++ {
		r.text()
		r.take(8 + 32)
	}
	parts := r.num(2)
	for i := uint64(0); i < parts && !r.bad; i++ {
		r.take(3) // audience, codec, reach
		r.text()
		h.stored = append(h.stored, r.num(4))
		r.num(4)
		h.commitments = append(h.commitments, r.take(32))
	}
	if r.bad || len(r.b) > 0 || version != 1 || algorithm != 1 || lane > 4 || kind == 0 || deps > 8 || parts < 1 || parts > 256 {
		wrong("%s is no entry header", where)
	}
	return h
}

// ---- logs as tiles (tiles-1 to tiles-10) -------------------------------------------------------------------------

type logFiles struct {
	checkpoint
	leaves [][]byte
	hashes []tlog.Hash
}

func (l *logFiles) ReadHashes(at []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(at))
	for i, x := range at {
		if x >= int64(len(l.hashes)) {
			return nil, fmt.Errorf("no hash %d", x)
		}
		out[i] = l.hashes[x]
	}
	return out, nil
}

func (l *logFiles) add(leaf []byte) {
	more, err := tlog.StoredHashesForRecordHash(int64(len(l.leaves)), tlog.RecordHash(leaf), l)
	if err != nil {
		wrong("%s: %v", l.origin, err)
	}
	l.leaves = append(l.leaves, leaf)
	l.hashes = append(l.hashes, more...)
}

// tilePath is the path of C2SP: that of sumdb without the height, "entries" for "data".
func tilePath(t tlog.Tile) string {
	p := strings.TrimPrefix(t.Path(), "tile/8/")
	if t.L == -1 {
		p = "entries" + strings.TrimPrefix(p, "data")
	}
	return "tile/" + p
}

// needed gives the hash tiles of a tree: of the unfinished ones, which sumdb names in every width, the widest.
func needed(size int64) (out []tlog.Tile) {
	for _, t := range tlog.NewTiles(8, 0, size) {
		if n := len(out); n > 0 && out[n-1].L == t.L && out[n-1].N == t.N {
			out = out[:n-1]
		}
		out = append(out, t)
	}
	return out
}

func (s *site) checkLog(dir string) {
	l := &logFiles{checkpoint: s.open(dir+"/checkpoint", read(s.path(dir+"/checkpoint")))}
	if c := s.certOf(l.origin); dir != fmt.Sprintf("logs/%s-%d", c.office, c.epoch) {
		wrong("%s holds the log %s", dir, l.origin)
	}
	tiles := needed(l.tree.N)
	want := map[string]bool{dir + "/checkpoint": true}
	bundles := 0
	for _, t := range tiles {
		want[dir+"/"+tilePath(t)] = true
		if t.L != 0 {
			continue
		}
		t.L = -1
		bundles++
		name := dir + "/" + tilePath(t)
		want[name] = true
		r := &reader{b: read(s.path(name))}
		for i := 0; i < t.W && !r.bad; i++ {
			leaf := r.take(int(r.num(2)))
			if r.bad {
				break
			}
			h := decodeHeader(fmt.Sprintf("%s, leaf %d,", name, i), leaf)
			if h.origin != l.origin || h.seq != uint64(len(l.leaves)) {
				wrong("%s, leaf %d, is %d of %s", name, i, h.seq, h.origin)
			}
			l.add(leaf)
		}
		if r.bad || len(r.b) > 0 {
			wrong("%s does not have %d leaves", name, t.W)
		}
	}
	root, err := tlog.TreeHash(l.tree.N, l)
	if err != nil || root != l.tree.Hash {
		wrong("%s: the entries do not lead to the root of the checkpoint", dir)
	}
	say("root of %s from %d entries in %d bundles", l.origin, l.tree.N, bundles)
	for _, t := range tiles {
		data, err := tlog.ReadTileData(t, l)
		if err != nil || !bytes.Equal(read(s.path(dir+"/"+tilePath(t))), data) {
			wrong("%s/%s is not the tile of the entries", dir, tilePath(t))
		}
		say("tile %s/%s", dir, tilePath(t))
	}
	for _, name := range s.list(dir) {
		if !want[name] {
			wrong("%s is no file of a log of %d entries", name, l.tree.N)
		}
	}
	s.logs[l.origin] = l
}

// ---- proof files (note-8) ----------------------------------------------------------------------------------------

func (s *site) logOf(where, origin string) *logFiles {
	l := s.logs[origin]
	if l == nil {
		wrong("%s: there are no files of the log %s", where, origin)
	}
	return l
}

func (s *site) checkProof(path string) {
	head, text, ok := bytes.Cut(read(s.path(path)), []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !ok || len(lines) < 2 || len(lines) > 2+63 || lines[0] != "c2sp.org/tlog-proof@v1" ||
		!strings.HasPrefix(lines[1], "index ") {
		wrong("%s: it is no proof file", path)
	}
	index, ok := number(lines[1][len("index "):])
	var proof tlog.RecordProof
	for _, line := range lines[2:] {
		h, err := tlog.ParseHash(line)
		ok = ok && err == nil
		proof = append(proof, h)
	}
	if !ok {
		wrong("%s: it is no proof file", path)
	}
	c := s.open(path, text)
	l := s.logOf(path, c.origin)
	if index >= int64(len(l.leaves)) || c.tree.N > l.tree.N {
		wrong("%s: it reaches beyond the %d entries of the log", path, l.tree.N)
	}
	if err := tlog.CheckRecord(proof, c.tree.N, c.tree.Hash, index, tlog.RecordHash(l.leaves[index])); err != nil {
		wrong("%s: %v", path, err)
	}
	say("inclusion of entry %d of %s in %d, %s", index, c.origin, c.tree.N, path)
	old, err := tlog.ProveTree(l.tree.N, c.tree.N, l)
	if err == nil {
		err = tlog.CheckTree(old, l.tree.N, l.tree.Hash, c.tree.N, c.tree.Hash)
	}
	if err != nil {
		wrong("%s: its checkpoint of size %d is not the beginning of the log: %v", path, c.tree.N, err)
	}
	say("consistency of %s from %d to %d", c.origin, c.tree.N, l.tree.N)
}

// ---- frames (exchange-1, entry-14 to entry-16) -------------------------------------------------------------------

func (s *site) checkFrames(path string) {
	r := &reader{b: read(s.path(path))}
	var h *header
	for len(r.b) > 0 && !r.bad {
		kind := r.num(1)
		p := &reader{b: r.take(int(r.num(4)))}
		switch {
		case r.bad:
		case kind == 4:
			sig, body := p.take(64), p.b
			h = decodeHeader(path, body)
			c, l := s.certOf(h.origin), s.logOf(path, h.origin)
			if p.bad || !ed25519.Verify(c.log, append([]byte("qian/header/1\x00"), body...), sig) {
				wrong("%s: header %d of %s is not signed by its office", path, h.seq, h.origin)
			}
			if h.seq >= uint64(len(l.leaves)) || !bytes.Equal(l.leaves[h.seq], body) {
				wrong("%s: header %d of %s is not the leaf of its log", path, h.seq, h.origin)
			}
			say("header %d of %s, signed, %s", h.seq, h.origin, path)
		case kind == 5 && h != nil:
			origin, seq, part := p.text(), p.num(8), p.num(2)
			salt, stored := p.take(32), p.b
			sum := sha256.Sum256(append(append([]byte("qian/part/1\x00"), salt...), stored...))
			if p.bad || origin != h.origin || seq != h.seq || part >= uint64(len(h.commitments)) ||
				uint64(len(stored)) != h.stored[part] || !bytes.Equal(sum[:], h.commitments[part]) {
				wrong("%s: part %d of entry %d of %s is not the one its header commits to", path, part, seq, origin)
			}
			say("part %d of entry %d of %s, %s", part, seq, origin, path)
		default:
			wrong("%s has a frame of type %d", path, kind)
		}
	}
	if r.bad || h == nil {
		wrong("%s ends within a frame", path)
	}
}

// ---- the whole ---------------------------------------------------------------------------------------------------

func check(args []string) {
	f := flag.NewFlagSet("check", flag.ExitOnError)
	dir := f.String("site", "", "directory of the site")
	file := f.String("policy", "", "the root policy, from elsewhere than the site")
	hash := f.String("hash", "", "its SHA-256, in hexadecimal")
	f.Parse(args)
	s := &site{dir: *dir, logs: map[string]*logFiles{}}
	text := read(s.path("root-policy.txt"))
	if *file != "" {
		*hash = fmt.Sprintf("%x", sha256.Sum256(read(*file)))
	}
	if fmt.Sprintf("%x", sha256.Sum256(text)) != *hash {
		wrong("root-policy.txt is not the root policy asked for")
	}
	s.policy = parsePolicy(text)
	say("root policy of %s, %d of %d keys", s.policy.deployment, s.policy.threshold, len(s.policy.keys))
	s.checkCerts()
	s.makeVerifiers()
	dirs, err := os.ReadDir(s.path("logs"))
	if err != nil {
		wrong("%v", err)
	}
	for _, d := range dirs {
		s.checkLog("logs/" + d.Name())
	}
	files := append(s.list("draws"), s.list("sealed")...)
	for _, path := range files {
		if strings.HasSuffix(path, ".proof") {
			s.checkProof(path)
		}
	}
	for _, path := range files {
		if strings.HasSuffix(path, ".frames") {
			s.checkFrames(path)
		}
	}
	fmt.Printf("all of %d things hold\n", checked)
}

func main() {
	switch {
	case len(os.Args) > 2 && os.Args[1] == "check":
		check(os.Args[2:])
	case len(os.Args) > 2 && os.Args[1] == "make":
		makeLog(os.Args[2:])
	default:
		fmt.Fprintln(os.Stderr, "tiles check -site DIR (-policy FILE | -hash HEX) | tiles make -out DIR")
		os.Exit(2)
	}
}
