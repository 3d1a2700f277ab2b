// Go's own packages for transparency logs (those of its checksum database) against our ledger, both ways:
// they open our checkpoints, walk our tiles, prove every entry and every two sizes, and see damage; and what they
// make from the same entries (tiles, checkpoint, proofs) is written out for `ledger` to check.
//
//	sumdb <folder that `ledger write` made> <empty folder to write to>
//
// Their tiles of height 8 are C2SP's: `tile/8/<L>/…` there is `tile/<L>/…` here. Their records carry numbers and lines
// (`tile/8/data`), ours are bundles (C2SP `tile/entries`), so entries are read by hand.
package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

// In the large tree every so many-th entry is proven; in the one of some thousand each.
const stride = 17

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: sumdb <ours> <theirs>")
		os.Exit(2)
	}
	ours := open(os.Args[1])
	ours.inclusion()
	ours.consistency()
	ours.proofFiles()
	ours.signatures()
	ours.damage()
	write(os.Args[2], ours.entries)
	fmt.Printf("go: %d entries, %d checkpoints: ours holds; %d proofs\n", len(ours.entries), len(ours.trees), proofs)
}

var proofs int

func must(err error, what ...interface{}) {
	if err != nil {
		fmt.Fprintln(os.Stderr, append([]interface{}{"sumdb:"}, append(what, err)...)...)
		os.Exit(1)
	}
}

func never(err error, what ...interface{}) {
	if err == nil {
		must(errors.New("was accepted"), what...)
	}
}

func read(parts ...string) []byte {
	bytes, err := os.ReadFile(filepath.Join(parts...))
	must(err)
	return bytes
}

func put(data []byte, parts ...string) {
	path := filepath.Join(parts...)
	must(os.MkdirAll(filepath.Dir(path), 0o755))
	must(os.WriteFile(path, data, 0o644))
}

// C2SP leaves the height out of the path, because it is always 8.
func path(tile tlog.Tile) string {
	return "tile/" + strings.TrimPrefix(tile.Path(), "tile/8/")
}

// Reads our tiles. A partial tile that a full one has replaced is the beginning of the full one.
type tiles struct {
	folder string
	kept   map[string][]byte
	// Damage: the byte at this place of this file is flipped.
	file  string
	place int
}

func (t *tiles) Height() int { return height }

