// Judges what a log says, with other people's code: the note and tlog packages that Go itself
// trusts its checksum database with. It reads one question per line (JSON) on standard input and
// answers each with one line: {"accepted":true}, or {"accepted":false,"problem":"..."}.
package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// question holds one claim. What is left out is not asked about.
type question struct {
	// A checkpoint and the published keys: it must be signed by one of them.
	Checkpoint string
	Vkeys      []string
	// All leaves, or all leaf hashes: their root must be that of the checkpoint.
	Leaves [][]byte
	Hashes [][]byte
	// The leaf (or its hash) with this index must be in the tree of the checkpoint.
	Index     *int64
	Leaf      []byte
	LeafHash  []byte
	Inclusion [][]byte
	// An older checkpoint must be of a prefix of the tree of the checkpoint.
	Older       string
	Consistency [][]byte
	// Tiles by path: the proof made from them for Index must be Inclusion.
	Tiles map[string][]byte
	// A record and its salt (hex): the leaf must commit to them.
	Record *string
	Salt   string
	// The log of the checkpoint as it is published, kept for the questions after this one: its
	// tiles must be those of its entries, and its root that of the checkpoint.
	Log *published
	// The root of the checkpoint must be that of as many first entries of the kept log.
	Recompute bool
	// A receipt that ends with the checkpoint: what it proves must be in the kept log.
	Receipt json.RawMessage
	// For a control: whoever signed the checkpoint, its text is believed.
	Unsigned bool
}

type answer struct {
	Accepted bool   `json:"accepted"`
	Problem  string `json:"problem,omitempty"`
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for {
		line, err := in.ReadBytes('\n')
		if len(line) == 0 && err != nil {
			return
		}
		given := answer{Accepted: true}
		if problem := judge(line); problem != nil {
			given = answer{Problem: problem.Error()}
		}
		encoded, _ := json.Marshal(given)
		out.Write(append(encoded, '\n'))
	}
}

func judge(line []byte) error {
	var q question
	if err := json.Unmarshal(line, &q); err != nil {
		return fmt.Errorf("not a question: %v", err)
	}
	tree, err := openCheckpoint(q.Checkpoint, q.Vkeys, q.Unsigned)
	if err != nil {
		return err
	}
	if q.Receipt != nil {
		if q, err = readReceipt(q); err != nil {
			return err
		}
	}
	for _, check := range []func(question, tlog.Tree) error{
		checkRoot, checkCommit, checkInclusion, checkTiles, checkConsistency,
		keepLog, checkAgainstLog,
	} {
		if err := check(q, tree); err != nil {
			return err
		}
	}
	return nil
}

// openCheckpoint verifies the note, then reads its text with Go's own reader of tree heads, which
// wants its own origin in the first line.
func openCheckpoint(text string, vkeys []string, unsigned bool) (tlog.Tree, error) {
	if unsigned {
		vkeys = nil
	}
	var verifiers []note.Verifier
	for _, vkey := range vkeys {
		verifier, err := note.NewVerifier(vkey)
		if err != nil {
			return tlog.Tree{}, err
		}
		verifiers = append(verifiers, verifier)
	}
	opened, err := note.Open([]byte(text), note.VerifierList(verifiers...))
	var unverified *note.UnverifiedNoteError
	if unsigned && errors.As(err, &unverified) {
		opened, err = unverified.Note, nil
	}
	if err != nil {
		return tlog.Tree{}, err
	}
	end := strings.Index(opened.Text, "\n")
	if !unsigned && opened.Sigs[0].Name != opened.Text[:end] {
		return tlog.Tree{}, errors.New("the key has not the name of the log")
	}
	if strings.Count(opened.Text, "\n") != 3 {
		return tlog.Tree{}, errors.New("the checkpoint has not three lines")
	}
	return tlog.ParseTree([]byte("go.sum database tree" + opened.Text[end:]))
}

