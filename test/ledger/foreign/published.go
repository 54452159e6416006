// What a log publishes as a whole: its entries and tiles by path (C2SP tlog-tiles), and receipts.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8

// published holds everything below `tile/`, by path.
type published map[string][]byte

// kept is the log that questions are asked about.
var kept struct {
	leaves [][]byte
	hashes storedHashes
}

// keepLog takes a log only whole: every tile must be there, and be what its entries make of it.
func keepLog(q question, tree tlog.Tree) error {
	if q.Log == nil {
		return nil
	}
	var leaves [][]byte
	var leafHashes []tlog.Hash
	wanted := tilesOf(tree.N)
	for _, tile := range wanted {
		if tile.L != 0 {
			continue
		}
		// To Go the entries are level -1 of the tree.
		tile.L = -1
		bundle, ok := (*q.Log)[pathOf(tile)]
		if !ok {
			return fmt.Errorf("there is no %s", pathOf(tile))
		}
		more, err := leavesOf(bundle, tile.W)
		if err != nil {
			return fmt.Errorf("%s: %v", pathOf(tile), err)
		}
		leaves = append(leaves, more...)
	}
	for index, leaf := range leaves {
		var members struct{ Position int }
		if err := json.Unmarshal(leaf, &members); err != nil {
			return fmt.Errorf("the leaf with index %d: %v", index, err)
		}
		if members.Position != index+1 {
			return fmt.Errorf("the leaf with index %d has position %d", index, members.Position)
		}
		leafHashes = append(leafHashes, tlog.RecordHash(leaf))
	}
	if int64(len(leaves)) != tree.N {
		return errors.New("the log has another size than its checkpoint")
	}
	stored, err := storedHashesOf(leafHashes)
	if err != nil {
		return err
	}
	for _, tile := range wanted {
		made, err := tlog.ReadTileData(tile, stored)
		if err != nil {
			return err
		}
		if !bytes.Equal(made, (*q.Log)[pathOf(tile)]) {
			return fmt.Errorf("%s is missing or is not what the entries make of it", pathOf(tile))
		}
	}
	if err := stored.checkRoot(tree); err != nil {
		return err
	}
	kept.leaves, kept.hashes = leaves, stored
	return nil
}

// tilesOf leaves out what Go lists as well: the partial tiles of smaller trees.
func tilesOf(size int64) []tlog.Tile {
	var tiles []tlog.Tile
	for _, tile := range tlog.NewTiles(tileHeight, 0, size) {
		hashes := size >> (tileHeight * tile.L)
		if tile.W == 1<<tileHeight || int64(tile.W) == hashes%(1<<tileHeight) {
			tiles = append(tiles, tile)
		}
	}
	return tiles
}

// pathOf names a tile as C2SP does. Go puts the height into it, and calls the entries data.
func pathOf(tile tlog.Tile) string {
	path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
	return strings.Replace(path, "tile/data/", "tile/entries/", 1)
}

func leavesOf(bundle []byte, width int) ([][]byte, error) {
	var leaves [][]byte
	for rest := bundle; len(rest) > 0; {
		if len(rest) < 2 {
			return nil, errors.New("the bundle ends within a length")
		}
		end := 2 + int(rest[0])<<8 + int(rest[1])
		if len(rest) < end {
			return nil, errors.New("the bundle ends within an entry")
		}
		leaves = append(leaves, rest[2:end])
		rest = rest[end:]
	}
	if len(leaves) != width {
		return nil, fmt.Errorf("the bundle has %d entries instead of %d", len(leaves), width)
	}
	return leaves, nil
}

func checkAgainstLog(q question, tree tlog.Tree) error {
	if q.Recompute {
		if tree.N > int64(len(kept.leaves)) {
			return errors.New("the checkpoint is of a larger tree than the log has")
		}
		if err := kept.hashes.checkRoot(tree); err != nil {
			return err
		}
	}
	if q.Receipt == nil {
		return nil
	}
	if *q.Index >= int64(len(kept.leaves)) || !bytes.Equal(kept.leaves[*q.Index], q.Leaf) {
		return errors.New("what the receipt proves is not in the log")
	}
	return nil
}

// readReceipt makes a question of a receipt, as docs/formats/ledger.md describes it: the leaf must
// commit to the record and be in the tree of the checkpoint, at its own position.
func readReceipt(q question) (question, error) {
	var receipt struct {
		Format, Record, Salt, Leaf, Proof string
	}
	if err := json.Unmarshal(q.Receipt, &receipt); err != nil {
		return q, err
	}
	var leaf struct{ Position int64 }
	if err := json.Unmarshal([]byte(receipt.Leaf), &leaf); err != nil {
		return q, err
	}
	end := strings.Index(receipt.Proof, "\n\n")
	if receipt.Format != "heed-receipt@v1" || end == -1 {
		return q, errors.New("not a receipt")
	}
	if receipt.Proof[end+2:] != q.Checkpoint {
		return q, errors.New("the receipt has another checkpoint")
	}
	lines := strings.Split(receipt.Proof[:end], "\n")
	index := fmt.Sprintf("index %d", leaf.Position-1)
	if lines[0] != "c2sp.org/tlog-proof@v1" || len(lines) < 2 || lines[1] != index {
		return q, errors.New("the proof is not one of the leaf's position")
	}
	for _, line := range lines[2:] {
		hash, err := base64.StdEncoding.DecodeString(line)
		if err != nil {
			return q, err
		}
		q.Inclusion = append(q.Inclusion, hash)
	}
	q.Index = new(int64)
	*q.Index = leaf.Position - 1
	q.Leaf = []byte(receipt.Leaf)
	q.Record, q.Salt = &receipt.Record, receipt.Salt
	return q, nil
}