func (t *tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (t *tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range wanted {
		data, err := t.read(path(tile))
		if os.IsNotExist(err) && tile.W < 1<<height {
			tile.W = 1 << height
			data, err = t.read(path(tile))
		}
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	// As their contract demands, exactly as wide as was asked for.
	for i, tile := range wanted {
		if len(all[i]) < tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%s is too short", path(tile))
		}
		all[i] = all[i][:tile.W*tlog.HashSize]
	}
	return all, nil
}

func (t *tiles) read(name string) ([]byte, error) {
	if data, ok := t.kept[name]; ok {
		return data, nil
	}
	data, err := os.ReadFile(filepath.Join(t.folder, name))
	if err == nil && name == t.file {
		data[t.place] ^= 1
	}
	if err == nil {
		t.kept[name] = data
	}
	return data, err
}

type ledger struct {
	folder   string
	verifier note.Verifier
	entries  [][]byte
	sizes    []int64
	trees    map[int64]tlog.Tree
	last     tlog.Tree
}

func open(folder string) *ledger {
	verifier, err := note.NewVerifier(strings.TrimSpace(string(read(folder, "ledger/vkey"))))
	must(err, "our verifier key")
	ours := &ledger{folder: folder, verifier: verifier, trees: map[int64]tlog.Tree{}}
	files, err := os.ReadDir(filepath.Join(folder, "notes"))
	must(err)
	for _, file := range files {
		size, err := strconv.ParseInt(file.Name(), 10, 64)
		if err != nil {
			continue // those of the twin
		}
		tree := ours.checkpoint(read(folder, "notes", file.Name()))
		if tree.N != size {
			must(fmt.Errorf("says %d", tree.N), "checkpoint", file.Name())
		}
		ours.sizes = append(ours.sizes, size)
		ours.trees[size] = tree
	}
	ours.last = ours.checkpoint(read(folder, "ledger/checkpoint"))
	for bundle := int64(0); int64(len(ours.entries)) < ours.last.N; bundle++ {
		tile := tlog.Tile{H: height, L: -1, N: bundle, W: 1 << height}
		if rest := ours.last.N - bundle<<height; rest < 1<<height {
			tile.W = int(rest)
		}
		data := read(folder, "ledger", strings.Replace(path(tile), "/data/", "/entries/", 1))
		for len(data) >= 2 {
			end := 2 + int(binary.BigEndian.Uint16(data))
			ours.entries = append(ours.entries, data[2:end])
			data = data[end:]
		}
	}
	if int64(len(ours.entries)) != ours.last.N {
		must(fmt.Errorf("%d", len(ours.entries)), "number of entries")
	}
	return ours
}

// A checkpoint is their signed note; the text has the origin where theirs says what sort of tree it is.
func (l *ledger) checkpoint(text []byte) tlog.Tree {
	opened, err := note.Open(text, note.VerifierList(l.verifier))
	must(err, "our checkpoint")
	origin, rest, _ := strings.Cut(opened.Text, "\n")
	if origin != l.verifier.Name() {
		must(errors.New(origin), "origin")
	}
	tree, err := tlog.ParseTree([]byte("go.sum database tree\n" + rest))
	must(err, "our checkpoint")
	return tree
}

func (l *ledger) reader(tree tlog.Tree) tlog.HashReader {
	return tlog.TileHashReader(tree, &tiles{folder: filepath.Join(l.folder, "ledger"), kept: map[string][]byte{}})
}

func (l *ledger) inclusion() {
	for size, tree := range l.trees {
		reader, step := l.reader(tree), int64(1)
		if size > 10_000 {
			step = stride
		}
		root, err := tlog.TreeHash(size, reader)
		must(err, "root", size)
		if root != tree.Hash {
			must(errors.New(root.String()), "root", size)
		}
		for index := int64(0); index < size; index += step {
			l.prove(reader, tree, index)
		}
		l.prove(reader, tree, size-1)
	}
}

func (l *ledger) prove(reader tlog.HashReader, tree tlog.Tree, index int64) {
	proof, err := tlog.ProveRecord(tree.N, index, reader)
	must(err, "entry", index, "of", tree.N)
	leaf := tlog.RecordHash(l.entries[index])
	must(tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaf), "entry", index, "of", tree.N)
	proofs++
	if tree.N > 1 {
		other := tlog.RecordHash(l.entries[(index+1)%tree.N])
		never(tlog.CheckRecord(proof, tree.N, tree.Hash, index, other), "another entry at", index)
		never(tlog.CheckRecord(proof, tree.N, tree.Hash, (index+1)%tree.N, leaf), "another place for", index)
	}
}

func (l *ledger) consistency() {
	reader := l.reader(l.last)
	for _, old := range l.sizes {
		for _, new := range l.sizes {
			if old >= new {
				continue
			}
			one, two := l.trees[old], l.trees[new]
			theirs, err := tlog.ProveTree(new, old, reader)
			must(err, old, new)
			must(tlog.CheckTree(theirs, new, two.Hash, old, one.Hash), old, new)
			// Ours, hash for hash the same.
			var ours tlog.TreeProof
			for _, line := range strings.Fields(string(read(l.folder, "consistency", fmt.Sprintf("%d-%d", old, new)))) {
				hash, err := tlog.ParseHash(line)
				must(err)
				ours = append(ours, hash)
			}
			must(tlog.CheckTree(ours, new, two.Hash, old, one.Hash), "ours", old, new)
			if fmt.Sprint(ours) != fmt.Sprint(theirs) {
				must(errors.New("other hashes"), old, new)
			}
			never(tlog.CheckTree(ours, new, two.Hash, old, two.Hash), "another root", old, new)
			proofs += 2
		}
	}
}

