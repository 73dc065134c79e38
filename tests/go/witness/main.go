// A witness, and a client of witnesses, written from C2SP's texts (tlog-witness, tlog-cosignature, signed-note) with
// the libraries of the Go project: what the node agrees with here, it agrees with by more than its own word.
//
//	witness serve -port N -log VKEY [-name NAME] [-record DIR] [-lie KIND]
//	    prints "key VKEY" and "ready", then answers. -record keeps the body of each request as DIR/1, DIR/2, ...
//	    -lie: wrong-key, bad-signature, wrong-time, other-text, wrong-size, far-size, same-size, bare-409, junk, empty, huge, slow, status-NNN
//	witness ask -url URL -request FILE -key VKEY [-old N] [-spoil proof|proof-more|proof-none|signature|origin|text|size]
//	    posts a recorded request, changed as asked; prints the status, what follows from it ("cosigned SIZE TIME",
//	    "size N", "problem CODE"), and leaves with 1 when an answer breaks C2SP's rules.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const cosignatureType = 4

// cosigner is a note.Signer and note.Verifier of cosignature/v1.
type cosigner struct {
	name string
	pub  ed25519.PublicKey
	key  ed25519.PrivateKey
	now  func() uint64
}

func (c *cosigner) Name() string { return c.name }

func (c *cosigner) KeyHash() uint32 {
	h := sha256.New()
	h.Write([]byte(c.name + "\n"))
	h.Write([]byte{cosignatureType})
	h.Write(c.pub)
	return binary.BigEndian.Uint32(h.Sum(nil))
}

func (c *cosigner) vkey() string {
	return fmt.Sprintf("%s+%08x+%s", c.name, c.KeyHash(),
		base64.StdEncoding.EncodeToString(append([]byte{cosignatureType}, c.pub...)))
}

func message(t uint64, msg []byte) []byte {
	return append([]byte(fmt.Sprintf("cosignature/v1\ntime %d\n", t)), msg...)
}

func (c *cosigner) Sign(msg []byte) ([]byte, error) {
	t := c.now()
	sig := make([]byte, 8, 8+ed25519.SignatureSize)
	binary.BigEndian.PutUint64(sig, t)
	return append(sig, ed25519.Sign(c.key, message(t, msg))...), nil
}

func (c *cosigner) Verify(msg, sig []byte) bool {
	return len(sig) == 8+ed25519.SignatureSize &&
		ed25519.Verify(c.pub, message(binary.BigEndian.Uint64(sig), msg), sig[8:])
}

func cosignerOf(vkey string) (*cosigner, error) {
	name, rest, _ := strings.Cut(vkey, "+")
	id, key64, _ := strings.Cut(rest, "+")
	raw, err := base64.StdEncoding.DecodeString(key64)
	if err != nil || len(raw) != 1+ed25519.PublicKeySize || raw[0] != cosignatureType {
		return nil, errors.New("no witness key: " + vkey)
	}
	c := &cosigner{name: name, pub: raw[1:]}
	if fmt.Sprintf("%08x", c.KeyHash()) != id {
		return nil, errors.New("the id does not fit: " + vkey)
	}
	return c, nil
}

func newCosigner(name string) *cosigner {
	pub, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	return &cosigner{name, pub, key, func() uint64 { return uint64(time.Now().Unix()) }}
}

// ---- requests -------------------------------------------------------------------------------------------------

type request struct {
	old   int64
	proof tlog.TreeProof
	note  []byte
}

func parse(body []byte) (*request, error) {
	head, rest, found := bytes.Cut(body, []byte("\n\n"))
	if !found {
		return nil, errors.New("no empty line")
	}
	lines := strings.Split(string(head), "\n")
	size, err := strconv.ParseInt(strings.TrimPrefix(lines[0], "old "), 10, 64)
	if err != nil || size < 0 || lines[0] != fmt.Sprintf("old %d", size) {
		return nil, errors.New("no old size")
	}
	r := &request{old: size, note: rest}
	for _, line := range lines[1:] {
		h, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		r.proof = append(r.proof, h)
	}
	if len(r.proof) > 63 {
		return nil, errors.New("more than 63 hashes")
	}
	return r, nil
}

func (r *request) bytes() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "old %d\n", r.old)
	for _, h := range r.proof {
		fmt.Fprintf(&b, "%s\n", h)
	}
	b.WriteString("\n")
	b.Write(r.note)
	return b.Bytes()
}

type checkpoint struct {
	origin string
	size   int64
	root   tlog.Hash
}

func parseCheckpoint(text string) (*checkpoint, error) {
	lines := strings.SplitN(text, "\n", 4)
	if len(lines) < 4 {
		return nil, errors.New("fewer than three lines")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return nil, errors.New("no size")
	}
	root, err := tlog.ParseHash(lines[2])
	return &checkpoint{lines[0], size, root}, err
}

// ---- serving --------------------------------------------------------------------------------------------------

