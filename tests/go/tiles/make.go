package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error) {
	if err != nil {
		wrong("%v", err)
	}
}

// publicKey takes the key out of <name>+<key id>+<base64 of type and key>.
func publicKey(vkey string) ([]byte, error) {
	b, err := base64.StdEncoding.DecodeString(strings.SplitN(vkey, "+", 3)[2])
	if err == nil && len(b) != 1+32 {
		err = errors.New("no key in " + vkey)
	}
	return b[1:], err
}

func lines(hashes []tlog.Hash) string {
	var b strings.Builder
	for _, h := range hashes {
		fmt.Fprintf(&b, "%s\n", h)
	}
	return b.String()
}

// makeLog writes files and `list`, a line each: yes or no, what, and its arguments, which tests/tools/logcheck.c reads.
func makeLog(args []string) {
	f := flag.NewFlagSet("make", flag.ExitOnError)
	out := f.String("out", "", "directory")
	f.Parse(args)
	var list bytes.Buffer
	write := func(name string, b []byte) { must(os.WriteFile(filepath.Join(*out, name), b, 0o644)) }
	say := func(format string, args ...interface{}) { fmt.Fprintf(&list, format+"\n", args...) }

	const origin = "stranger.example/9999/1"
	skey, vkey, err := note.GenerateKey(rand.Reader, origin)
	must(err)
	signer, err := note.NewSigner(skey)
	must(err)
	pub, err := publicKey(vkey)
	must(err)
	wpub, wsk, err := ed25519.GenerateKey(rand.Reader)
	must(err)
	witness := &cosigner{name: origin + "/witness", key: wpub, sk: wsk}
	say("yes key %s %x %s %x", origin, pub, witness.name, []byte(wpub))

	l := &logFiles{}
	sizes := []int64{1, 2, 3, 7, 8, 255, 256, 257, 300}
	cp := map[int64][]byte{}
	for _, n := range sizes {
		for int64(len(l.leaves)) < n {
			l.add([]byte(fmt.Sprintf("leaf %d", len(l.leaves))))
		}
		root, err := tlog.TreeHash(n, l)
		must(err)
		witness.time = uint64(1600000000 + n)
		cp[n], err = note.Sign(&note.Note{Text: fmt.Sprintf("%s\n%d\n%s\n", origin, n, root)}, signer, witness)
		must(err)
		write(fmt.Sprintf("cp-%d", n), cp[n])
		say("yes checkpoint cp-%d %d %d", n, n, witness.time)
		write(fmt.Sprintf("cp-%d-spoilt", n), bytes.Replace(cp[n], []byte(fmt.Sprintf("\n%d\n", n)), []byte(fmt.Sprintf("\n%d\n", n+1)), 1))
		say("no checkpoint cp-%d-spoilt %d %d", n, n+1, witness.time)
	}
	for _, n := range sizes {
		for _, i := range []int64{0, n / 2, n - 1} {
			p, err := tlog.ProveRecord(n, i, l)
			must(err)
			name := fmt.Sprintf("inclusion-%d-%d", n, i)
			write(name, []byte(fmt.Sprintf("c2sp.org/tlog-proof@v1\nindex %d\n%s\n%s", i, lines(p), cp[n])))
			leaf, other := tlog.RecordHash(l.leaves[i]), tlog.RecordHash([]byte("another"))
			say("yes inclusion %s %x", name, leaf[:])
			say("no inclusion %s %x", name, other[:])
		}
		for _, old := range sizes {
			if old > n {
				break
			}
			p, err := tlog.ProveTree(n, old, l)
			must(err)
			name := fmt.Sprintf("consistency-%d-%d", old, n)
			write(name, []byte(lines(p)))
			say("yes consistency cp-%d cp-%d %s", old, n, name)
			if len(p) > 0 {
				p[len(p)-1][5] ^= 1
				write(name+"-spoilt", []byte(lines(p)))
				say("no consistency cp-%d cp-%d %s-spoilt", old, n, name)
			}
		}
	}
	for _, t := range needed(300) {
		if t.L != 0 {
			continue
		}
		t.L = -1
		var b bytes.Buffer
		for _, leaf := range l.leaves[t.N*256 : t.N*256+int64(t.W)] {
			must(binary.Write(&b, binary.BigEndian, uint16(len(leaf))))
			b.Write(leaf)
		}
		name := fmt.Sprintf("bundle-%d", t.N)
		write(name, b.Bytes())
		write(name+"-spoilt", b.Bytes()[:b.Len()-1])
		say("yes bundle %s %s %d %d", name, tilePath(t), t.N, t.W)
		say("no bundle %s-spoilt %s %d %d", name, tilePath(t), t.N, t.W)
	}
	write("list", list.Bytes())
}