// C2SP tlog-proof, read by hand: their packages have no file for a proof.
func (l *ledger) proofFiles() {
	files, err := filepath.Glob(filepath.Join(l.folder, "proofs/*[0-9].tlog-proof"))
	must(err)
	for _, file := range files {
		if strings.Contains(file, ".sm3.") {
			continue
		}
		head, checkpoint, _ := strings.Cut(string(read(file)), "\n\n")
		lines := strings.Split(head, "\n")
		index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
		must(err, file)
		var proof tlog.RecordProof
		for _, line := range lines[2:] {
			hash, err := tlog.ParseHash(line)
			must(err, file)
			proof = append(proof, hash)
		}
		tree := l.checkpoint([]byte(checkpoint))
		leaf := tlog.RecordHash(read(strings.TrimSuffix(file, "tlog-proof") + "json"))
		must(tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaf), file)
		proofs++
		for i := range proof {
			proof[i][7] ^= 1
			never(tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaf), "damaged", file)
			proof[i][7] ^= 1
		}
	}
	if len(files) == 0 {
		must(errors.New("no proof files"))
	}
}

func (l *ledger) signatures() {
	text := read(l.folder, "ledger/checkpoint")
	known := note.VerifierList(l.verifier)
	// A changed text or signature, another key.
	for at := 0; at < len(text)-1; at++ {
		bad := append([]byte{}, text...)
		bad[at] ^= 1
		_, err := note.Open(bad, known)
		if at == len(text)-3 {
			// The last digit before the `=` has two bits that stand for nothing: they do not look at them, we do.
			must(err)
			continue
		}
		never(err, "checkpoint with byte", at, "changed")
	}
	_, vkey, err := note.GenerateKey(zero{}, l.verifier.Name())
	must(err)
	other, err := note.NewVerifier(vkey)
	must(err)
	_, err = note.Open(text, note.VerifierList(other))
	never(err, "another key")

	// A witness's line stands under the note and disturbs nobody who does not know it.
	cosigned := read(l.folder, "cosigned")
	opened, err := note.Open(cosigned, known)
	must(err, "cosigned")
	if len(opened.Sigs) != 1 || len(opened.UnverifiedSigs) != 1 {
		must(errors.New("signatures"), "cosigned")
	}
	witness := strings.SplitN(strings.TrimSpace(string(read(l.folder, "witness.vkey"))), "+", 3)
	key, err := base64.StdEncoding.DecodeString(witness[2])
	must(err)
	signature, err := base64.StdEncoding.DecodeString(opened.UnverifiedSigs[0].Base64)
	must(err)
	// C2SP tlog-cosignature: id, time, signature over head, time and text.
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(signature[4:12]), opened.Text)
	if !ed25519.Verify(key[1:], []byte(message), signature[12:]) {
		must(errors.New("wrong"), "cosignature")
	}

	// The twin's suite is unknown to them, which they say; they do not take it for anything.
	_, err = note.NewVerifier(strings.TrimSpace(string(read(l.folder, "ledger-sm3/vkey"))))
	never(err, "a key of SM2")
	var unverified *note.UnverifiedNoteError
	if _, err = note.Open(read(l.folder, "ledger-sm3/checkpoint"), known); !errors.As(err, &unverified) {
		must(fmt.Errorf("%v", err), "the twin's checkpoint")
	}
}