type state struct {
	Size int64
	Root tlog.Hash
}

type server struct {
	sync.Mutex
	signer *cosigner
	other  *cosigner // for lies
	logs   map[string]note.Verifier
	last   map[string]state
	lie    string
	record string
	count  int
}

func sized(w http.ResponseWriter, size int64) {
	w.Header().Set("Content-Type", "text/x.tlog.size")
	w.WriteHeader(http.StatusConflict)
	fmt.Fprintf(w, "%d\n", size)
}

// The signature line that a signer adds to a text.
func line(text string, s note.Signer) string {
	signed, err := note.Sign(&note.Note{Text: text}, s)
	if err != nil {
		log.Fatal(err)
	}
	return strings.TrimPrefix(string(signed), text+"\n")
}

func (s *server) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	s.Lock()
	defer s.Unlock()
	if q.Method != "POST" || !strings.HasSuffix(q.URL.Path, "/add-checkpoint") {
		http.Error(w, "no such call", http.StatusNotFound)
		return
	}
	body, err := io.ReadAll(io.LimitReader(q.Body, 1<<20))
	if err != nil {
		return
	}
	s.count++
	if s.record != "" {
		if err := os.WriteFile(filepath.Join(s.record, strconv.Itoa(s.count)), body, 0o666); err != nil {
			log.Fatal(err)
		}
	}
	r, err := parse(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	text, _, _ := bytes.Cut(r.note, []byte("\n\n"))
	c, err := parseCheckpoint(string(text) + "\n")
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if s.lied(w, r, c, string(text)+"\n") {
		return
	}
	verifier, known := s.logs[c.origin]
	if !known {
		http.Error(w, "unknown log", http.StatusNotFound)
		return
	}
	n, err := note.Open(r.note, note.VerifierList(verifier))
	if err != nil {
		http.Error(w, err.Error(), http.StatusForbidden)
		return
	}
	last := s.last[c.origin]
	switch {
	case r.old > c.size:
		http.Error(w, "old is above the size", http.StatusBadRequest)
		return
	case r.old != last.Size || (r.old == c.size && r.old > 0 && c.root != last.Root):
		sized(w, last.Size)
		return
	case r.old == 0:
		if len(r.proof) != 0 {
			http.Error(w, "a proof from nothing", http.StatusUnprocessableEntity)
			return
		}
	default:
		if err := tlog.CheckTree(r.proof, c.size, c.root, r.old, last.Root); err != nil {
			http.Error(w, err.Error(), http.StatusUnprocessableEntity)
			return
		}
	}
	s.last[c.origin] = state{c.size, c.root}
	io.WriteString(w, line(n.Text, s.signer))
}

func (s *server) lied(w http.ResponseWriter, r *request, c *checkpoint, text string) bool {
	switch kind := s.lie; {
	case kind == "":
		return false
	case kind == "wrong-key":
		io.WriteString(w, line(text, s.other))
	case kind == "bad-signature":
		good := []byte(line(text, s.signer))
		at := len(good) - 20
		if good[at] == 'A' {
			good[at] = 'B'
		} else {
			good[at] = 'A'
		}
		w.Write(good)
	case kind == "wrong-time": // the time in the line is not the one that was signed
		fields := strings.Fields(line(text, s.signer))
		raw, _ := base64.StdEncoding.DecodeString(fields[2])
		raw[11] ^= 1
		fmt.Fprintf(w, "— %s %s\n", fields[1], base64.StdEncoding.EncodeToString(raw))
	case kind == "other-text": // a cosignature of another checkpoint
		io.WriteString(w, line(fmt.Sprintf("%s\n%d\n%s\n", c.origin, c.size+1, c.root), s.signer))
	case kind == "wrong-size": // never content with what it named itself
		sized(w, (r.old+1)%c.size)
	case kind == "far-size":
		sized(w, c.size+1000)
	case kind == "same-size":
		sized(w, r.old)
	case kind == "bare-409":
		http.Error(w, "5", http.StatusConflict)
	case kind == "junk":
		w.Write([]byte("<html>\xff\x00 welcome </html>"))
	case kind == "empty":
	case kind == "huge":
		for i := 0; i < 4096; i++ {
			io.WriteString(w, line(text, s.signer))
		}
	case kind == "slow":
		time.Sleep(time.Minute)
	case strings.HasPrefix(kind, "status-"):
		status, _ := strconv.Atoi(strings.TrimPrefix(kind, "status-"))
		w.WriteHeader(status)
	default:
		log.Fatal("unknown lie ", kind)
	}
	return true
}