func checkRoot(q question, tree tlog.Tree) error {
	hashes, err := hashesOf(q.Hashes)
	if err != nil {
		return err
	}
	for _, leaf := range q.Leaves {
		hashes = append(hashes, tlog.RecordHash(leaf))
	}
	if len(hashes) == 0 {
		return nil
	}
	if int64(len(hashes)) != tree.N {
		return errors.New("the checkpoint has another size")
	}
	stored, err := storedHashesOf(hashes)
	if err != nil {
		return err
	}
	return stored.checkRoot(tree)
}

// storedHashes are the hashes of a tree in the order in which Go keeps them.
type storedHashes []tlog.Hash

func (s storedHashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	read := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index >= int64(len(s)) {
			return nil, errors.New("the tree has fewer entries")
		}
		read[i] = s[index]
	}
	return read, nil
}

func storedHashesOf(leafHashes []tlog.Hash) (storedHashes, error) {
	var stored storedHashes
	for n, hash := range leafHashes {
		more, err := tlog.StoredHashesForRecordHash(int64(n), hash, stored)
		if err != nil {
			return nil, err
		}
		stored = append(stored, more...)
	}
	return stored, nil
}

// checkRoot compares the tree with as many of the first entries.
func (s storedHashes) checkRoot(tree tlog.Tree) error {
	root, err := tlog.TreeHash(tree.N, s)
	if err != nil {
		return err
	}
	if root != tree.Hash {
		return errors.New("the checkpoint has another root")
	}
	return nil
}

func checkCommit(q question, _ tlog.Tree) error {
	if q.Record == nil {
		return nil
	}
	var leaf struct{ Commit string }
	if err := json.Unmarshal(q.Leaf, &leaf); err != nil {
		return err
	}
	salt, err := hex.DecodeString(q.Salt)
	if err != nil {
		return err
	}
	commit := sha256.Sum256(append(salt, *q.Record...))
	if hex.EncodeToString(commit[:]) != leaf.Commit {
		return errors.New("the leaf does not commit to the record")
	}
	return nil
}

func checkInclusion(q question, tree tlog.Tree) error {
	if q.Index == nil || q.Tiles != nil {
		return nil
	}
	hash := tlog.RecordHash(q.Leaf)
	if q.LeafHash != nil {
		hashes, err := hashesOf([][]byte{q.LeafHash})
		if err != nil {
			return err
		}
		hash = hashes[0]
	}
	proof, err := hashesOf(q.Inclusion)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(tlog.RecordProof(proof), tree.N, tree.Hash, *q.Index, hash)
}

func checkConsistency(q question, tree tlog.Tree) error {
	if q.Older == "" {
		return nil
	}
	older, err := openCheckpoint(q.Older, q.Vkeys, q.Unsigned)
	if err != nil {
		return err
	}
	proof, err := hashesOf(q.Consistency)
	if err != nil {
		return err
	}
	return tlog.CheckTree(tlog.TreeProof(proof), tree.N, tree.Hash, older.N, older.Hash)
}

// tiles are read by Go's own client, which knows by itself which ones it needs.
type tiles map[string][]byte

func (t tiles) Height() int { return 8 }

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var read [][]byte
	for _, tile := range wanted {
		// Go puts the height of tiles into their paths; C2SP has one height only.
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		bytes, ok := t[path]
		if !ok {
			return nil, fmt.Errorf("there is no %s", path)
		}
		read = append(read, bytes)
	}
	return read, nil
}

func checkTiles(q question, tree tlog.Tree) error {
	if q.Tiles == nil {
		return nil
	}
	made, err := tlog.ProveRecord(tree.N, *q.Index, tlog.TileHashReader(tree, tiles(q.Tiles)))
	if err != nil {
		return err
	}
	if len(made) != len(q.Inclusion) {
		return errors.New("the tiles give a proof of another length")
	}
	for i, hash := range made {
		if !bytes.Equal(hash[:], q.Inclusion[i]) {
			return errors.New("the tiles give another proof")
		}
	}
	return nil
}

func hashesOf(given [][]byte) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(given))
	for i, bytes := range given {
		if len(bytes) != tlog.HashSize {
			return nil, errors.New("a hash has 32 bytes")
		}
		copy(hashes[i][:], bytes)
	}
	return hashes, nil
}
