package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"

	"mtasts/internal/fact"
)

// maxFacts bounds a file of facts, which may come from somebody else.
const maxFacts = 64 << 20

// settle brings an observation into the form that a file of facts would give it back in. It is
// what makes a replay the same, byte for byte: what is judged is what is saved. Nearly all are in it
// from the beginning.
func settle(o *fact.Observation) (*fact.Observation, error) {
	if o.Stable() {
		return o, nil
	}
	data, err := json.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("write down what was seen of %s: %w", o.Domain, err)
	}
	settled := new(fact.Observation)
	if err := json.Unmarshal(data, settled); err != nil {
		return nil, fmt.Errorf("read back what was seen of %s: %w", o.Domain, err)
	}
	return settled, nil
}

// factsWriter writes observations to a file as one JSON array.
type factsWriter struct {
	file   *os.File
	to     io.Writer
	before string
}

func createFacts(ctx context.Context, name string) (*factsWriter, error) {
	file, err := openToWrite(ctx, name, os.O_TRUNC)
	if err != nil {
		return nil, fmt.Errorf("--save-facts: %w", err)
	}
	return &factsWriter{file, streamTo(ctx, file), "[\n  "}, nil
}

func (w *factsWriter) add(o *fact.Observation) error {
	data, err := json.MarshalIndent(o, "  ", "  ")
	if err == nil {
		_, err = io.WriteString(w.to, w.before+string(data))
	}
	w.before = ",\n  "
	if err != nil {
		return fmt.Errorf("--save-facts: %w", err)
	}
	return nil
}

// close ends the array, which holds what was added so far.
func (w *factsWriter) close() error {
	end := "\n]\n"
	if w.before != ",\n  " {
		end = "[]\n"
	}
	_, err := io.WriteString(w.to, end)
	if err = errors.Join(err, w.file.Close()); err != nil {
		return fmt.Errorf("--save-facts: %w", err)
	}
	return nil
}

// facts is the text of a file of facts that was read through once, so that nothing is told of a
// file that is not sound to its end.
type facts []byte

func readFacts(ctx context.Context, stdin io.Reader, name string) (facts, error) {
	data, err := readFactsFile(ctx, stdin, name)
	if err != nil {
		return nil, fmt.Errorf("--facts: %w", err)
	}
	if err := newCensus(reflect.TypeFor[fact.Observation]()).check(data, true); err != nil {
		return nil, fmt.Errorf("--facts: %s: %w", name, err)
	}
	found := false
	if err := facts(data).each(func(*fact.Observation) error { found = true; return nil }); err != nil {
		return nil, fmt.Errorf("--facts: %s: %w", name, err)
	}
	if !found {
		return nil, fmt.Errorf("--facts: %s: there is no domain in it", name)
	}
	return data, nil
}

func readFactsFile(ctx context.Context, stdin io.Reader, name string) ([]byte, error) {
	if name == stdinName {
		return readAll(interruptible{ctx, stdin}, "standard input", maxFacts)
	}
	return readFile(ctx, name, maxFacts)
}

// each calls f for every observation of the file, an array or a single one. Only one is held in
// memory at a time, for in JSON a small text can stand for much.
func (data facts) each(f func(*fact.Observation) error) error {
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	array := bytes.HasPrefix(bytes.TrimSpace(data), []byte("["))
	if array {
		if _, err := d.Token(); err != nil {
			return factsError(d, err)
		}
	}
	for d.More() {
		if err := decodeOne(d, f); err != nil {
			return err
		}
	}
	if array {
		if _, err := d.Token(); err != nil {
			return factsError(d, err)
		}
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("at byte %d: there is something behind the facts", d.InputOffset())
	}
	return nil
}

func decodeOne(d *json.Decoder, f func(*fact.Observation) error) error {
	at := d.InputOffset()
	o := new(fact.Observation)
	if err := d.Decode(o); err != nil {
		return factsError(d, err)
	}
	if err := checkObservation(o); err != nil {
		return fmt.Errorf("at byte %d: %w", at, err)
	}
	fillNulls(o)
	return f(o)
}

func factsError(d *json.Decoder, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("it ends in the middle")
	}
	return fmt.Errorf("at byte %d: not facts of mtasts: %w", d.InputOffset(), err)
}

// checkObservation holds one observation against what rules rely on.
func checkObservation(o *fact.Observation) error {
	switch domain, err := domainName(o.Domain); {
	case o.Schema == 0:
		return errors.New("not facts of mtasts: there is no schema")
	case o.Schema != fact.Schema:
		return fmt.Errorf("facts of schema %d; this version reads schema %d", o.Schema, fact.Schema)
	case err != nil:
		return fmt.Errorf("the domain %q: %w", o.Domain, err)
	case domain != o.Domain:
		return fmt.Errorf("the domain %q is not in its plain form, %s", o.Domain, domain)
	case o.At.IsZero():
		return errors.New("there is no time at which it was seen")
	}
	return checkBodies(o.Host)
}

// checkBodies tells of a policy that is longer than what is read of one.
func checkBodies(h fact.PolicyHost) error {
	for _, f := range slices.Concat(h.Fetches, h.Elsewhere) {
		if len(f.Body) > fact.BodyLimit {
			return fmt.Errorf("a policy has more than %s", size(fact.BodyLimit))
		}
	}
	return nil
}
