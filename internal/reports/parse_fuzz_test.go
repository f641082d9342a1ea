package reports

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// FuzzParse never panics, gives what is bounded, and agrees with encoding/json about what JSON is.
func FuzzParse(f *testing.F) {
	names, err := filepath.Glob("testdata/dialects/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(plain))
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		r, err := Parse(data)
		if !bytes.Equal(before, data) {
			t.Fatal("the input was changed")
		}
		if err != nil {
			if text := err.Error(); text == "" || len(text) > 200 || strings.ContainsAny(text, "\n\x00") {
				t.Errorf("error %q", text)
			}
			return
		}
		checkBounds(t, r)
		if !slicesHas(r.Notes, noteTrailing) && !slicesHas(r.Notes, noteControl) && !slicesHas(r.Notes, noteMark) && !json.Valid(data) {
			t.Errorf("%q is no JSON for encoding/json", data)
		}
	})
}

func slicesHas(list []string, n note) bool {
	return strings.Contains("|"+strings.Join(list, "|")+"|", "|"+noteTexts[n]+"|")
}

func checkBounds(t *testing.T, r *Report) {
	t.Helper()
	if !r.Begin.Before(r.End) || r.Begin.Location() != time.UTC || r.End.Location() != time.UTC || r.Begin.Year() < firstYear-1 || r.End.Year() > lastYear+1 {
		t.Errorf("from %v to %v", r.Begin, r.End)
	}
	texts := []string{r.Organization, r.ID, r.Contact}
	for _, p := range r.Policies {
		if p.Successful < 0 || p.Failed < 0 || p.Successful > maxCount || p.Failed > maxCount || len(p.String) > maxLines {
			t.Errorf("out of bounds: %+v", p)
		}
		texts = append(append(append(texts, p.Type, p.Domain), p.String...), p.MX...)
		if p.Domain != hostName(p.Domain) {
			t.Errorf("domain %q", p.Domain)
		}
		for _, f := range p.Failures {
			if f.Sessions < 0 || f.Sessions > maxCount {
				t.Errorf("sessions %d", f.Sessions)
			}
			texts = append(texts, f.ResultType, f.Reason, f.Info, f.SendingIP, f.ReceivingIP, f.MX, f.HELO)
		}
	}
	for _, s := range texts {
		if len(s) > maxText || s != strings.ToValidUTF8(s, "") {
			t.Errorf("text of %d bytes %q", len(s), s)
		}
	}
}

// FuzzCursor: what the cursor skips is what encoding/json takes, bare control characters and depth
// aside.
func FuzzCursor(f *testing.F) {
	for _, s := range []string{plain, `[1,-0.5e+7,"\u00e9\ud800\n",true,false,null,{}]`, `"\ud83d\ude00"`, "01", "[1,]", `{"a":1,}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if strings.Count(s, "[")+strings.Count(s, "{") > maxDepth {
			return
		}
		c := cursor{data: []byte(s)}
		c.space()
		c.skip()
		c.space()
		ok := c.err == nil && c.at == len(s)
		if valid := json.Valid([]byte(s)); ok != valid && !(ok && c.notes&(1<<noteControl) != 0) {
			t.Errorf("%q: cursor %v (%v), encoding/json %v", s, ok, c.err, valid)
		}
		var want string
		if json.Unmarshal([]byte(s), &want) == nil && strings.HasPrefix(strings.TrimSpace(s), `"`) {
			c := cursor{data: []byte(strings.TrimSpace(s))}
			if got := string(c.text()); got != want {
				t.Errorf("%q: got %q, want %q", s, got, want)
			}
		}
	})
}