// Files of every sort with one byte flipped: the proof that needs the damaged hash, which is that of its neighbour, does not
// come about or does not hold. (Their reader alone is no check of every tile that it reads: in the version of
// Debian 12 it leaves some out when several parts of the root lie in one tile.)
func (l *ledger) damage() {
	for _, tile := range []tlog.Tile{
		{H: height, L: 0, N: 0, W: 256},
		{H: height, L: 0, N: 100, W: 256},
		{H: height, L: 0, N: l.last.N >> 8, W: int(l.last.N & 255)},
		{H: height, L: 1, N: 0, W: 256},
		{H: height, L: 1, N: l.last.N >> 16, W: int(l.last.N >> 8 & 255)},
		{H: height, L: 2, N: 0, W: int(l.last.N >> 16)},
	} {
		for _, place := range []int{0, 33, 32*tile.W - 1} {
			if place >= 32*tile.W {
				continue
			}
			index := (tile.N<<height + int64(place/32^1)) << uint(height*tile.L)
			if index >= l.last.N {
				index = l.last.N - 1
			}
			storage := &tiles{folder: filepath.Join(l.folder, "ledger"), kept: map[string][]byte{}, file: path(tile), place: place}
			proof, err := tlog.ProveRecord(l.last.N, index, tlog.TileHashReader(l.last, storage))
			if err == nil {
				err = tlog.CheckRecord(proof, l.last.N, l.last.Hash, index, tlog.RecordHash(l.entries[index]))
			}
			never(err, "damage in", storage.file, place)
		}
	}
}

type zero struct{}

func (zero) Read(buffer []byte) (int, error) {
	for i := range buffer {
		buffer[i] = 7
	}
	return len(buffer), nil
}

// The same entries as Go's own log: tiles, checkpoints and proofs in C2SP's layout.
func write(folder string, entries [][]byte) {
	skey, vkey, err := note.GenerateKey(zero{}, "go.example/log")
	must(err)
	signer, err := note.NewSigner(skey)
	must(err)
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var hashes []tlog.Hash
		for _, index := range indexes {
			hashes = append(hashes, stored[index])
		}
		return hashes, nil
	})
	for i, entry := range entries {
		hashes, err := tlog.StoredHashes(int64(i), entry, reader)
		must(err)
		stored = append(stored, hashes...)
	}
	size := int64(len(entries))
	put([]byte(vkey), folder, "vkey")
	checkpoint := func(size int64) []byte {
		root, err := tlog.TreeHash(size, reader)
		must(err)
		text := fmt.Sprintf("go.example/log\n%d\n%s\n", size, root)
		signed, err := note.Sign(&note.Note{Text: text}, signer)
		must(err)
		return signed
	}
	whole := checkpoint(size)
	put(whole, folder, "ledger/checkpoint")
	bent := append([]byte{}, whole...)
	bent[len(bent)-3] ^= 1
	put(bent, folder, "bent")
	widest := map[[2]int64]tlog.Tile{}
	for _, tile := range tlog.NewTiles(height, 0, size) {
		if at := [2]int64{int64(tile.L), tile.N}; widest[at].W < tile.W {
			widest[at] = tile
		}
	}
	for _, tile := range widest {
		data, err := tlog.ReadTileData(tile, reader)
		must(err)
		put(data, folder, "ledger", path(tile))
		if tile.L > 0 {
			continue
		}
		var bundle bytes.Buffer
		for _, entry := range entries[tile.N<<height : tile.N<<height+int64(tile.W)] {
			must(binary.Write(&bundle, binary.BigEndian, uint16(len(entry))))
			bundle.Write(entry)
		}
		tile.L = -1
		put(bundle.Bytes(), folder, "ledger", strings.Replace(path(tile), "/data/", "/entries/", 1))
	}
	for _, index := range []int64{0, 1, 255, 256, size / 2, size - 1} {
		proof, err := tlog.ProveRecord(size, index, reader)
		must(err)
		text := fmt.Sprintf("c2sp.org/tlog-proof@v1\nindex %d\n", index)
		for _, hash := range proof {
			text += hash.String() + "\n"
		}
		put([]byte(text+"\n"+string(whole)), folder, "proofs", fmt.Sprintf("%d.tlog-proof", index))
		put(entries[index], folder, "proofs", fmt.Sprintf("%d.json", index))
	}
	for _, old := range []int64{1, 256, 257, size / 2, size - 1} {
		proof, err := tlog.ProveTree(size, old, reader)
		must(err)
		text := ""
		for _, hash := range proof {
			text += hash.String() + "\n"
		}
		put(checkpoint(old), folder, "notes", strconv.FormatInt(old, 10))
		put([]byte(text), folder, "consistency", strconv.FormatInt(old, 10))
	}
}
