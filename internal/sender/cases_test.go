package sender

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The words of testdata/cases.txt for lines that are used again and again.
const (
	version = "version: STSv1\n"
	mode    = "mode: enforce\n"
	mx      = "mx: mx.example.com\n"
	maxAge  = "max_age: 604800\n"
	sound   = version + mode + mx + maxAge
)

func text(word string) (string, bool) {
	switch word {
	case "version":
		return version, true
	case "mode":
		return mode, true
	case "mx":
		return mx, true
	case "max_age":
		return maxAge, true
	case "sound":
		return sound, true
	case "long":
		return strings.Repeat("n", longestScan), true
	case "comments": // together with sound: 64 KiB
		return filler(64<<10 - len(sound)), true
	case "mebibyte":
		return filler(1<<20 - len(sound)), true
	case "tenKiB":
		return filler(10<<10 - len(sound)), true
	}
	return "", false
}

// filler is so many bytes of unknown fields.
func filler(n int) string {
	const line = "note: a note that is of no use\n"
	short := n % len(line)
	if short < len("n: a\n") {
		short += len(line)
	}
	return strings.Repeat(line, (n-short)/len(line)) + "n: " + strings.Repeat("a", short-len("n: \n")) + "\n"
}

// testCase is one of testdata/cases.txt, which explains itself.
type testCase struct {
	title  string
	served Served
	hosts  []string
	want   map[string]string // by sender: verdict [line [clause]]
}

// readCases is strict: what it does not know is fatal.
func readCases(t *testing.T) (list []*testCase) {
	t.Helper()
	file, err := os.ReadFile("testdata/cases.txt")
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(string(file), "\n") {
		title, found := strings.CutPrefix(line, "== ")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
			continue
		case found:
			list = append(list, &testCase{title: title, hosts: []string{"mx.example.com"}, want: map[string]string{}})
			continue
		case len(list) == 0:
			t.Fatalf("line %d stands in no case", i+1)
		}
		if err := list[len(list)-1].take(line); err != nil {
			t.Fatalf("line %d: %v", i+1, err)
		}
	}
	return list
}

// take reads one line of a case.
func (c *testCase) take(line string) error {
	key, rest, _ := strings.Cut(line, " ")
	if c.served.HTTP == nil && slices.Contains([]string{"type", "no", "took"}, key) {
		c.served.HTTP = &HTTP{ContentType: "text/plain", Typed: true}
	}
	switch key {
	case "policy":
		return c.policy(rest)
	case "mx":
		c.hosts = strings.Fields(rest)
	case "type":
		c.served.HTTP.ContentType = rest
	case "no":
		c.served.HTTP.ContentType, c.served.HTTP.Typed = "", false
	case "took":
		took, err := time.ParseDuration(rest)
		c.served.HTTP.Took = took
		return err
	case "more":
		c.served.More = true
	case "txt":
		txt, err := strconv.Unquote(rest)
		c.served.Records = append(c.served.Records, txt)
		return err
	case "--":
		return c.expect(rest)
	default:
		return fmt.Errorf("unknown key %q", key)
	}
	return nil
}

// policy joins words and quoted texts.
func (c *testCase) policy(line string) error {
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		if line[0] == '"' {
			quoted, err := strconv.QuotedPrefix(line)
			if err != nil {
				return err
			}
			part, _ := strconv.Unquote(quoted)
			c.served.Body += part
			line = line[len(quoted):]
			continue
		}
		word, rest, _ := strings.Cut(line, " ")
		part, ok := text(word)
		if !ok {
			return fmt.Errorf("unknown word %q", word)
		}
		c.served.Body += part
		line = rest
	}
	return nil
}

// expect reads "sender, sender: verdict [line [clause]]"; "others" are those not named before.
func (c *testCase) expect(line string) error {
	names, verdict, found := strings.Cut(line, ": ")
	if !found {
		return fmt.Errorf("no verdict in %q", line)
	}
	for name := range strings.SplitSeq(names, ", ") {
		if name != "others" && !slices.Contains(Names(), name) || c.want[name] != "" {
			return fmt.Errorf("unknown sender, or one named twice: %q", name)
		}
		c.want[name] = verdict
	}
	return nil
}

// short is a reading in the words of the cases.
func short(r Reading) string {
	clause := r.Because
	if r.Verdict == Accepts {
		clause = r.Misread
	}
	if clause == "" {
		return string(r.Verdict)
	}
	return fmt.Sprintf("%s %d %s", r.Verdict, r.Line, clause)
}

func TestCases(t *testing.T) {
	list := readCases(t)
	if len(list) < 100 {
		t.Fatalf("%d cases", len(list))
	}
	for _, c := range list {
		t.Run(c.title, func(t *testing.T) {
			asked := map[string]bool{}
			for _, r := range Read(c.served, c.hosts) {
				name := r.Sender
				if c.want[name] == "" {
					name = "others"
				}
				asked[name] = true
				if got := short(r); got != c.want[name] {
					t.Errorf("%s: %s, want %s", r.Sender, got, c.want[name])
				}
			}
			if len(asked) != len(c.want) {
				t.Errorf("expectations %v, asked for %v", c.want, asked)
			}
		})
	}
}