func serve(args []string) {
	f := flag.NewFlagSet("serve", flag.ExitOnError)
	port := f.Int("port", 0, "loopback port")
	logs := f.String("log", "", "verifier keys of the logs, separated by commas")
	name := f.String("name", "witness.example/w1", "name of the witness")
	record := f.String("record", "", "directory for the bodies of requests")
	lie := f.String("lie", "", "answer falsely")
	f.Parse(args)
	s := &server{signer: newCosigner(*name), other: newCosigner(*name), logs: map[string]note.Verifier{},
		last: map[string]state{}, lie: *lie, record: *record}
	for _, vkey := range strings.Split(*logs, ",") {
		v, err := note.NewVerifier(vkey)
		if err != nil {
			log.Fatal(err)
		}
		s.logs[v.Name()] = v
	}
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", *port))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("key %s\nready\n", s.signer.vkey())
	log.Fatal(http.Serve(l, s))
}

// ---- asking ---------------------------------------------------------------------------------------------------

func spoil(r *request, how string) {
	switch how {
	case "":
	case "proof":
		r.proof[0][0] ^= 1
	case "proof-more":
		r.proof = append(r.proof, tlog.Hash{})
	case "proof-none":
		r.proof = nil
	case "signature": // another letter in the middle of the first signature
		at := bytes.Index(r.note, []byte("\n\n—")) + 2
		at += bytes.IndexByte(r.note[at:], '\n') - 20
		if r.note[at] == 'A' {
			r.note[at] = 'B'
		} else {
			r.note[at] = 'A'
		}
	case "text": // another root
		lines := bytes.SplitN(r.note, []byte("\n"), 4)
		if lines[2][0] == 'A' {
			lines[2][0] = 'B'
		} else {
			lines[2][0] = 'A'
		}
		r.note = bytes.Join(lines, []byte("\n"))
	case "origin":
		r.note = append([]byte("other."), r.note...)
	case "size": // no checkpoint any more
		lines := bytes.SplitN(r.note, []byte("\n"), 3)
		r.note = bytes.Join([][]byte{lines[0], []byte("0" + string(lines[1])), lines[2]}, []byte("\n"))
	default:
		log.Fatal("unknown way to spoil: ", how)
	}
}

func ask(args []string) {
	f := flag.NewFlagSet("ask", flag.ExitOnError)
	url := f.String("url", "", "prefix of the witness")
	file := f.String("request", "", "a recorded request")
	vkey := f.String("key", "", "verifier key of the witness")
	old := f.Int64("old", -1, "another old size; the proof is dropped when it is the checkpoint's")
	how := f.String("spoil", "", "what to spoil")
	f.Parse(args)
	log.SetFlags(0)
	body, err := os.ReadFile(*file)
	if err != nil {
		log.Fatal(err)
	}
	r, err := parse(body)
	if err != nil {
		log.Fatal(err)
	}
	witness, err := cosignerOf(*vkey)
	if err != nil {
		log.Fatal(err)
	}
	text, _, _ := bytes.Cut(r.note, []byte("\n\n"))
	c, err := parseCheckpoint(string(text) + "\n")
	if err != nil {
		log.Fatal(err)
	}
	if *old >= 0 {
		r.old = *old
		if r.old == c.size {
			r.proof = nil
		}
	}
	spoil(r, *how)
	// An office's listener has a certificate that it wrote itself (spec http-13); what it answers is signed.
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	got, err := client.Post(*url+"/add-checkpoint", "text/plain", bytes.NewReader(r.bytes()))
	if err != nil {
		log.Fatal(err)
	}
	answer, err := io.ReadAll(io.LimitReader(got.Body, 1<<20))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(got.StatusCode)
	switch {
	case got.StatusCode == 200:
		// As tlog-witness says: the answer behind the checkpoint is a note that the witness's key opens.
		n, err := note.Open(append(append([]byte{}, r.note...), answer...), note.VerifierList(witness))
		if err != nil {
			log.Fatal(": ", err)
		}
		raw, _ := base64.StdEncoding.DecodeString(n.Sigs[0].Base64)
		fmt.Printf(" cosigned %d %d\n", c.size, binary.BigEndian.Uint64(raw[4:]))
	case got.StatusCode == 409:
		size, err := strconv.ParseInt(strings.TrimSuffix(string(answer), "\n"), 10, 64)
		if err != nil || got.Header.Get("Content-Type") != "text/x.tlog.size" || string(answer) != fmt.Sprintf("%d\n", size) {
			log.Fatal(": no size: ", string(answer))
		}
		fmt.Printf(" size %d\n", size)
	default:
		var problem struct{ Code string }
		if err := json.Unmarshal(answer, &problem); err != nil {
			log.Fatal(": no problem: ", string(answer))
		}
		fmt.Printf(" problem %s", problem.Code)
		if retry := got.Header.Get("Retry-After"); retry != "" {
			fmt.Printf(" retry %s", retry)
		}
		fmt.Println()
	}
}

func main() {
	if len(os.Args) < 2 {
		log.Fatal("usage: witness serve|ask ...")
	}
	switch os.Args[1] {
	case "serve":
		serve(os.Args[2:])
	case "ask":
		ask(os.Args[2:])
	default:
		log.Fatal("usage: witness serve|ask ...")
	}
}
